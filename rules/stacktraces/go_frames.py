"""Calls in the stacks of Go: a line with the function, and one with the place."""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, frame, number

__all__ = ["first_call", "read_calls"]

_PLACE = re.compile(r"\s{1,12}(\S.{0,1000}\.(?:go|s|c|cc|cpp|h|y)):(\d{1,9})(?: \+0x[0-9a-f]{1,16})?(?: fp=.{0,100})?$")
_CALL = re.compile(r"([^\s(]{1,400}(?:\(\*?[^()\s]{1,200}\)\.[^\s(]{1,400})?)(?:\(.{0,1500}\))?$")
_CREATED = "created by "
_ELIDED = re.compile(r"\.{3}(?:additional|\d{1,9}) frames elided\.{3}$")


def first_call(lines: list[str], start: int = 0, end: int | None = None) -> int | None:
    """The line of the first function from `start` on, whose place stands before the line `end`."""
    for at in range(start + 1, min(len(lines) if end is None else end, len(lines))):
        line = lines[at]
        if line[:1] in ("\t", " ") and ":" in line and _place(line) and _function(lines[at - 1]):
            return at - 1
    return None


def read_calls(lines: list[str], at: int) -> tuple[list[dict[str, Any]], int]:
    """The calls from the line `at` on, the innermost first, and the first line after them."""
    frames: list[dict[str, Any]] = []
    while at < len(lines):
        if _ELIDED.match(lines[at].strip()[:100]):
            at += 1
            continue
        function = _function(lines[at])
        place = _place(lines[at + 1]) if function and at + 1 < len(lines) else None
        if function is None or place is None:
            break
        if len(frames) < MAX_STACK:
            module, name = _split(function)
            frames.append(frame(function=name, module=module, file=place[1], line=number(place[2])))
        at += 2
    return frames, at


def _place(line: str) -> re.Match[str] | None:
    return _PLACE.match(line[:MAX_LINE_READ].rstrip())


def _function(line: str) -> str | None:
    """`package.(*Type).Method(arguments)`, `created by package.function in goroutine 1`, or `panic(…)`."""
    words = line[:MAX_LINE_READ].strip()
    if words.startswith(_CREATED):
        words = words[len(_CREATED) :].partition(" in goroutine ")[0]
    call = _CALL.match(words)
    return call[1] if call and ("." in call[1] or call[1] == "panic") and not call[1].startswith(("/", ".")) else None


def _split(name: str) -> tuple[str | None, str]:
    """The package's path and the function: a path's dots count only behind its last slash."""
    slash = name.rfind("/", 0, name.find("(") if "(" in name else name.find("[") if "[" in name else len(name))
    dot = name.find(".", slash + 1)
    return (name[:dot].replace("%2e", "."), name[dot + 1 :]) if dot > 0 else (None, name)
