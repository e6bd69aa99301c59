"""Forecasts as they would have been made, from what is replayed."""

from collections.abc import Mapping

from models.wire import LATE, RateDelta
from rules.forecasting.forecast import HOUR, Forecast
from rules.forecasting.making import Counts, forecast_of
from rules.telling import alert_key

__all__ = ["Hindsight"]

YOUNG_EVERY = 300  # seconds after which a forecast of less than an hour is made anew


class Hindsight:
    """Counts what is replayed, and makes forecasts of what came before.

    Args:
        counts: of the time before the replay, by the thresholds' keys.
    """

    def __init__(self, counts: Mapping[str, Counts]) -> None:
        self._counts = dict(counts)
        self._made: dict[str, tuple[int, Forecast | None]] = {}

    def add(self, delta: RateDelta) -> None:
        """Count what a batch adds to a threshold's window."""
        parts = [part for part in delta.parts if part.bucket != LATE]
        if not parts:
            return
        key = alert_key(delta.rule, delta.by)
        counts = self._counts.setdefault(key, Counts(float(min(part.bucket for part in parts))))
        for part in parts:
            hour = part.bucket // HOUR * HOUR
            counts.hours[hour] = counts.hours.get(hour, 0) + sum(offsets * each for _, offsets, each in part.runs)

    def forecast(self, key: str, now: float) -> Forecast | None:
        """What there would have been to read at a time; times must not go back."""
        counts = self._counts.get(key)
        if counts is None:
            return None
        young = now - counts.begun < 2 * HOUR
        turn = int(now // (YOUNG_EVERY if young else HOUR))
        if self._made.get(key, (-1, None))[0] != turn:
            self._made[key] = turn, forecast_of(counts, now)
        return self._made[key][1]
