"""What the windows of a state hold, at whatever end: an end stands for the bucket that starts there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, Final

from rules.limits.spread import Seen, count_of

__all__ = ["BASE", "EVENTS", "Drop", "View"]

EVENTS: Final = "events"  # the rule's own
BASE: Final = "base"  # what they are a share of
# The others are named by what is told apart: `user_id`, `tags.region`.

Drop = tuple[str, int]
"""A series, and how long after a bucket of it began what is asked for may change again: the bucket left a window."""


class _Sums:
    """Buckets, summed up from the first."""

    def __init__(self, starts: list[int], counts: list[int]) -> None:
        self.starts = starts
        self._sums = [0, *accumulate(counts)]

    def between(self, first: int, last: int) -> int:
        return self._sums[bisect_right(self.starts, last)] - self._sums[bisect_left(self.starts, first)]


class View:
    """A state's windows, to be asked. It holds only as long as they do not change."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self._events = _Sums(state["t"], state["c"])
        self._base = _Sums(state["bt"], state["bc"])
        self._spreads: dict[str, list[tuple[int, Seen]]] = state["s"]
        self._counted: dict[tuple[str, int, int], int] = {}
        self.born: int = state["born"]  # the first bucket that there ever was

    def events(self, first: int, last: int) -> int:
        """The rule's events in the buckets that start in [first, last]."""
        return self._events.between(first, last)

    def base(self, first: int, last: int) -> int:
        """What they are a share of, there."""
        return self._base.between(first, last)

    def distinct(self, of: str, first: int, last: int) -> int:
        """Distinct values in the panes that start in [first, last]."""
        key = of, first, last
        if key not in self._counted:
            panes = self._spreads.get(of, ())
            self._counted[key] = count_of(seen for start, seen in panes if first <= start <= last)
        return self._counted[key]

    def last(self, series: str, end: int) -> int:
        """The start of a series' newest bucket up to `end`; 0 without any."""
        starts = self._starts(series)
        at = bisect_right(starts, end)
        return starts[at - 1] if at else 0

    def points(self, drops: Iterable[Drop], after: int, upto: int) -> list[int]:
        """The ends in (after, upto] at which what is asked for may have changed."""
        found: set[int] = set()
        for starts, later in self._changes(drops):
            first, last = bisect_right(starts, after - later), bisect_right(starts, upto - later)
            found.update(start + later for start in starts[first:last])
        return sorted(found)

    def next_point(self, drops: Iterable[Drop], after: int) -> int | None:
        """The first end after `after` at which it may change, if nothing more comes."""
        found = [
            starts[at] + later
            for starts, later in self._changes(drops)
            if (at := bisect_right(starts, after - later)) < len(starts)
        ]
        return min(found, default=None)

    def _changes(self, drops: Iterable[Drop]) -> Iterator[tuple[list[int], int]]:
        known: dict[str, list[int]] = {}
        for series, later in drops:
            if series not in known:
                known[series] = self._starts(series)
                yield known[series], 0
            yield known[series], later

    def _starts(self, series: str) -> list[int]:
        if series == EVENTS:
            return self._events.starts
        if series == BASE:
            return self._base.starts
        return [start for start, _ in self._spreads.get(series, ())]
