"""Durations as people write them: `90s`, `1m`, `1h30m`, `2d`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

__all__ = ["DURATION_PATTERN", "Duration", "parse_duration", "say_duration", "write_duration"]

DURATION_PATTERN = r"^(?=\d)(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?$"
UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
WORDS = {"d": "day", "h": "h", "m": "min", "s": "s"}

_whole = re.compile(DURATION_PATTERN).match
_parts = re.compile(r"(\d+)([dhms])").findall


def parse_duration(text: object) -> int:
    """Seconds.

    Raises:
        ValueError: It is not written as a duration.
    """
    if not isinstance(text, str) or not _whole(text.strip()):
        msg = f"must be a duration such as 90s, 1m or 1h30m, not `{text}`"
        raise ValueError(msg)
    return sum(int(number) * UNITS[unit] for number, unit in _parts(text))


def say_duration(seconds: float) -> str:
    """In words, the two largest units at most: `1 min`, `1 h 30 min`, `2 days`."""
    rest, said = int(seconds), []
    for unit, size in UNITS.items():
        number, rest = divmod(rest, size)
        if number:
            plural = "s" if unit == "d" and number > 1 else ""
            said.append(f"{number} {WORDS[unit]}{plural}")
    return " ".join(said[:2]) or "0 s"


def write_duration(seconds: int) -> str:
    """As it is written in the file."""
    rest, written = int(seconds), ""
    for unit, size in UNITS.items():
        number, rest = divmod(rest, size)
        written += f"{number}{unit}" if number else ""
    return written or "0s"


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(write_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "1m", "1h30m"]}),
]
"""Seconds, written as a duration."""
