"""What an event costs by the format it comes in: real records of loggers and SDKs, in this process, without any server.

Each record is read again and again, as a service that fails writes much the same again and again; what is remembered of
frames and keys counts therefore as it does in a running worker.
"""

import copy
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.event import Origin
from models.severity import Severity
from rules.grouping import Grouper
from rules.masking import Masker
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.preparing import PrepareConfig, prepare

__all__ = ["FormatCost", "measure_formats"]

RECORDS = Path(__file__).resolve().parent.parent / "tests/fixtures/records"
ROUNDS = 7
CALLS = 200  # a round, over all records of a format

Draft = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCost:
    """CPU an event of one format, microseconds, and how large its records are."""

    name: str
    records: int
    size: int  # bytes, on average
    normalize: float
    mask: float
    group: float
    whole: float  # from bytes to an occurrence


def measure_formats(folder: Path | None = None) -> list[FormatCost]:
    """Time every format. `folder`: of records in folders by format; unset: those of the tests."""
    folder = folder or RECORDS
    found = {path.name: _readable(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    if not any(found.values()):
        found = {folder.name: _readable(folder)}
    return [_measure(name, records) for name, records in found.items() if records]


def _readable(folder: Path) -> list[bytes]:
    """Records that hold one error each."""
    return [
        value for path in sorted(folder.iterdir()) if path.is_file() and len(_drafts(value := path.read_bytes())) == 1
    ]


def _drafts(value: bytes) -> list[Draft]:
    try:
        return normalize(value, {})
    except (NotAnError, Unreadable):
        return []


def _measure(name: str, records: list[bytes]) -> FormatCost:
    masker, grouper = Masker(), Grouper()
    drafts = [draft for record in records for draft in _drafts(record)]
    masked = copy.deepcopy(drafts)
    for draft in masked:
        masker.mask(draft)
    config = PrepareConfig(
        masker=masker,
        grouper=grouper,
        minimum_severity=Severity.DEBUG,
        lateness=600.0,
        retention=30 * 86_400.0,
        hash_key=b"benchmark",
    )
    origin, now = Origin.model_construct(topic="errors", partition=0, offset=1), time.time()
    return FormatCost(
        name=name,
        records=len(records),
        size=sum(map(len, records)) // len(records),
        normalize=_time(lambda record: normalize(record, {}), records),
        mask=_time(masker.mask, drafts, copy.deepcopy),
        group=_time(grouper.group, masked),
        whole=_time(lambda record: prepare(record, {}, origin, now, config), records),
    )


def _time(work: Callable[[Any], object], items: Sequence[Any], fresh: Callable[[Any], Any] = list) -> float:
    """Microseconds of `work` an item: the median of some rounds."""
    return statistics.median(
        _round(work, [fresh(items) for _ in range(max(1, CALLS // len(items)))]) for _ in range(ROUNDS)
    )


def _round(work: Callable[[Any], object], lists: Sequence[Iterable[Any]]) -> float:
    calls, begun = 0, time.process_time()
    for items in lists:
        for item in items:
            work(item)
            calls += 1
    return (time.process_time() - begun) / calls * 1e6
