"""Points in time as system logs write them: with names of months, often without a year, or without a date at all.

What is not written stands as a year or a day long ago, where no event lies; `settle` makes the whole of it, once it is
known when the record came.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["of_system_log", "settle"]

_NO_YEAR = 1972  # a leap year: it has every day that there is
_NO_DATE = datetime(1971, 1, 1, tzinfo=UTC)
_UNWRITTEN = (_NO_DATE.timestamp(), datetime(_NO_YEAR + 1, 1, 2, tzinfo=UTC).timestamp())
_DAY = 86_400.0
_MONTHS = {datetime(_NO_YEAR, month, 1).strftime("%b"): month for month in range(1, 13)}  # noqa: DTZ001 a name only
# Those that mean one thing only. https://www.rfc-editor.org/rfc/rfc5322#section-4.3 has the American ones.
_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9, "AEST": 10,
    "AEDT": 11,
}  # fmt: skip
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>[A-Z]{1,4}|[+-]\d\d:?\d\d))?"
_MONTH = r"(?P<month>[A-Z][a-z]{2})"
_WEEKDAY = r"(?:[A-Z][a-z]{2},? )?"
_HALF = r"(?:[ \u202f](?P<half>[AP])M)?"
_LATE_YEAR = r"(?: (?P<late_year>\d{4}))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # Jan  2 03:04:05 · Thu Jan 2 03:04:05.123 2025 · Jan 02, 2025 3:04:05 AM
        rf"{_WEEKDAY}{_MONTH} {{1,2}}(?P<day>\d{{1,2}}),?(?: (?P<year>\d{{4}}))? {_CLOCK}{_HALF}{_LATE_YEAR}{_ZONE}",
        # 02-Jan-2025 03:04:05.123 · 02 Jan 2025 03:04:05
        rf"(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
        # 2025 Jan  2 03:04:05
        rf"(?P<year>\d{{4}}) {_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}{_ZONE}",
        # 2025-01-02 03:04:05.123 CET
        rf"(?P<year>\d{{4}})-(?P<number>\d\d)-(?P<day>\d\d)[ T]{_CLOCK}{_ZONE}",
        # 0102 03:04:05.123456
        rf"(?P<number>\d\d)(?P<day>\d\d) {_CLOCK}",
        # 03:04:05.123
        _CLOCK,
    )
)


def of_system_log(text: str) -> datetime:
    """The time that the text writes.

    Raises:
        ValueError: it writes none.
    """
    for form in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            return _made(found.groupdict())
    raise ValueError("no time")


def _made(parts: dict[str, str | None]) -> datetime:
    fraction = (parts["fraction"] or "")[:6].ljust(6, "0")
    clock = timedelta(
        hours=int(parts["hour"] or 0),
        minutes=int(parts["minute"] or 0),
        seconds=int(parts["second"] or 0),
        microseconds=int(fraction),
    )
    if half := parts.get("half"):
        clock = timedelta(hours=12) * (half == "P") + clock % timedelta(hours=12)
    if "day" not in parts:
        return _NO_DATE + clock
    month = _MONTHS.get(parts.get("month") or "") or int(parts.get("number") or 0)
    year = parts.get("year") or parts.get("late_year") or _NO_YEAR
    return datetime(int(year), month, int(parts["day"] or 0), tzinfo=_zone(parts.get("zone"))) + clock


def _zone(name: str | None) -> timezone:
    if name is None:
        return UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if name[0] == "-" else offset)
    if name not in _ZONES:
        raise ValueError("no zone that means one thing")
    return timezone(timedelta(hours=_ZONES[name]))


def settle(seconds: float, near: float) -> float:
    """A time whose year or date was not written, at the year or on the day that brings it nearest to another time.

    Args:
        seconds: since the epoch, as read; what is whole stays as it is.
        near: since the epoch: when the record came.
    """
    first, last = _UNWRITTEN
    if not first - _DAY <= seconds <= last:
        return seconds
    if seconds < first + 2 * _DAY:
        return seconds + round((near - seconds) / _DAY) * _DAY
    given, year = datetime.fromtimestamp(seconds, UTC), datetime.fromtimestamp(near, UTC).year
    moved = []
    for candidate in (year - 1, year, year + 1):
        try:
            moved.append(given.replace(year=candidate).timestamp())
        except ValueError:  # the 29th of February
            continue
    return min(moved, key=lambda moment: abs(moment - near), default=near)
