"""The section `thresholds` of the rule file: too much of something within a window."""

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from models.severity import Severity
from rules.rulefile.again import Again, Mute
from rules.rulefile.asking import KINDS, Asked, Asking, Window
from rules.rulefile.conditions import When
from rules.rulefile.matches import GroupedMatch
from rules.rulefile.part import Name, Patterns, listed, one_or_more

if TYPE_CHECKING:
    from rules.limits.plan import Plan

__all__ = ["EventMatch", "GroupBy", "ThresholdRule"]

GroupBy = Literal["service", "environment", "severity", "type", "hostname", "release", "title", "group"]
FORECAST_FIELDS = ("service", "environment", "type", "title", "group")  # that counts by the minute know
TRAFFIC_FIELDS = ("service", "environment")  # that requests are told of by


class EventMatch(GroupedMatch):
    """Which events a threshold counts: all fields must fit, each one of its values (`*` and `?` are wild)."""

    hostname: Patterns = Field((), description="the host that raised it")


class ThresholdRule(Asking):
    """Too much of something within `window`, counted apart by `group_by`."""

    name: Name = Field(description="shown with the alert")
    match: EventMatch = Field(EventMatch(), description="only these events")
    when: When | None = Field(None, description="only events for which this is true: a condition in CEL")
    all: tuple[Asked, ...] = Field((), max_length=10, description="several conditions that must hold together")
    any: tuple[Asked, ...] = Field((), max_length=10, description="several conditions of which one must hold")
    within: Window | None = Field(
        None, alias="window", description="within this time, by the events' own clock; at most 24h"
    )
    wait: Window | None = Field(None, alias="for", description="over only when it held for so long without a break")
    group_by: Annotated[tuple[GroupBy, ...], BeforeValidator(listed)] = Field(
        (), max_length=5, json_schema_extra=one_or_more, description="count apart by these fields; none: all together"
    )
    severity: Severity = Field(Severity.CRITICAL, description="of the alert")
    hold: Window | None = Field(None, description="over only when it stayed below for so long; default: the window")
    again: Again | None = Field(None, description="when people are told again; default: as it grows, quietly")
    mute: Mute = Field(0.0, description="true: nobody is told; a time: nobody is told until then")

    @property
    def quiet(self) -> bool:
        """Whether not all that it says is told."""
        return bool(self.mute) or self.again is not None

    @property
    def window(self) -> int:
        """The window, seconds."""
        return self.within or (self.silent.wait if self.silent else 0)

    @property
    def calm_after(self) -> int:
        """Seconds below the count after which it is over."""
        if self.hold is not None:
            return self.hold
        return 0 if self.silent else self.window

    @property
    def asked(self) -> tuple[Asking, ...]:
        """The conditions."""
        return self.all or self.any or (self,)

    @cached_property
    def plan(self) -> "Plan | None":
        """The conditions made ready; None for a plain count."""
        from rules.limits.plan import plan_of  # noqa: PLC0415 - it speaks of durations as this package does

        return plan_of(self)

    @model_validator(mode="after")
    def _asks_for_something(self) -> "ThresholdRule":
        if len(self.kinds) + bool(self.all) + bool(self.any) != 1:
            msg = f"a threshold needs exactly one of {', '.join(KINDS)}, all and any"
            raise ValueError(msg)
        if self.silent and self.within:
            msg = "`silent` has no window; say how long in its `for`"
            raise ValueError(msg)
        if not self.window:
            msg = "`window` is missing"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _forecasts_what_is_counted(self) -> "ThresholdRule":
        if not any(each and each.forecast for one in self.asked for each in (one.spike, one.flatline)):
            return self
        strange = [field for field in (*self.match.patterns(), *self.group_by) if field not in FORECAST_FIELDS]
        if strange or self.when is not None:
            known = ", ".join(FORECAST_FIELDS)
            msg = f"a forecast is made of counts by {known}: not with {', '.join(strange) or 'when'}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _compares_with_one_thing(self) -> "ThresholdRule":
        if len({one.rate.prometheus for one in self.asked if one.rate is not None}) > 1:
            msg = "a threshold can ask Prometheus one thing"
            raise ValueError(msg)
        bases = {one.of for asked in self.asked for one in (asked.rate, asked.silent) if one is not None}
        if len(bases) > 1:
            msg = "a threshold can be about a share of traffic or of errors, not of both"
            raise ValueError(msg)
        strange = [field for field in self.group_by if field not in TRAFFIC_FIELDS]
        if strange and "traffic" in bases:
            msg = f"traffic is told of by service and environment, so that it cannot be grouped by {', '.join(strange)}"
            raise ValueError(msg)
        return self
