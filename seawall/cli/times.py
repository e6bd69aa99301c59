"""Points in time as people write them on the command line."""

import re
from datetime import UTC, datetime, timedelta

import typer

__all__ = ["parse_time", "parse_time_ahead"]

_AGO = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_time(text: str) -> datetime:
    """A time in UTC, or so long ago. Raises typer.BadParameter."""
    if match := _AGO.fullmatch(text.strip()):
        return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("is neither like 2026-01-31T12:00 nor like 90m, 2h or 3d (ago)") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def parse_time_ahead(text: str) -> float:
    """A time to come, epoch seconds: `2h`, `3d`, or a date in UTC. Raises typer.BadParameter."""
    from rules.rulefile.durations import parse_duration  # noqa: PLC0415 -- start-up time of the commands that ask for none

    try:
        return datetime.now(UTC).timestamp() + parse_duration(text)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("is neither like 2h or 3d nor like 2026-01-31T12:00 (UTC)") from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
