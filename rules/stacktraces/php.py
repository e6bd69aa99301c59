"""Errors of PHP: uncaught exceptions in its log or on its pages, exceptions written as texts, and Monolog's.

https://www.php.net/manual/en/throwable.gettraceasstring.php
"""

import re
from itertools import pairwise
from typing import NamedTuple

from rules.stacktraces import php_messages
from rules.stacktraces.headers import type_at
from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, ParsedTrace, Thrown, parsed
from rules.stacktraces.php_calls import Place, place_at_end, read_calls

__all__ = ["read"]

_TYPE = r"[A-Za-z_\\][\w\\]{0,300}(?:@anonymous)?"
_UNCAUGHT = re.compile(rf"(.{{0,1500}}?)Uncaught ({_TYPE})(?:: (.*))?$")
_LEADING = re.compile(rf"(\s{{0,40}})({_TYPE})(?:: (.*))?$")
_OBJECT = re.compile(rf"(.{{0,1500}}?)\[object\] \(({_TYPE})\(code: [^()]{{0,40}}\)(?:: (.*))?$")
_STACKS = {"Stack trace:": False, "[stacktrace]": True}
_NEXT = "Next "
_PREVIOUS = "[previous exception] "
_THROWN = re.compile(r"  thrown in .{1,1000} on line \d{1,9}$")
_HEADER_LINES = 30


_Parts = tuple[str, ...]  # what stands in front, the type, the message


class _Head(NamedTuple):
    start: int  # the line
    front: str
    type: str
    value: str
    place: Place | None


def read(lines: list[str]) -> ParsedTrace | None:
    """The first exception with a stack, or else the first error with a place."""
    first = next((at for at, line in enumerate(lines) if line.strip() in _STACKS), None)
    if first is None:
        return php_messages.read(lines)
    monolog = _STACKS[lines[first].strip()]
    head = _head(lines, first, monolog=monolog)
    if head is None:
        return php_messages.read(lines)
    start, front, severity = (
        head.start,
        php_messages.without_label(head.front),
        php_messages.severity(lines[head.start]),
    )
    thrown: list[Thrown] = []
    at = first
    while head is not None and len(thrown) < MAX_CHAIN:
        frames, at = read_calls(lines, at + 1, head.place)
        thrown.append(Thrown(type=head.type, value=head.value, frames=frames))
        head, at = _following(lines, at, monolog=monolog)
    if monolog:
        thrown.reverse()  # what was raised is printed first
    for inner, outer in pairwise(thrown):
        inner.parent, inner.relation = outer, "cause"
    if at < len(lines) and _THROWN.match(lines[at][:MAX_LINE_READ]):
        at += 1
    return parsed("php", thrown, lines, start, at, front=front, severity=severity)


def _head(lines: list[str], stack: int, *, monolog: bool) -> _Head | None:
    """What stands above the line that announces the stack: `Type: message in file:line`."""
    above = range(stack - 1, max(stack - 1 - _HEADER_LINES, -1), -1)
    for split in (_split_object,) if monolog else (_split_uncaught, _split_leading, _split_within):
        for at in above:
            if parts := split(lines[at][:MAX_LINE_READ]):
                return _headed(lines, at, stack, parts, monolog=monolog)
    return None


def _split_object(line: str) -> _Parts | None:
    return found.groups("") if (found := _OBJECT.match(line)) else None


def _split_uncaught(line: str) -> _Parts | None:
    return found.groups("") if (found := _UNCAUGHT.match(line)) else None


def _split_leading(line: str) -> _Parts | None:
    found = _LEADING.match(line)
    return found.groups("") if found and found[3] and (found[2][0].isupper() or "\\" in found[2]) else None


def _split_within(line: str) -> _Parts | None:
    begin = type_at(line, bare=True)
    kind, colon, value = line[begin:].partition(": ") if begin is not None else ("", "", "")
    return (line[:begin], kind.strip(), value) if colon else None


def _headed(lines: list[str], at: int, stack: int, parts: _Parts, *, monolog: bool) -> _Head:
    front, kind, said = parts
    said = "\n".join([said, *lines[at + 1 : stack]]).rstrip()
    value, place = place_at_end(said.removesuffix(")") if monolog else said)
    if monolog:
        kind = kind.replace("\\\\", "\\")
    return _Head(at, front, kind, value.strip(), place)


def _following(lines: list[str], at: int, *, monolog: bool) -> tuple[_Head | None, int]:
    """The next exception of the chain, and the line that announces its stack; or None, and where the chain ends."""
    mark = _PREVIOUS if monolog else _NEXT
    start = at
    while start < min(at + 2, len(lines)) and not lines[start].strip():
        start += 1
    if start >= len(lines) or not lines[start].startswith(mark):
        return None, at
    stack = next(
        (end for end in range(start, min(start + _HEADER_LINES, len(lines))) if lines[end].strip() in _STACKS), None
    )
    if stack is None:
        return None, at
    line = lines[start][len(mark) :][:MAX_LINE_READ]
    parts = (_split_object if monolog else _split_leading)(line)
    return (_headed(lines, start, stack, parts, monolog=monolog), stack) if parts else (None, at)
