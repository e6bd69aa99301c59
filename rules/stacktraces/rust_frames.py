"""Backtraces of Rust: numbered functions, each with its place below it where that is known."""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, frame, number

__all__ = ["backtrace", "starts_backtrace"]

_CALL = re.compile(r"\s{0,8}\d{1,5}: +(?:(0x[0-9a-f]{1,16}) - )?(\S.*)$")
_PLACE = re.compile(r"\s{2,60}at (\S.{0,1000}?):(\d{1,9})(?::(\d{1,9}))?$")
_HIDDEN = re.compile(r"\s*⋮? ?\d{0,6} ?frames? hidden|\s*⋮")
_HASHES = re.compile(r"::h[0-9a-f]{16}$|<unknown>$|\[[0-9a-f]{12,16}\]")  # the compiler's, other in every build
_HINTS = ("note: ", "Backtrace omitted. ", "Run with ")
_LOOKED = 12  # lines from the message to the backtrace


def starts_backtrace(line: str) -> bool:
    """Whether the line stands above a backtrace."""
    words = line.strip()
    return words in ("stack backtrace:", "Stack backtrace:") or "━ BACKTRACE ━" in words


def backtrace(lines: list[str], at: int) -> tuple[list[dict[str, Any]], int]:
    """The calls of the backtrace from about the line `at` on, the innermost first, and where it ends."""
    begin = next((index for index in range(at, min(at + _LOOKED, len(lines))) if starts_backtrace(lines[index])), None)
    if begin is None:
        return [], _past_hints(lines, at)
    frames: list[dict[str, Any]] = []
    end = begin + 1
    while end < len(lines):
        line = lines[end][:MAX_LINE_READ].rstrip()
        place = _PLACE.match(line) if frames else None
        call = None if place else _CALL.match(line)
        if place:
            frames[-1].setdefault("file", place[1].removeprefix("./"))
            frames[-1].setdefault("line", number(place[2]))
            if place[3]:
                frames[-1].setdefault("column", number(place[3]))
        elif call and len(frames) < MAX_STACK:
            frames.append(frame(function=_HASHES.sub("", call[2]), address=call[1]))
        elif not call and not _HIDDEN.match(line):
            break
        end += 1
    return frames, _past_hints(lines, end)


def _past_hints(lines: list[str], at: int) -> int:
    """How to see more is told below."""
    end = at
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(_HINTS)):
        at += 1
        end = at if lines[at - 1].strip() else end
    return end
