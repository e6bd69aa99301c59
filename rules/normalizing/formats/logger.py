"""Any other object, by the names that loggers use."""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import LOGGER
from rules.normalizing.levels import severity
from rules.normalizing.named import read_named

__all__ = ["FORMAT", "parse"]


def parse(record: Record, remarks: Remarks) -> list[Draft]:
    """The one error that the object may be."""
    draft = read_named(record, LOGGER, remarks)
    status = record.get("status")
    if "severity" not in draft and isinstance(status, str) and (level := severity(status)):
        draft["severity"] = level
    if str(draft.get("trace_id", "")).startswith("00-"):
        _read_traceparent(draft)
    draft["format"] = FORMAT.name
    return [draft]


def _read_traceparent(draft: Draft) -> None:
    """W3C Trace Context: `version-trace id-span id-flags`."""
    parts = str(draft["trace_id"]).split("-")
    if len(parts) >= 4:  # noqa: PLR2004 the parts of a traceparent
        draft["trace_id"] = parts[1]
        draft.setdefault("span_id", parts[2])


FORMAT = ObjectFormat("json", frozenset(), lambda _: True, parse)
