"""The sections `routes`, `times`, `inhibitions` and `maintenance` of the rule file: who is told, when, and when not."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrule, rrulestr
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from rules.rulefile.channels import ChannelName
from rules.rulefile.durations import Duration
from rules.rulefile.matches import GroupedMatch
from rules.rulefile.part import Name, Part, Patterns, listed, one_or_more

__all__ = [
    "AtMost",
    "BundleBy",
    "Inhibition",
    "Maintenance",
    "Route",
    "RouteMatch",
    "TimeRange",
    "TimeSpan",
    "Weekday",
    "ZoneName",
]

DAY = 86_400
LEAP = timedelta(days=8 * 366)  # longer than between two leap days
_OFTEN = re.compile(r"SECONDLY|MINUTELY|HOURLY|INTERVAL=0*(?!\d)|BY(HOUR|MINUTE|SECOND)=[^;]*,", re.IGNORECASE)
_RULE = re.compile(r"\s*(RRULE:)?[A-Z]+=[^:\n]*", re.IGNORECASE)
MAX_DEPTH = 4  # of routes within routes
BundleBy = Literal["service", "environment", "severity", "type", "release", "title", "rule", "team", "owner", "tier"]


class RouteMatch(GroupedMatch):
    """Which alerts are meant: all fields must fit, each one of its values (`*` and `?` are wild)."""

    rule: Patterns = Field((), description="the alert rule or threshold that fired")
    team: Patterns = Field((), description="the team that owns the service, from the catalogue")
    owner: Patterns = Field((), description="the owner of the code, from the ownership rules")
    tier: Patterns = Field((), description="the service's tier, from the catalogue")


def _zone(name: str) -> str:
    if name not in available_timezones():
        msg = f"`{name}` is no time zone such as Europe/Berlin or UTC"
        raise ValueError(msg)
    return name


ZoneName = Annotated[str, AfterValidator(_zone), Field(json_schema_extra={"examples": ["Europe/Berlin", "UTC"]})]


def _clock(text: Any) -> Any:
    """`HH:MM`, or `24:00` for the end of the day."""
    if isinstance(text, str):
        hours, colon, minutes = text.partition(":")
        if colon and hours.isdecimal() and minutes.isdecimal() and int(hours) <= 24 and int(minutes) < 60:  # noqa: PLR2004 a clock's numbers
            total = int(hours) * 60 + int(minutes)
            if total <= 24 * 60:
                return total
    msg = f"must be a time such as 09:30 or 24:00, not `{text}`"
    raise ValueError(msg)


Clock = Annotated[int, BeforeValidator(_clock), Field(json_schema_extra={"type": "string", "examples": ["09:30"]})]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class TimeSpan(Part):
    """From one time of day to another; over midnight where the end lies before the start."""

    start: Clock = Field(alias="from", description="such as 09:00")
    end: Clock = Field(alias="to", description="such as 17:30; 24:00 is the end of the day")

    @model_validator(mode="after")
    def _not_empty(self) -> "TimeSpan":
        if self.start == self.end:
            msg = "a span from a time to the same time is empty; leave `times` out for the whole day"
            raise ValueError(msg)
        return self


class TimeRange(Part):
    """A part of the week, the month or the year, in a time zone. All that is given must hold."""

    times: tuple[TimeSpan, ...] = Field((), max_length=20, description="times of day; none: all day")
    weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(listed)] = Field(
        (), max_length=7, json_schema_extra=one_or_more, description="mon, tue …; none: every day"
    )
    days: Annotated[tuple[int, ...], BeforeValidator(listed)] = Field(
        (), max_length=62, json_schema_extra=one_or_more, description="days of the month; -1 is the last one"
    )
    months: Annotated[tuple[int, ...], BeforeValidator(listed)] = Field(
        (), max_length=12, json_schema_extra=one_or_more, description="1 to 12"
    )
    zone: ZoneName = Field("UTC", description="the time zone that is meant")

    @field_validator("days")
    @classmethod
    def _days_exist(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        for day in days:
            if not 1 <= abs(day) <= 31:  # noqa: PLR2004 the longest month
                msg = f"{day} is no day of a month: 1 to 31, or -1 to -31 from the end"
                raise ValueError(msg)
        return days

    @field_validator("months")
    @classmethod
    def _months_exist(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        for month in months:
            if not 1 <= month <= 12:  # noqa: PLR2004 months of a year
                msg = f"{month} is no month: 1 to 12"
                raise ValueError(msg)
        return months


class AtMost(Part):
    """How many new incidents a route tells of; the others are held back and counted in one message."""

    count: int = Field(ge=1, le=10_000, description="so many")
    per: Duration = Field(ge=60, le=DAY, description="in this time")


class Route(Part):
    """Where alerts go. The first that matches takes the alert; what it leaves out is as in the route around it."""

    name: Name | None = Field(None, description="for messages and previews")
    match: RouteMatch = Field(RouteMatch(), description="only these alerts")
    to: Annotated[tuple[ChannelName, ...], BeforeValidator(listed)] = Field(
        (),
        min_length=1,
        max_length=20,
        json_schema_extra=one_or_more,
        description="channels, such as `slack:#ops` or `pagerduty:default`",
    )
    policy: Name | None = Field(None, description="the escalation policy that goes on until somebody acknowledges")
    go_on: bool = Field(False, alias="continue", description="look at the routes below as well")  # noqa: FBT003
    group_by: Annotated[tuple[BundleBy, ...], BeforeValidator(listed)] | None = Field(
        None, max_length=5, description="one message for all incidents that are alike in these; none: one each"
    )
    wait: Duration | None = Field(
        None, ge=0, le=DAY, description="before the first message: what is over by then is not told"
    )
    critical_wait: Duration | None = Field(
        None, ge=0, le=DAY, description="the same for what is critical; default: at once"
    )
    interval: Duration | None = Field(None, ge=0, le=DAY, description="between two messages of one group")
    repeat: Duration | None = Field(None, ge=60, le=7 * DAY, description="say again what nobody has acknowledged")
    mute: Annotated[tuple[Name, ...], BeforeValidator(listed)] = Field(
        (), max_length=20, json_schema_extra=one_or_more, description="names of `times` in which nothing is told"
    )
    only: Annotated[tuple[Name, ...], BeforeValidator(listed)] = Field(
        (), max_length=20, json_schema_extra=one_or_more, description="names of `times` outside which nothing is told"
    )
    at_most: AtMost | None = Field(
        None, description="how many new incidents are told of, in a message of several counted once; default: 30 in 10m"
    )
    routes: "tuple[Route, ...]" = Field((), max_length=200, description="routes within this one, looked at first")

    @model_validator(mode="after")
    def _not_too_deep(self) -> "Route":
        if _depth(self) > MAX_DEPTH:
            msg = f"routes may lie {MAX_DEPTH} deep at most"
            raise ValueError(msg)
        return self


def _depth(route: Route) -> int:
    return 1 + max((_depth(inner) for inner in route.routes), default=0)


def _comes(repeats: str, start: datetime) -> bool:
    """Whether there is a first time. Raises ValueError, TypeError or OverflowError for what is no rule."""
    rule = cast("rrule", rrulestr(repeats, dtstart=start))
    return next(iter(rule.replace(count=None, until=start + LEAP)), None) is not None


class Inhibition(Part):
    """While a source is live, its targets are not told of."""

    name: Name = Field(description="shown where something is held back")
    source: RouteMatch = Field(description="the incident that explains the others")
    target: RouteMatch = Field(description="what need not be told meanwhile")
    equal: Annotated[tuple[BundleBy, ...], BeforeValidator(listed)] = Field(
        (), max_length=8, json_schema_extra=one_or_more, description="in these both must be alike; absent is alike"
    )


class Maintenance(Part):
    """A window in which incidents are kept but not told of. What is acknowledged or over is told all the same."""

    name: Name = Field(description="shown where something is held back")
    match: RouteMatch = Field(RouteMatch(), description="only these incidents")
    starts: datetime = Field(description="the first time, such as 2026-01-31T22:00; in `zone`, unless it says its own")
    lasts: Duration = Field(ge=60, le=7 * DAY, description="how long each window is")
    repeats: str | None = Field(
        None, max_length=500, description="an iCalendar RRULE, such as FREQ=WEEKLY;BYDAY=SU; none: once"
    )
    zone: ZoneName = Field("UTC", description="the time zone that is meant; daylight saving time is heeded")

    @model_validator(mode="after")
    def _rule_is_one(self) -> "Maintenance":
        if self.repeats is not None:
            if _OFTEN.search(self.repeats):
                msg = "`repeats` may repeat daily at most"  # and each of its times is looked at
                raise ValueError(msg)
            if not _RULE.fullmatch(self.repeats):
                msg = "`repeats` is no RRULE: dates and times are not for it"  # they would bring zones of their own
                raise ValueError(msg)
            try:
                comes = _comes(self.repeats, self.first.replace(tzinfo=None))
            except (ValueError, TypeError, OverflowError) as error:
                msg = f"`repeats` is no RRULE: {error}"
                raise ValueError(msg) from None
            if not comes:
                msg = "`repeats` never comes"  # and would be looked for up to the year 9999, each time
                raise ValueError(msg)
        return self

    @property
    def first(self) -> datetime:
        """When the first window starts."""
        return self.starts if self.starts.tzinfo else self.starts.replace(tzinfo=ZoneInfo(self.zone))
