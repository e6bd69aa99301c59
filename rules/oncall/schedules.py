"""Who is on call at a time, by a schedule's overrides and layers; and when that may change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.rulefile.oncall import Layer, Schedule
from rules.times import in_range, lasts_until

__all__ = ["Rota", "Shift", "gaps", "said"]

FAR = 366 * 86_400.0  # seconds: as far as `until` looks
_STEPS = 20_000  # changes that a list of shifts may have


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on call from one epoch second to another; nobody where `users` is empty."""

    start: float
    end: float
    users: tuple[str, ...]


class Rota:
    """A schedule, compiled."""

    def __init__(self, schedule: Schedule) -> None:
        self._overrides = [
            (schedule.stamp(one.start), schedule.stamp(one.end), one.users) for one in schedule.overrides
        ]
        self._layers = [_Turns(layer, schedule) for layer in schedule.layers]

    def on_call(self, at: float) -> tuple[str, ...]:
        """The names of who is on call at the epoch second `at`; none: nobody."""
        for start, end, users in reversed(self._overrides):
            if start <= at < end:
                return users
        return next((users for layer in self._layers if (users := layer.on_call(at))), ())

    def until(self, at: float) -> float:
        """The epoch second until which it is surely as at `at`; at most a year ahead."""
        moments = [moment for start, end, _ in self._overrides for moment in (start, end) if moment > at]
        return min([at + FAR, *moments, *(layer.until(at) for layer in self._layers)])

    def shifts(self, start: float, end: float) -> Iterator[Shift]:
        """Who is on call when between two epoch seconds, in order; what follows with the same people is one shift."""
        since, at, users = start, start, self.on_call(start)
        for _ in range(_STEPS):
            at = self.until(at)
            if at >= end:
                break
            after = self.on_call(at)
            if after != users:
                yield Shift(since, at, users)
                since, users = at, after
        yield Shift(since, min(at, end), users)


class _Turns:
    """A layer: turns of equal length by the wall clock, from the first handoff on."""

    def __init__(self, layer: Layer, schedule: Schedule) -> None:
        self._zone = ZoneInfo(schedule.zone)
        starts = layer.starts.astimezone(self._zone) if layer.starts.tzinfo else layer.starts
        self._first = starts.replace(tzinfo=None)
        self._start = schedule.stamp(layer.starts)
        self._end = schedule.stamp(layer.ends) if layer.ends else float("inf")
        self._length = timedelta(seconds=layer.every)
        self._users = layer.users
        self._only = {"only": tuple(hours.in_zone(schedule.zone) for hours in layer.only)}

    def on_call(self, at: float) -> tuple[str, ...]:
        if not self._start <= at < self._end:
            return ()
        if self._only["only"] and not any(in_range(one, at) for one in self._only["only"]):
            return ()
        return self._users[self._turn(at) % len(self._users)]

    def until(self, at: float) -> float:
        if at < self._start:
            return self._start
        if at >= self._end:
            return at + FAR
        moments = [self._end, self._handoff(self._turn(at) + 1)]
        if self._only["only"]:
            moments.append(lasts_until(["only"], self._only, at))
        return min(moments)

    def _turn(self, at: float) -> int:
        """The number of the turn. Handoffs are compared as moments: where the clock goes back, no turn comes again."""
        local = datetime.fromtimestamp(at, self._zone).replace(tzinfo=None)
        turn = (local - self._first) // self._length
        while turn > 0 and self._handoff(turn) > at:
            turn -= 1
        while self._handoff(turn + 1) <= at:
            turn += 1
        return turn

    def _handoff(self, turn: int) -> float:
        return (self._first + turn * self._length).replace(tzinfo=self._zone).timestamp()


def gaps(rota: Rota, start: float, end: float) -> list[Shift]:
    """The times between two epoch seconds at which nobody is on call."""
    return [shift for shift in rota.shifts(start, end) if not shift.users]


def said(shift: Shift, zone: str) -> str:
    """Such as `Fri 2026-01-02 18:00 to Mon 2026-01-05 09:00 CET`."""
    start, end = (datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)) for moment in (shift.start, shift.end))
    return f"{start:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M} {end:%Z}"
