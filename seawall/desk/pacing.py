"""The vendors' rate limits, as token buckets."""

import time
from collections import defaultdict
from collections.abc import Callable

__all__ = ["Buckets"]


class Buckets:
    """A bucket a key.

    Args:
        rate: tokens a second.
        burst: tokens that a bucket holds.
        clock: seconds, steady.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = defaultdict(lambda: (burst, clock()))

    def take(self, key: str) -> float:
        """Take a token: 0, or the seconds until there is one."""
        level, at = self._levels[key]
        now = self._clock()
        level = min(level + (now - at) * self._rate, self._burst)
        if level < 1:
            self._levels[key] = level, now
            return (1 - level) / self._rate
        self._levels[key] = level - 1, now
        return 0.0
