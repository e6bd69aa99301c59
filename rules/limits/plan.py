"""A threshold of the rule file as limits over windows, made once for a rule."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from rules.forecasting.forecast import Forecast
from rules.limits.asked import Count, Distinct, Limit, Rate, Span
from rules.limits.compared import Flatline, Silence, Spike
from rules.limits.view import Drop, View
from rules.windows import grain_for

if TYPE_CHECKING:
    from rules.rulefile.asking import Asking
    from rules.rulefile.thresholds import ThresholdRule

__all__ = ["Plan", "plan_of"]

PANES = 12  # of a window, about: the grain of distinct values and of what events are a share of
EXPECTED_EVERY = 300  # seconds
SLACK = 10  # seconds: what came is taken as all that did only after them

Base = Literal["traffic", "errors"]


@dataclass(frozen=True)
class Plan:
    """What a threshold asks for."""

    limits: tuple[Limit, ...]
    every: bool  # all of them, or any
    span: Span
    wait: int = 0  # seconds that it must hold for
    before: int = 0  # seconds before the window that it is compared with
    base: Base | None = None  # what its events are a share of, or what must not fall silent
    asks_prometheus: bool = False  # what it is a share of is asked of Prometheus, and not told of on a topic
    spreads: tuple[str, ...] = ()  # what is told apart
    asks_forecast: tuple[bool, ...] = ()  # of each limit: whether it is compared with a forecast, where there is one

    @cached_property
    def drops(self) -> tuple[Drop, ...]:
        """When anything asked for may change though nothing comes."""
        return tuple(dict.fromkeys(drop for limit in self.limits for drop in limit.drops))

    @cached_property
    def forecasting(self) -> bool:
        """Whether it asks for a forecast."""
        return any(self.asks_forecast)

    @cached_property
    def ticking(self) -> bool:
        """Whether it may begin to hold though nothing comes."""
        return any(isinstance(limit, Spike | Flatline | Silence) for limit in self.limits)

    @cached_property
    def backward(self) -> bool:
        """Whether what comes late is looked at where it belongs: it may make a burst, and it ends a silence."""
        return not any(isinstance(limit, Flatline | Silence) for limit in self.limits)

    @cached_property
    def slack(self) -> int:
        """Seconds by which time that passes is looked at later: what is missing then is not only on its way."""
        return SLACK if any(isinstance(limit, Rate | Flatline | Silence) for limit in self.limits) else 0

    @cached_property
    def keep(self) -> int:
        """Seconds that buckets are kept for."""
        return max(self.span.window, self.span.reach + self.span.pane) + self.before

    @cached_property
    def looks_every(self) -> int:
        """Seconds after which it is looked at again though nothing changed: what is expected did. 0: never."""
        expected = any(isinstance(limit, Flatline) and limit.forecast is not None for limit in self.limits)
        return max(self.span.grain, EXPECTED_EVERY) if expected else 0

    def expecting(self, forecast: Forecast | None) -> "Plan":
        """The plan with what is expected, where it asks for that and anything is known of it."""
        if forecast is None or not self.forecasting:
            return self
        limits = (
            replace(limit, forecast=forecast) if isinstance(limit, Spike | Flatline) and asked else limit
            for limit, asked in zip(self.limits, self.asks_forecast, strict=True)
        )
        return replace(self, limits=tuple(limits))

    def holds(self, view: View, end: int) -> bool:
        """Whether what is asked for holds at an end."""
        asked = (limit.holds(view, end) for limit in self.limits)
        return all(asked) if self.every else any(asked)

    def value(self, view: View, end: int) -> float:
        """How much there is of what grows first."""
        return next((value for limit in self._held(view, end) if (value := limit.value(view, end))), 0.0)

    def words(self, view: View, end: int) -> str:
        """That, for people; of several limits those that hold."""
        return "; ".join(limit.words(view, end) for limit in self._held(view, end))

    def _held(self, view: View, end: int) -> list[Limit]:
        return [limit for limit in self.limits if limit.holds(view, end)] or list(self.limits)


def plan_of(rule: "ThresholdRule") -> Plan | None:
    """The plan; None for a plain count, which has a quicker way of its own."""
    if rule.count is not None and rule.wait is None:
        return None
    span = span_of(rule.window)
    limits = tuple(_limit(one, span) for one in rule.asked)
    return Plan(
        limits=limits,
        every=not rule.any,
        span=span,
        wait=rule.wait or 0,
        before=max((limit.before for limit in limits if isinstance(limit, Spike | Flatline)), default=0),
        base=next((limit.of for limit in limits if isinstance(limit, Rate | Silence)), None),
        asks_prometheus=any(one.rate and one.rate.prometheus for one in rule.asked),
        asks_forecast=tuple(any(each and each.forecast for each in (one.spike, one.flatline)) for one in rule.asked),
        spreads=tuple(dict.fromkeys(limit.of for limit in limits if isinstance(limit, Distinct))),
    )


def span_of(window: int) -> Span:
    """A window's grains."""
    grain = grain_for(window)
    return Span(window=window, grain=grain, pane=-(-window // (PANES * grain)) * grain)


def _limit(asked: "Asking", span: Span) -> Limit:
    if asked.distinct is not None:
        return Distinct(span, asked.distinct.of, asked.distinct.count)
    if (rate := asked.rate) is not None:
        return Rate(span, rate.above, rate.of, rate.at_least)
    if (spike := asked.spike) is not None:
        return Spike(span, spike.window or span.window, spike.times, spike.at_least)
    if (flatline := asked.flatline) is not None:
        return Flatline(span, flatline.window or span.window, flatline.below, flatline.at_least)
    if asked.silent is not None:
        return Silence(span, asked.silent.of)
    assert asked.count is not None  # the rule file has seen to it that there is one
    return Count(span, asked.count)
