"""From the counts of hours to a forecast.

Each hour of the week leans on the same hour of all days, and that on the level of all hours, as one more observation of
it would: with an hour of history all are alike, with a day the hours of the day differ, with two weeks the days of the
week. (Shrinkage towards a prior worth one observation: https://en.wikipedia.org/wiki/Shrinkage_(statistics).)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Final

from rules.forecasting.forecast import HOUR, HOURS, Forecast, slot_of

__all__ = ["LOOK_BACK", "Counts", "forecast_of"]

LOOK_BACK: Final = 28 * 24 * HOUR  # seconds of history that count
LEAST: Final = 600  # seconds of history without which nothing is said
TRIMMED: Final = 4  # values from which on the highest is left out: one outage must not become what is usual
REPEATED: Final = 2  # weeks from which on an hour of the week says by itself how much it varies
_CHI_SQUARE_MEDIAN: Final = 0.455  # of one degree of freedom: squares of residuals by their median, robust to outliers
NOISIEST: Final = 10_000.0


@dataclass(slots=True)
class Counts:
    """What is known of the past: `begun`, the first minute of which anything is known, and events by hour's start."""

    begun: float
    hours: dict[int, int] = field(default_factory=dict)


def forecast_of(counts: Counts, now: float) -> Forecast | None:
    """The forecast as of a time; None while next to nothing is known.

    Where a whole hour is known, it is made of whole hours only, and so it is the same all through an hour.
    """
    begun = max(counts.begun, now - LOOK_BACK)
    first, last = -int(-begun // HOUR) * HOUR, int(now // HOUR) * HOUR
    hours = range(first, last, HOUR)
    if not hours:
        return _of_minutes(counts, begun, now)
    values = {hour: counts.hours.get(hour, 0) for hour in hours}
    level = _middle(values.values())
    by_day, by_week = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for hour, value in values.items():
        by_day[slot_of(hour) % 24].append(value)
        by_week[slot_of(hour)].append(value)
    days = [_leaning(by_day[hour], level) for hour in range(24)]
    rates = [_leaning(by_week[slot], days[slot % 24]) for slot in range(HOURS)]
    weeks = [len(by_week[slot]) for slot in range(HOURS)]
    return Forecast(rates, weeks, _noise(values, rates, weeks, days))


def _of_minutes(counts: Counts, begun: float, now: float) -> Forecast | None:
    """Of less than a whole hour: its rate, for every hour alike."""
    if now - begun < LEAST:
        return None
    total = sum(number for hour, number in counts.hours.items() if begun - HOUR < hour <= now)
    return Forecast([total * HOUR / (now - begun)] * HOURS, [0] * HOURS, 1.0)


def _middle(values: Iterable[int]) -> float:
    """The mean, without the highest where there are some."""
    ordered = sorted(values)
    return fmean(ordered[:-1] if len(ordered) >= TRIMMED else ordered)


def _leaning(values: Sequence[int], prior: float) -> float:
    if not values:
        return prior
    return (_middle(values) * len(values) + prior) / (len(values) + 1)


def _noise(values: Mapping[int, int], rates: Sequence[float], weeks: Sequence[int], days: Sequence[float]) -> float:
    """How many times as much counts vary around what is expected as chance alone would have it."""
    squares = []
    for hour, value in values.items():
        slot = slot_of(hour)
        seen = weeks[slot]
        mean, off = days[slot % 24], 1.0
        if seen >= REPEATED:
            mean, off = rates[slot], (seen + 1) / seen  # the value itself drew the rate towards it
        squares.append(((value - mean) * off) ** 2 / max(mean, 1.0))
    return min(max(median(squares) / _CHI_SQUARE_MEDIAN, 1.0), NOISIEST)
