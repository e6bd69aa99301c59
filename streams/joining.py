"""Stack traces that came a line a record, put together again: see `rules.joining`.

A trace may go on in the next fetch. So the end of a partition, from the first line of a trace that may go on, is held
back in memory for a moment; its position does not move meanwhile, so that whoever reads the partition after us reads it
again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from models.occurrence import Dropped
from models.reasons import DropReason
from models.severity import Severity
from rules.joining import Joined, Line, join, line_of, may_begin, may_continue, put_together, source_of
from streams.continuity import Batch

__all__ = ["HOLD_ONE", "HOLD_TRACE", "Joining", "Read"]

log = structlog.get_logger(__name__)

HOLD_ONE = 0.4  # seconds that a line is held back which may introduce a trace: an alert waits for it
HOLD_TRACE = 1.0  # seconds after the last line of a trace that goes on
MAX_HELD = 1_000  # records of a partition, and
MAX_HELD_BYTES = 8 * 1024 * 1024
_TOLD = frozenset({Severity.WARNING.value, Severity.ERROR.value, Severity.CRITICAL.value})

Draft = dict[str, Any]


@dataclass(slots=True)
class Read:
    """A record and the events in it; or what became of it, where there are none."""

    record: Any
    drafts: list[Draft]
    outcome: Any = None
    line: str | None = None
    arrived: float = 0.0  # by the monotonic clock


@dataclass(slots=True)
class _Tail:
    batch: Batch[Any]  # the last one
    reads: list[Read]


class Joining:
    """The ends of all partitions. One a worker."""

    def __init__(self) -> None:
        self._tails: dict[tuple[str, int], _Tail] = {}

    @property
    def holding(self) -> bool:
        """Whether anything is held back."""
        return bool(self._tails)

    def forget(self, topic: str, partition: int) -> None:
        """The partition was assigned anew: what was held back of it is read again."""
        self._tails.pop((topic, partition), None)

    def take(self, batch: Batch[Any], reads: Sequence[Read]) -> list[Read]:
        """What is certain of the records so far, traces put together; the rest is held back.

        Args:
            batch: that the records are of.
            reads: its next records.
        """
        for one in reads:
            one.line = _line(one)
        tail = self._tails.pop(batch.tp, None)
        # What does not join on is forgotten: its position did not move, and the store sees the hole.
        before = tail.reads if tail is not None and _joins_on(tail.batch, batch) else []
        if not before and not any(one.line is not None and _speaks(one.line) for one in reads):
            return list(reads)
        now = time.monotonic()
        for one in reads:
            one.arrived = now
        return self._settle(batch, [*before, *reads], now)

    def overdue(self) -> list[tuple[Batch[Any], list[Read]]]:
        """What has been held back for long enough."""
        now = time.monotonic()
        found = []
        for tp, tail in list(self._tails.items()):
            del self._tails[tp]
            if ready := self._settle(tail.batch, tail.reads, now):
                found.append((tail.batch, ready))
        return found

    def _settle(self, batch: Batch[Any], reads: list[Read], now: float) -> list[Read]:
        full = len(reads) > MAX_HELD or sum(len(one.record.value or b"") for one in reads) > MAX_HELD_BYTES
        lines = {number: _as_line(number, one) for number, one in enumerate(reads) if one.line is not None}
        joined = join(lines.values(), ended=full)
        over = [some for some in joined.open if _is_over(some, reads, now)]
        groups = joined.groups + [one for some in over for one in join([lines[at] for at in some], ended=True).groups]
        still = [some for some in joined.open if some not in over]
        border = _border(Joined(groups, still), len(reads))
        if border < len(reads):
            self._tails[batch.tp] = _Tail(batch, reads[border:])
        for group in groups:
            if group[0] < border:
                _put_together([reads[number] for number in group])
        return reads[:border]


def _joins_on(last: Batch[Any], batch: Batch[Any]) -> bool:
    return last is batch or (last.epoch == batch.epoch and last.next == batch.first)


def _line(read: Read) -> str | None:
    return line_of(read.drafts[0]) if len(read.drafts) == 1 else None


def _speaks(line: str) -> bool:
    return may_begin(line) or may_continue(line)


def _as_line(number: int, read: Read) -> Line:
    """Records of which nothing says whose they are follow each other by their key, or by their partition."""
    draft, record = read.drafts[0], read.record
    source = source_of(draft) or f"key:{(record.key or b'').hex()}"
    return Line(number, source, record.timestamp / 1000, read.line or "", draft.get("severity") in _TOLD)


def _is_over(numbers: list[int], reads: list[Read], now: float) -> bool:
    return now - reads[numbers[-1]].arrived > (HOLD_ONE if len(numbers) == 1 else HOLD_TRACE)


def _border(joined: Joined, end: int) -> int:
    """How many records are certain: none of a trace that may go on, and no trace in part."""
    border = min((some[0] for some in joined.open), default=end)
    while (lower := min((some[0] for some in joined.groups if some[0] < border <= some[-1]), default=border)) < border:
        border = lower
    return border


def _put_together(reads: list[Read]) -> None:
    """The first stands for all. What cannot be put together stays as it came."""
    first = reads[0]
    try:
        made = put_together([one.drafts[0] for one in reads])
    except Exception:
        log.exception("Lines could not be put together", offset=first.record.offset, lines=len(reads))
        return
    service = first.drafts[0].get("service") or ""
    first.drafts = [made]
    for one in reads[1:]:
        one.drafts = []
        one.outcome = Dropped(offset=one.record.offset, reason=DropReason.JOINED, service=service)
