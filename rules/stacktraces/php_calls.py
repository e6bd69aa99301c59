"""Calls in the stacks of PHP. A line says where its function was called; its own place is on the line above."""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, frame, number

__all__ = ["Place", "function_of", "place_at_end", "read_calls"]

Place = tuple[str, int | None]

_CALL = re.compile(r"#\d{1,6} (?:(\S.{0,1000}?)\((\d{1,9})\): |\[internal function\]: )?(.{1,2048})$")
_LINE_AT_END = re.compile(r"(?::| on line | line )(\d{1,9})$")
_TAIL = 20  # characters that hold it
_BUILT_IN = re.compile(r"[a-z][a-z0-9_]{1,60}\(")
_MAIN = "{main}"


def place_at_end(said: str) -> tuple[str, Place | None]:
    """A message without the ` in file:12` at its end, and that place."""
    found = _LINE_AT_END.search(said, max(len(said) - _TAIL, 0))
    if found is None:
        return said, None
    lowest = max(found.start() - MAX_LINE_READ, 0)
    begin = max(said.rfind(" in ", lowest, found.start()), said.rfind(" at ", lowest, found.start()))
    if begin < 0:
        return said, None
    return said[:begin], (said[begin + 4 : found.start()], number(found[1]))


def read_calls(lines: list[str], at: int, place: Place | None) -> tuple[list[dict[str, Any]], int]:
    """The calls from the line `at` on, the outermost first, and the first line after them.

    Args:
        lines: of the text.
        at: where `#0` stands.
        place: where the exception was made.
    """
    frames: list[dict[str, Any]] = []
    while at < len(lines) and (call := _CALL.match(lines[at][:MAX_LINE_READ].rstrip())):
        at += 1
        called = (call[1], number(call[2])) if call[1] else None
        within = None if called == place and _BUILT_IN.match(call[3]) else place  # PHP's own have no place
        if len(frames) < MAX_STACK:
            frames.append(_frame(call[3], within))
        place = called
    if place is not None and (not frames or frames[-1].get("function") != _MAIN):
        frames.append(_frame("", place))
    return frames[::-1], at


def _frame(call: str, place: Place | None) -> dict[str, Any]:
    module, function = function_of(call)
    return frame(function=function, module=module, file=place[0] if place else None, line=place[1] if place else None)


def function_of(call: str) -> tuple[str | None, str]:
    """`Class->method(arguments)`, `Class::method(…)` or `function(…)`: the class and the function."""
    if "{closure:" in call:  # PHP 8.4 says where a closure was made: {closure:Class::method():12}
        front, _, rest = call.partition("{closure:")
        name = front + "{closure}" + rest.partition("}")[2].partition("(")[0]
    else:
        name = call.partition("(")[0]
    name = name.replace("\\\\", "\\")
    for mark in ("->", "::"):
        module, found, function = name.partition(mark)
        if found:
            return module, function.rpartition("\\")[2] if "{closure}" in function else function
    return None, name
