"""Schedules as iCalendar files, out and in.

https://www.rfc-editor.org/rfc/rfc5545
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from seawall.errors import SeawallError

if TYPE_CHECKING:
    from rules.oncall.schedules import Rota

__all__ = ["exported", "imported"]

MAX_BYTES = 2_000_000
MAX_EVENTS = 1_000  # as many as a schedule may have overrides


def exported(name: str, rota: "Rota", start: float, end: float) -> str:
    """A calendar with an event a shift.

    Args:
        name: the schedule's.
        rota: the schedule.
        start: epoch seconds.
        end: likewise.
    """
    from icalendar import Calendar, Event  # noqa: PLC0415 -- start-up time of other commands

    calendar = Calendar()
    calendar.add("prodid", "-//Seawall//on-call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"on call: {name}")
    for shift in rota.shifts(start, end):
        if shift.users:
            event = Event()
            event.add("uid", f"{uuid5(NAMESPACE_OID, f'{name} {shift.start} {shift.users}')}@seawall")
            event.add("dtstamp", datetime.fromtimestamp(start, UTC))
            event.add("dtstart", datetime.fromtimestamp(shift.start, UTC))
            event.add("dtend", datetime.fromtimestamp(shift.end, UTC))
            event.add("summary", ", ".join(shift.users))
            calendar.add_component(event)
    return str(calendar.to_ical().decode())


def imported(text: bytes, known: Sequence[str], zone: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The events of a calendar as overrides of a schedule, in order: those that repeat, once each.

    Args:
        text: the file.
        known: the names of users; each event's summary must hold one or several, with commas between them.
        zone: of events that name none.
        start: only what ends after this.
        end: only what starts before this.

    Raises:
        SeawallError: it is no calendar, or somebody in it is not known.
    """
    from recurring_ical_events import of  # type: ignore[import-untyped]  # noqa: PLC0415

    if len(text) > MAX_BYTES:
        raise SeawallError(f"the calendar is larger than {MAX_BYTES // 1_000_000} MB")
    found = []
    try:
        calendar = _calendar(text)
        for component in calendar.walk():
            _check_rules(component)
        for event in of(calendar).between(start, end):
            if event.get("STATUS") != "CANCELLED" and event["DTEND"].dt > event["DTSTART"].dt:
                found.append(_override(event, known, ZoneInfo(zone)))
            if len(found) > MAX_EVENTS:
                raise SeawallError(f"more than {MAX_EVENTS} events: name a shorter time")
    except (ValueError, KeyError, OverflowError, TypeError) as error:
        raise SeawallError(f"an event cannot be read: {error}") from None
    return sorted(found, key=lambda one: (one["from"], one["users"]))


def _calendar(text: bytes) -> Any:
    from icalendar import Calendar  # noqa: PLC0415

    try:
        return Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError) as error:
        raise SeawallError(f"not an iCalendar file: {error}") from None


def _check_rules(component: Any) -> None:
    """Refuse what would take for ever: each time of a rule is looked at, from its beginning on. Raises SeawallError."""
    given = component.get("RRULE", [])
    for rule in given if isinstance(given, list) else [given]:
        often = str(rule.get("FREQ", [""])[0]).upper()
        hours = max(len(rule.get("BYHOUR", ())), 24 if often == "HOURLY" else 1)
        minutes, seconds = (max(len(rule.get(name, ())), 1) for name in ("BYMINUTE", "BYSECOND"))
        if often in ("SECONDLY", "MINUTELY") or hours * minutes * seconds > 24:  # noqa: PLR2004 -- hours of a day
            raise SeawallError("an event repeats more often than every hour")
        if any(int(every) < 1 for every in rule.get("INTERVAL", ())):
            raise SeawallError("an event repeats after no time at all")


def _override(event: Any, known: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
    start, end = _moment(event["DTSTART"].dt, zone), _moment(event["DTEND"].dt, zone)
    by_name = {name.lower(): name for name in known}
    said = str(event.get("SUMMARY", ""))
    names = [name.strip() for name in said.split(",") if name.strip()]
    users = [by_name.get(name.lower()) for name in names]
    if not users or None in users:
        wrong = next((name for name, user in zip(names, users, strict=True) if user is None), said)
        raise SeawallError(f"`{wrong[:60]}` at {start:%Y-%m-%d %H:%M} is none of `users` in the rule file")
    return {"users": users, "from": _said(start), "to": _said(end)}


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """By the schedule's clock; a date is its midnight."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    moment = (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    return (moment.replace(second=0) + timedelta(minutes=1 if moment.second else 0)).astimezone(zone)


def _said(moment: datetime) -> str:
    """As the rule file has it; with its offset where the clock shows the time twice."""
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    return moment.isoformat(timespec="minutes") if twice else f"{moment:%Y-%m-%dT%H:%M}"
