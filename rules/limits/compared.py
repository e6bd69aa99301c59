"""What may be asked of a window beside the time before it: spikes, flatlines, silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rules.forecasting.forecast import Expected, Forecast
from rules.limits.asked import Span
from rules.limits.view import BASE, EVENTS, Drop, View
from rules.rulefile.durations import say_duration

__all__ = ["Flatline", "Silence", "Spike"]


class _Against:
    """The window, and the time before it."""

    __slots__ = ()
    span: Span
    before: int
    forecast: Forecast | None

    @property
    def drops(self) -> Sequence[Drop]:
        span = self.span
        return [(EVENTS, span.window + span.grain), (EVENTS, span.window + span.grain + self.before)]

    def _counts(self, view: View, end: int) -> tuple[int, float, int]:
        """Events in the window, how many there would be if it were as before, and how many there were before."""
        span = self.span
        border = end - span.window  # the window's first bucket
        length = min(self.before, border - view.born)
        if not view.born or length <= 0:  # nothing is known of the time before
            return view.events(border, end), 0.0, 0
        before = view.events(border - length, border - 1)
        return view.events(border, end), before * (span.window + span.grain) / length, before

    def _expected(self, end: int) -> Expected | None:
        """What the forecast says of the window that ends with this bucket; None without one."""
        if self.forecast is None:
            return None
        return self.forecast.between(end - self.span.window, end + self.span.grain)


def _band(expected: Expected) -> str:
    return f"expected {expected.low:,.0f}–{expected.high:,.0f} at this hour"  # noqa: RUF001 - a range


@dataclass(frozen=True, slots=True)
class Spike(_Against):
    """So many times as many as before."""

    span: Span
    before: int  # seconds
    times: float
    at_least: int  # in the window
    forecast: Forecast | None = None

    def holds(self, view: View, end: int) -> bool:  # noqa: D102
        if (expected := self._expected(end)) is not None:
            events = view.events(end - self.span.window, end)
            return events >= max(self.at_least, self.times * expected.about) and events > expected.high
        events, usual, _ = self._counts(view, end)
        known = view.born and view.born < end - self.span.window
        return bool(known) and events >= self.at_least and events >= self.times * usual

    def value(self, view: View, end: int) -> float:  # noqa: D102
        return self._counts(view, end)[0]

    def words(self, view: View, end: int) -> str:  # noqa: D102
        events, usual, _ = self._counts(view, end)
        if (expected := self._expected(end)) is not None:
            return f"{events:,} in {self.span.said}, {_band(expected)}, {self.times:.3g} times or more"
        times = f"{events / usual:.3g} times what is usual" if usual else "usually none"
        return f"{events:,} in {self.span.said}, {times}, {self.times:.3g} times or more"


@dataclass(frozen=True, slots=True)
class Flatline(_Against):
    """No more than a share of what there was before."""

    span: Span
    before: int  # seconds
    below: float
    at_least: int  # before; or expected
    forecast: Forecast | None = None

    def holds(self, view: View, end: int) -> bool:  # noqa: D102
        if (expected := self._expected(end)) is not None:
            events = view.events(end - self.span.window, end)
            known = 0 < view.born <= end - self.span.window  # else nothing is known of a part of the window
            enough = expected.about >= self.at_least
            return known and enough and events <= self.below * expected.about and events < expected.low
        events, usual, before = self._counts(view, end)
        return before >= self.at_least and events <= self.below * usual

    def value(self, view: View, end: int) -> float:  # noqa: ARG002, D102 - it does not grow
        return 0.0

    def words(self, view: View, end: int) -> str:  # noqa: D102
        events, usual, before = self._counts(view, end)
        if (expected := self._expected(end)) is not None:
            return f"{events:,} in {self.span.said}, {_band(expected)}, {100 * self.below:.3g} % or less"
        share = f"{100 * events / usual:.3g} %" if usual else f"{events:,}"
        known = f"{before:,} in the {say_duration(self.before)} before"
        return f"{events:,} in {self.span.said}, {share} of what is usual ({known}), {100 * self.below:.3g} % or less"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing for so long, of what used to come."""

    span: Span
    of: Literal["traffic", "errors"]

    @property
    def _series(self) -> str:
        return EVENTS if self.of == "errors" else BASE

    @property
    def drops(self) -> Sequence[Drop]:  # noqa: D102
        return [(self._series, self.span.window + self.span.grain)]

    def holds(self, view: View, end: int) -> bool:  # noqa: D102
        last = view.last(self._series, end)
        return bool(last) and end - last > self.span.window

    def value(self, view: View, end: int) -> float:  # noqa: ARG002, D102 - it does not grow
        return 0.0

    def words(self, view: View, end: int) -> str:  # noqa: ARG002, D102
        named = "requests" if self.of == "traffic" else "errors"
        return f"no {named} for {self.span.said}, where there were some"
