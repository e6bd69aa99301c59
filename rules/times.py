"""Is it such a time now? Parts of the week, month and year, and windows that come again, in a place's own time."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from rules.rulefile.routing import Maintenance, TimeRange

__all__ = ["Times", "Windows", "in_any", "in_range", "lasts_until"]

Times = Mapping[str, Sequence[TimeRange]]

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_STEPS: Final = 64  # changes of day or span that are looked ahead
_CLOCK_CHANGE: Final = timedelta(hours=3)  # more than any clock is ever put back by


def in_any(names: Iterable[str], times: Times, at: float) -> str | None:
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


def lasts_until(names: Sequence[str], times: Times, at: float) -> float:
    """The epoch second until which it is surely as at `at`: one of the named times, or none of them."""
    ranges = [one for name in names for one in times.get(name, ())]
    before, moment = in_any(names, times, at) is not None, at
    for _ in range(_STEPS):
        moment = min((_next_change(one, moment) for one in ranges), default=at + 86_400.0)
        if (in_any(names, times, moment) is not None) is not before:
            break
    return moment


def _next_change(time_range: TimeRange, at: float) -> float:
    """The next epoch second at which the range may begin or end: a time of day, midnight, or a change of the clocks."""
    zone = ZoneInfo(time_range.zone)
    midnight = datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    minutes = {24 * 60, *(minute for span in time_range.times for minute in (span.start, span.end))}
    changes = (
        (midnight + timedelta(minutes=minute)).replace(fold=fold).timestamp()
        for minute in minutes
        for fold in (0, 1)  # a time of day that comes twice counts at both
    )
    ahead = min(change for change in changes if change > at)
    return _clock_change(zone, at, ahead) or ahead


def _clock_change(zone: ZoneInfo, after: float, upto: float) -> float | None:
    """The epoch second at which the clocks change between two, within two days; None: they do not."""
    before = _offset(zone, after)
    if _offset(zone, upto) == before:
        return None
    low, high = int(after), int(upto)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return float(high)


def _offset(zone: ZoneInfo, at: float) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()


def _day_fits(time_range: TimeRange, local: datetime) -> bool:
    if time_range.weekdays and _WEEKDAYS[local.weekday()] not in time_range.weekdays:
        return False
    if time_range.months and local.month not in time_range.months:
        return False
    from_end = local.day - monthrange(local.year, local.month)[1] - 1
    return not time_range.days or local.day in time_range.days or from_end in time_range.days


class Windows:
    """When a maintenance is. It keeps the last answer: rules that have run for years are slow to ask."""

    def __init__(self, maintenance: Maintenance) -> None:
        self._zone = maintenance.first.tzinfo
        self._lasts = maintenance.lasts
        first = maintenance.first.replace(tzinfo=None)
        # By the wall clock, without a zone: so that 22:00 stays 22:00 when the clocks change.
        self._rule = rrulestr(maintenance.repeats or "FREQ=DAILY;COUNT=1", dtstart=first, cache=True)
        self._known: tuple[float, float, float | None] = (0.0, 0.0, None)  # from, to: the start of the window then

    def at(self, at: float) -> tuple[float, float] | None:
        """The window that the epoch second `at` lies in, as start and end; None: there is none."""
        since, until, start = self._known
        if not since <= at < until:
            since, until, start = self._known = self._look_up(at)
        return (start, start + self._lasts) if start is not None and at < start + self._lasts else None

    def _look_up(self, at: float) -> tuple[float, float, float | None]:
        local = datetime.fromtimestamp(at, UTC).astimezone(self._zone).replace(tzinfo=None)
        found = self._rule.before(local + _CLOCK_CHANGE, inc=True)
        while found is not None and self._stamp(found) > at:
            found = self._rule.before(found)
        after = self._rule.after(found or local - _CLOCK_CHANGE)
        until = self._stamp(after) if after is not None else float("inf")
        return (at if found is None else self._stamp(found), until, None if found is None else self._stamp(found))

    def _stamp(self, local: datetime) -> float:
        return local.replace(tzinfo=self._zone).timestamp()
