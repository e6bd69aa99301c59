"""What is tried with an input: a record read, masked and grouped, and what came of it held to its bounds."""

from models.event import ErrorEvent, Origin
from models.occurrence import Occurrence
from models.severity import Severity
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare

__all__ = ["try_record"]

NOW = 1_700_000_000.0
PLACE = Origin(topic="errors", partition=0, offset=1)
CONFIG = PrepareConfig(
    masker=Masker(), minimum_severity=Severity.DEBUG, lateness=600.0, retention=30 * 86_400.0, hash_key=b"fuzz"
)
HEADERS: tuple[dict[str, bytes], ...] = ({}, {"content-type": b"application/x-protobuf"})
MAX_PAYLOAD = 4 << 20  # bytes


def try_record(value: bytes) -> None:
    """Prepare the record as it is, and as protobuf. Raises whatever is wrong."""
    for headers in HEADERS:
        for item in prepare(value, headers, PLACE, NOW, CONFIG):
            if isinstance(item, Occurrence):
                assert len(item.payload) <= MAX_PAYLOAD, len(item.payload)
                ErrorEvent.model_validate_json(item.payload)
