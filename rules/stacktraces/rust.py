"""Panics of Rust, with and without a backtrace, and the errors of anyhow and eyre.

https://doc.rust-lang.org/std/backtrace/, https://docs.rs/anyhow/latest/anyhow/struct.Error.html#display-representations
"""

import re
from typing import Any

from rules.stacktraces import rust_errors
from rules.stacktraces.parsed import MAX_LINE_READ, ParsedTrace, Thrown, frame, number, parsed
from rules.stacktraces.rust_frames import backtrace, starts_backtrace

__all__ = ["read"]

_PANIC = re.compile(
    r"(?P<front>.{0,1000}?)thread (?:'[^']{0,200}'|<\w{1,20}>)(?: \(\d{1,20}\))? panicked at (?P<rest>.*)", re.DOTALL
)
_PLACE = re.compile(r"(\S.{0,1000}?):(\d{1,9})(?::(\d{1,9}):?)?$")
_CRASHED = "The application panicked (crashed)."  # color-eyre
_NOTES = ("note: ", "stack backtrace:", "Stack backtrace:")
_MESSAGE_LINES = 100


def read(lines: list[str]) -> ParsedTrace | None:
    """The first panic, or the first error with its causes."""
    for at, line in enumerate(lines):
        if "panicked at " in line and (panic := _PANIC.match(line[:MAX_LINE_READ])):
            return _panic(lines, at, panic)
        if line.strip() == _CRASHED:
            return _crash(lines, at)
    return rust_errors.read(lines)


def _panic(lines: list[str], at: int, panic: re.Match[str]) -> ParsedTrace | None:
    rest = panic["rest"].rstrip()
    end = _message_end(lines, at + 1)
    said = [line[:MAX_LINE_READ] for line in lines[at + 1 : end]]
    place = _PLACE.match(rest)
    if place is not None and rest.endswith(":"):
        value = "\n".join(said)
    else:  # up to Rust 1.72: 'message', place
        value, _, last = "\n".join([rest, *said]).rstrip().rpartition("', ")
        value = value.removeprefix("'")
        place = _PLACE.match(last)
    if place is None:
        return None
    return _told(lines, (at, end), value, _call(*place.groups()), front=panic["front"])


def _call(file: str, line: str, column: str | None = None) -> dict[str, Any]:
    return frame(file=file.removeprefix("./"), line=number(line), column=number(column))


def _told(lines: list[str], span: tuple[int, int], value: str, called: dict[str, Any], front: str = "") -> ParsedTrace:
    at, end = span
    frames, end = backtrace(lines, end)
    thrown = Thrown(type="panic", value=value.strip(), frames=frames[::-1] or ([called] if called else []))
    return parsed("rust", [thrown], lines, at, end, front=front, severity="critical")


def _crash(lines: list[str], at: int) -> ParsedTrace | None:
    """`Message:  …` and `Location: …` below color-eyre's headline."""
    end = _message_end(lines, at + 1)
    words = "\n".join(lines[at + 1 : end]).partition("Message:")[2]
    value, _, location = words.rpartition("\nLocation: ")
    place = re.match(r"(\S[^\n]{0,1000}):(\d{1,9})\s*$", location)
    return _told(lines, (at, end), value, _call(*place.groups()) if place else {}) if value else None


def _message_end(lines: list[str], at: int) -> int:
    """The first line that is not the message's: a blank one, or what Rust says below it."""
    for end in range(at, min(at + _MESSAGE_LINES, len(lines))):
        if not lines[end].strip() or lines[end].startswith(_NOTES) or starts_backtrace(lines[end]):
            return end
    return min(at + _MESSAGE_LINES, len(lines))
