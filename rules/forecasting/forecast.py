"""A forecast: for each hour of the week how many events there are in it, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, NamedTuple

__all__ = ["HOUR", "HOURS", "WEEK", "Expected", "Forecast", "slot_of"]

HOUR: Final = 3_600
HOURS: Final = 168
WEEK: Final = HOUR * HOURS
_MONDAY: Final = 4 * 24 * HOUR  # 1970-01-05 began a week
SURE = 3.0  # standard deviations to either side: about 1 of 370 windows lies outside by chance
# How far the rate itself may be off, by the weeks that an hour of the week was seen in: 0, 1, 2, more.
_DOUBT: Final = (0.5, 0.25, 0.15, 0.1)


class Expected(NamedTuple):
    """Events in a window: at least, about, at most."""

    low: float
    about: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one threshold and its group-by values.

    `rates` are events an hour, `weeks` in how many weeks that hour was seen, Monday 00:00 UTC first. `noise` is how
    many times as much counts vary as those of events that do not know of each other (Poisson's: variance is the mean).
    """

    rates: Sequence[float]
    weeks: Sequence[int]
    noise: float

    def between(self, start: float, end: float) -> Expected:
        """What is expected in [start, end), epoch seconds: each hour has its part."""
        about = variance = doubt = 0.0
        at = start
        while at < end:
            until = min((at // HOUR + 1) * HOUR, end)
            slot = slot_of(at)
            mean = self.rates[slot] * (until - at) / HOUR
            about += mean
            variance += self.noise * mean * (1 + 1 / (1 + self.weeks[slot]))
            doubt += mean * _DOUBT[min(self.weeks[slot], len(_DOUBT) - 1)]
            at = until
        off = SURE * sqrt(variance + doubt**2)
        return Expected(max(about - off, 0.0), about, about + off)


def slot_of(at: float) -> int:
    """The hour of the week that a time lies in."""
    return int((at - _MONDAY) // HOUR) % HOURS
