"""Points in time, however a logger writes them, as seconds since the epoch, UTC.

What is written without a year or a date lies long ago: see `rules.normalizing.dates`.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from rules.normalizing.dates import of_system_log

__all__ = ["epoch"]

_LONGEST = 64
# Seconds, milli-, micro- and nanoseconds cannot be mixed up between 1973 and 2600: (largest, units in a second).
_UNITS = ((2e10, 1.0), (2e13, 1e3), (2e16, 1e6), (2e19, 1e9))
_APACHE = "%d/%b/%Y:%H:%M:%S %z"
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{0,20})?")
_SLASHES = re.compile(r"(\d{4})/(\d\d)/(\d\d)")


def epoch(value: Any) -> float | None:
    """Seconds since the epoch; None where the value means no time. What has no zone is taken as UTC."""
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_number(value)
    if isinstance(value, dict):
        return _of_object(value)
    return _of_fields(value) if isinstance(value, list) else None


def _of_number(number: float) -> float | None:
    size = abs(number)
    return next((number / units for largest, units in _UNITS if size <= largest), None)


def _of_text(text: str) -> float | None:
    if len(text) > _LONGEST:
        return None
    try:
        return _seconds(datetime.fromisoformat(text))
    except ValueError:
        return _of_other_text(text.strip())


def _of_other_text(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return _of_number(float(text))
    text = text.removesuffix(" UTC")
    for read in (_iso, _apache, of_system_log, parsedate_to_datetime):
        try:
            return _seconds(read(text))
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _iso(text: str) -> datetime:
    """ISO 8601 with slashes, or with a space before the zone."""
    date, _, rest = _SLASHES.sub(r"\1-\2-\3", text, count=1).replace("T", " ", 1).partition(" ")
    return datetime.fromisoformat(f"{date}T{rest.replace(' ', '')}")


def _apache(text: str) -> datetime:
    return datetime.strptime(text, _APACHE)  # noqa: DTZ007 the format has %z


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _of_object(value: dict[str, Any]) -> float | None:
    """`{"$date": …}` (MongoDB), `{"seconds", "nanos"}` (protobuf), `{"epochSecond", "nanoOfSecond"}` (Log4j 2)."""
    if "$date" in value and not isinstance(value["$date"], dict):
        return epoch(value["$date"])
    seconds = value.get("seconds", value.get("epochSecond"))
    nanos = value.get("nanos", value.get("nanoOfSecond", 0))
    if not all(isinstance(part, int | float) for part in (seconds, nanos)):
        return None
    return float(seconds + nanos / 1e9)


def _of_fields(value: list[Any]) -> float | None:
    """`[year, month, day, hour, minute, second, nanosecond]`, as Jackson writes a LocalDateTime."""
    if not 3 <= len(value) <= 7 or not all(type(part) is int for part in value):  # noqa: PLR2004 the fields of a date
        return None
    year, month, day, hour, minute, second, nanos = (value + [0] * 7)[:7]
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() + float(nanos / 1e9)
    except (ValueError, OverflowError):
        return None
