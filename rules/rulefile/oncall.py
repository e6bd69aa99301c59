"""The sections `users` and `schedules` of the rule file: how people are reached, and who is on call when."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from rules.rulefile.channels import ChannelName
from rules.rulefile.durations import DURATION_PATTERN, parse_duration
from rules.rulefile.matches import Levels
from rules.rulefile.part import Name, Part, listed, one_or_more
from rules.rulefile.routing import TimeRange, TimeSpan, Weekday, ZoneName

__all__ = ["Hours", "Layer", "Override", "Schedule", "User"]

HOUR = 3_600
_TURNS = {"day": 24 * HOUR, "week": 7 * 24 * HOUR}
_YEARS = range(1990, 2200)


class Hours(Part):
    """A part of the week, by the clock of whom or what it belongs to. All that is given must hold."""

    times: tuple[TimeSpan, ...] = Field((), max_length=20, description="times of day; none: all day")
    weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(listed)] = Field(
        (), max_length=7, json_schema_extra=one_or_more, description="mon, tue …; none: every day"
    )

    def in_zone(self, zone: str) -> TimeRange:
        """The same as a range of times."""
        return TimeRange.model_construct(times=self.times, weekdays=self.weekdays, zone=zone)


class User(Part):
    """Somebody who can be paged."""

    contact: Annotated[tuple[ChannelName, ...], BeforeValidator(listed)] = Field(
        min_length=1, max_length=10, json_schema_extra=one_or_more, description="channels, all of which are told"
    )
    zone: ZoneName = Field("UTC", description="the time zone of `quiet`")
    quiet: Annotated[tuple[Hours, ...], BeforeValidator(listed)] = Field(
        (), max_length=20, json_schema_extra=one_or_more, description="hours in which they are not disturbed …"
    )
    through: Levels = Field(("critical",), description="… but for incidents of these severities")


def _turn(text: Any) -> int:
    """`day`, `week` or a duration of whole hours, as seconds."""
    seconds = _TURNS.get(text) if isinstance(text, str) else None
    if seconds is None:
        try:
            seconds = parse_duration(text)
        except ValueError:
            msg = f"must be day, week, or such as 12h or 3d, not `{text}`"
            raise ValueError(msg) from None
    if seconds % HOUR or not HOUR <= seconds <= 366 * 24 * HOUR:
        msg = f"must be whole hours, up to a year, not `{text}`"
        raise ValueError(msg)
    return seconds


def _sane(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        msg = f"must lie in the years {_YEARS.start} to {_YEARS.stop - 1}"
        raise ValueError(msg)
    return moment


Turn = Annotated[
    int,
    BeforeValidator(_turn),
    WithJsonSchema({"anyOf": [{"enum": list(_TURNS)}, {"type": "string", "pattern": DURATION_PATTERN}]}),
]
Moment = Annotated[datetime, AfterValidator(_sane)]
Together = Annotated[
    tuple[Name, ...],
    BeforeValidator(listed),
    Field(min_length=1, max_length=20, json_schema_extra=one_or_more),
]


class Layer(Part):
    """People who take turns. By the wall clock: a handoff at 09:00 stays at 09:00 when the clocks change."""

    name: Name | None = Field(None, description="for whoever reads it")
    users: tuple[Together, ...] = Field(
        min_length=1, max_length=100, description="in turn; a list within the list is on call together"
    )
    starts: Moment = Field(description="the first handoff, such as 2026-01-05T09:00: the others follow from it")
    ends: Moment | None = Field(None, description="from then on nobody of this layer is on call")
    every: Turn = Field(_TURNS["week"], description="how long a turn is: day, week, or such as 12h or 3d")
    only: Annotated[tuple[Hours, ...], BeforeValidator(listed)] = Field(
        (),
        max_length=20,
        json_schema_extra=one_or_more,
        description="parts of the week; outside nobody of it is on call",
    )


class Override(Part):
    """Who is on call instead, for once."""

    users: Together = Field(description="who")
    start: Moment = Field(alias="from", description="such as 2026-12-24T18:00")
    end: Moment = Field(alias="to", description="such as 2026-12-27T09:00")


class Schedule(Part):
    """Who is on call when: an override, else the first layer that has somebody then."""

    zone: ZoneName = Field("UTC", description="the time zone of all that is written here")
    layers: tuple[Layer, ...] = Field((), max_length=50, description="the first one that has somebody then counts")
    overrides: tuple[Override, ...] = Field((), max_length=1_000, description="where several hold, the last one counts")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Schedule":
        for layer in self.layers:
            if layer.ends is not None and self.stamp(layer.ends) <= self.stamp(layer.starts):
                msg = f"a layer must end after {layer.starts:%Y-%m-%dT%H:%M}, when it starts"
                raise ValueError(msg)
        for one in self.overrides:
            if self.stamp(one.end) <= self.stamp(one.start):
                msg = f"an override must end after {one.start:%Y-%m-%dT%H:%M}, when it starts"
                raise ValueError(msg)
        return self

    def stamp(self, moment: datetime) -> float:
        """Epoch seconds of what is written by this schedule's clock, or by one that it names itself."""
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone))).timestamp()
