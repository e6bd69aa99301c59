"""Counting in windows of event time: ascending bucket starts and their counts, as two parallel lists.

A bucket is known by its start, in epoch seconds; so a window that ends in bucket `e` and reaches back `reach` seconds
is the buckets that start in [e - reach, e]. A caller chooses which way the grain errs:

- `reach = window`: no burst within the window is ever missed; events up to one grain further apart may count with it.
- `reach = window - grain`: what is counted lies surely within the window; it never overstates.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

__all__ = ["MAX_WINDOW", "Window", "grain_for"]

MAX_WINDOW = 86_400  # seconds: the longest window that a rule may ask for
EXACT = 120  # seconds: up to here a window is kept by the second
SLOTS = 120  # buckets that a longer window is kept in, about
COARSE_STEP = 10


def grain_for(window: float) -> int:
    """The grain at which a window is kept, seconds: 1 up to two minutes, else a 120th of it, rounded up to tens."""
    if window <= EXACT:
        return 1
    return -(-int(window) // (SLOTS * COARSE_STEP)) * COARSE_STEP


class Window:
    """Buckets taken from a state; changing them does not change that state."""

    __slots__ = ("counts", "starts")

    def __init__(self, starts: list[int], counts: list[int]) -> None:
        self.starts = starts
        self.counts = counts

    @classmethod
    def of(cls, state: Mapping[str, Any], starts: str = "t", counts: str = "c") -> "Window":
        """A copy of the buckets that a state keeps under two names."""
        return cls(state[starts][:], state[counts][:])

    @property
    def newest(self) -> int:
        """The start of the newest bucket; 0 without any."""
        return self.starts[-1] if self.starts else 0

    def add(self, bucket: int, count: int) -> None:
        """Count into the bucket that starts at `bucket`."""
        starts = self.starts
        if not starts or bucket > starts[-1]:
            starts.append(bucket)
            self.counts.append(count)
            return
        at = bisect_left(starts, bucket)
        if starts[at] == bucket:
            self.counts[at] += count
        else:
            starts.insert(at, bucket)
            self.counts.insert(at, count)

    def prune(self, oldest: int) -> None:
        """Forget the buckets that start before `oldest`."""
        if self.starts and self.starts[0] < oldest:
            gone = bisect_left(self.starts, oldest)
            del self.starts[:gone], self.counts[:gone]

    def coarsen(self, before: int, grain: int) -> None:
        """Merge buckets that start before `before` into ones of `grain` seconds: bounds a long window's size."""
        old = bisect_left(self.starts, before)
        if all(start % grain == 0 for start in self.starts[:old]):
            return
        merged: dict[int, int] = {}
        for start, count in zip(self.starts[:old], self.counts[:old], strict=True):
            floor = start - start % grain
            merged[floor] = merged.get(floor, 0) + count
        self.starts[:old] = merged.keys()
        self.counts[:old] = merged.values()

    def since(self, oldest: int) -> int:
        """The count of all buckets that start at `oldest` or later."""
        return sum(self.counts[bisect_left(self.starts, oldest) :])

    def within(self, end: int, reach: int) -> int:
        """The count of the buckets that start in [end - reach, end]."""
        return self.since(end - reach) - self.since(end + 1)

    def reached(self, limit: int, reach: int, touched: int) -> int | None:
        """The first bucket, from `touched` on, at whose end a window holds `limit` or more; None if none does."""
        if self.since(touched - reach) < limit:
            return None
        starts, counts = self.starts, self.counts
        low = bisect_left(starts, touched - reach)
        held = 0
        for at in range(low, len(starts)):
            held += counts[at]
            while starts[low] < starts[at] - reach:
                held -= counts[low]
                low += 1
            if held >= limit and starts[at] >= touched:
                return starts[at]
        return None

    def held_until(self, limit: int, reach: int, grain: int) -> int:
        """When the last window that holds `limit` falls below it, if nothing more comes.

        Returns:
            The start of the first bucket at whose end it holds less; 0 if no window holds so much.
        """
        starts, counts = self.starts, self.counts
        held, high = 0, len(starts) - 1
        for low in range(len(starts) - 1, -1, -1):
            held += counts[low]
            while starts[high] > starts[low] + reach:
                held -= counts[high]
                high -= 1
            if held >= limit:
                return starts[low] + reach + grain
        return 0
