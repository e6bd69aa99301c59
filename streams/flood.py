"""A flood of unreadable records: somebody writes something else to the topic. Not all of it may become dead letters."""

from collections.abc import Iterable

from models.occurrence import Dead, Dropped, Occurrence

__all__ = ["Flood"]


class Flood:
    """Counts the unreadable records in a row on each partition. `limit`: so many are a flood; 0: none ever is."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._runs: dict[int, int] = {}

    def rises(self, partition: int, items: Iterable[Occurrence | Dropped | Dead]) -> bool:
        """Whether the run reaches the limit with these items, in offset order. Where it does not, they are counted."""
        if not self._limit:
            return False
        run = self._runs.get(partition, 0)
        for item in items:
            run = run + 1 if isinstance(item, Dead) else 0
            if run >= self._limit:
                return True
        self._runs[partition] = run
        return False

    def forget(self, partition: int) -> None:
        """The partition was assigned anew: it is read on from what was stored."""
        self._runs.pop(partition, None)
