"""When must the record before the position be seen again? After every sign that the topic may be another one by now.

A topic that is deleted, made anew and filled beyond the position between two fetches is read on as if nothing had been:
aiokafka fetches by name, not by topic id. But the client is refused at least one fetch meanwhile, or the partition's
end goes back. Then the partition is read again from one record before the position, which `streams.fresh_topic`
compares with the one that was stored, before anything above it is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sinks.postgres.batches import Position
from streams.continuity import Batch, Verdict

__all__ = ["Doubts"]


@dataclass(slots=True, frozen=True)
class _Asked:
    """The record before the position is being read again."""

    signs: int  # as many were counted before it was asked for
    epoch: int  # of the batch that brings it
    rewound: bool  # not by an assignment, which may not know the position: the database may be away


class Doubts:
    """Over all partitions of one topic."""

    def __init__(self, signs: Callable[[], int]) -> None:
        """Args: signs: how often something happened that a deleted topic makes happen too."""
        self._signs = signs
        self._vouched: dict[tuple[str, int], int] = {}  # signs counted when the record was last asked for and seen
        self._asked: dict[tuple[str, int], _Asked] = {}
        self._ends: dict[tuple[str, int], int] = {}

    def assigned(self, tp: tuple[str, int], epoch: int) -> None:
        """The partition is ours, and what is fetched from `epoch` on begins one record before its position."""
        self._vouched.pop(tp, None)
        self._ends.pop(tp, None)
        self._asked[tp] = _Asked(self._signs(), epoch, rewound=False)

    def judge(self, batch: Batch[Any], position: Position) -> Verdict:
        """TAKE; or REWIND to one record before the position; or STALE while that is under way."""
        tp = batch.tp
        if batch.highwater < self._ends.get(tp, 0):
            self._vouched.pop(tp, None)
        self._ends[tp] = batch.highwater
        if position.last_timestamp is None:  # nothing was stored that could be compared
            return Verdict.TAKE
        asked = self._asked.get(tp)
        if asked is None:
            return Verdict.TAKE if self._vouched.get(tp) == self._signs() else self._ask(batch)
        if batch.epoch < asked.epoch:
            return Verdict.STALE
        if batch.first >= position.next_offset and not asked.rewound:
            return self._ask(batch)
        self._vouched[tp] = asked.signs
        del self._asked[tp]
        return Verdict.TAKE

    def _ask(self, batch: Batch[Any]) -> Verdict:
        self._asked[batch.tp] = _Asked(self._signs(), batch.epoch + 1, rewound=True)
        return Verdict.REWIND
