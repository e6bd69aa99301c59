"""Does a batch join on to what its agent has done? The rule that keeps holes and repeats out, without any I/O.

Faust loses and repeats fetched records around rebalances in several ways. So no agent trusts what it is handed: it
compares every batch with its own position. What starts above it is a hole: the partition is read again from the
position, once; if the hole is still there in what was fetched afterwards, the records are gone from the topic.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Batch", "Continuity", "Verdict"]

Record = TypeVar("Record")


@dataclass(slots=True, frozen=True, eq=False, weakref_slot=True)
class Batch(Generic[Record]):
    """The records of one fetch of one partition. `epoch` counts the seeks of the partition in this process."""

    topic: str
    partition: int
    records: list[Record]
    first: int  # offset of the first record
    next: int  # the offset after the last one
    epoch: int
    highwater: int  # the partition's end when this was fetched

    @property
    def tp(self) -> tuple[str, int]:
        """What positions are kept by."""
        return (self.topic, self.partition)

    def parts(self, size: int) -> "Iterator[Batch[Any]]":
        """Batches that together are this one, each of records of so many bytes, or of one record."""
        records: list[Any] = self.records
        some: list[Any] = []
        first, held = self.first, 0
        for record in records:
            more = len(record.value or b"")
            if some and held + more > size:
                yield replace(self, records=some, first=first, next=record.offset)
                some, first, held = [], record.offset, 0
            some.append(record)
            held += more
        yield replace(self, records=some, first=first)


class Verdict(Enum):
    """What to do with a batch."""

    TAKE = "take"  # process what lies at or above the position
    REWIND = "rewind"  # a hole: leave it alone and read again from the position
    STALE = "stale"  # fetched before a rewind that is under way: leave it alone
    GAP = "gap"  # a hole that reading again did not fill: process it, count it, say it


@dataclass(slots=True)
class Continuity:
    """One agent's judgement over all partitions of one topic."""

    _awaited: dict[tuple[str, int], int] = field(default_factory=dict)  # the epoch that a rewind will bring

    def judge(self, batch: Batch[Record], position: int | None) -> Verdict:
        """Compare a batch with the owner's position (None: nothing has been read yet)."""
        awaited = self._awaited.get(batch.tp)
        if position is None or batch.first <= position:
            return Verdict.TAKE
        if awaited is None:
            self._awaited[batch.tp] = batch.epoch + 1
            return Verdict.REWIND
        return Verdict.STALE if batch.epoch < awaited else Verdict.GAP

    def done(self, batch: Batch[Record]) -> None:
        """A batch was processed: the next hole is a new one."""
        self._awaited.pop(batch.tp, None)

    def forget(self, tp: tuple[str, int]) -> None:
        """The partition was assigned anew."""
        self._awaited.pop(tp, None)
