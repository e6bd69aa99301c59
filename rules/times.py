"""Is it such a time now? Parts of the week, month and year, and windows that come again, in a place's own time."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from rules.rulefile.routing import Maintenance, TimeRange

__all__ = ["in_any", "in_range", "window_at"]

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def in_any(names: Iterable[str], times: Mapping[str, tuple[TimeRange, ...]], at: float) -> str | None:
    """The first of the named times that it is at the epoch second `at`; None: none of them."""
    return next((name for name in names if any(in_range(one, at) for one in times.get(name, ()))), None)


def in_range(time_range: TimeRange, at: float) -> bool:
    """Whether the epoch second `at` lies in the range, by the clock of its place."""
    local = datetime.fromtimestamp(at, ZoneInfo(time_range.zone))
    minute = local.hour * 60 + local.minute
    if not time_range.times:
        return _day_fits(time_range, local)
    for span in time_range.times:
        if span.start < span.end:
            if span.start <= minute < span.end and _day_fits(time_range, local):
                return True
        elif (minute >= span.start and _day_fits(time_range, local)) or (
            minute < span.end and _day_fits(time_range, local - timedelta(days=1))
        ):  # over midnight: the day is the one that it began on
            return True
    return False


def _day_fits(time_range: TimeRange, local: datetime) -> bool:
    if time_range.weekdays and _WEEKDAYS[local.weekday()] not in time_range.weekdays:
        return False
    if time_range.months and local.month not in time_range.months:
        return False
    from_end = local.day - monthrange(local.year, local.month)[1] - 1
    return not time_range.days or local.day in time_range.days or from_end in time_range.days


def window_at(maintenance: Maintenance, at: float) -> tuple[float, float] | None:
    """The window that the epoch second `at` lies in, as start and end; None: there is none."""
    first = maintenance.first
    zone = first.tzinfo
    local = datetime.fromtimestamp(at, UTC).astimezone(zone).replace(tzinfo=None)
    began = _rule(maintenance).before(local, inc=True)
    if began is None:
        return None
    start = began.replace(tzinfo=zone).timestamp()
    return (start, start + maintenance.lasts) if start <= at < start + maintenance.lasts else None


@lru_cache(512)
def _rule(maintenance: Maintenance) -> rrule | rruleset:
    """By the wall clock, without a zone: so that 22:00 stays 22:00 when the clocks change."""
    first = maintenance.first.replace(tzinfo=None)
    rule = maintenance.repeats or "FREQ=DAILY;COUNT=1"
    return rrulestr(rule, dtstart=first, cache=True)
