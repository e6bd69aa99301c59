"""Stacks as Gin prints them of the panics that it recovers from: the place, then the function and its source line.

https://github.com/gin-gonic/gin/blob/master/recovery.go
"""

import re
from typing import Any

from rules.stacktraces.go_types import type_of_panic
from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["read"]

_PLACE = re.compile(r"(\S.{0,1000}\.(?:go|s)):(\d{1,9}) \(0x[0-9a-f]{1,16}\)$")
_CALL = re.compile(r"\t([^\s:]{1,300}): (.{0,1000})$")


def read(lines: list[str]) -> ParsedTrace | None:
    """The first of such stacks."""
    first = next((at for at, line in enumerate(lines) if "(0x" in line and _PLACE.match(line[:MAX_LINE_READ])), None)
    if first is None:
        return None
    frames: list[dict[str, Any]] = []
    at = first
    while at + 1 < len(lines) and (place := _PLACE.match(lines[at][:MAX_LINE_READ])):
        call = _CALL.match(lines[at + 1][:MAX_LINE_READ])
        if call is None:
            break
        if len(frames) < MAX_STACK:
            made = frame(function=call[1], file=place[1], line=number(place[2]))
            frames.append(made | ({"context": {"line": call[2]}} if call[2] else {}))
        at += 2
    if not frames:
        return None
    start = first - 1 if first and lines[first - 1].strip() else first
    value = lines[start].strip() if start < first else None
    return parsed("go", [Thrown(type=type_of_panic(value or ""), value=value, frames=frames[::-1])], lines, start, at)
