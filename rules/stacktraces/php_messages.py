"""Errors of PHP that have a place and no stack, or Xdebug's; and such lines of Symfony and Monolog.

https://www.php.net/manual/en/errorfunc.constants.php
"""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed
from rules.stacktraces.php_calls import function_of, place_at_end

__all__ = ["read", "severity", "without_label"]

_LABELS = {
    "Fatal error": "critical",
    "Parse error": "critical",
    "Compile error": "critical",
    "Core error": "critical",
    "Recoverable fatal error": "error",
    "Catchable fatal error": "error",
    "Warning": "warning",
    "Notice": "info",
    "Strict Standards": "info",
    "Deprecated": "info",
}
_LABEL = re.compile(rf"(?P<front>.{{0,400}}?)(?:PHP )?\b(?P<label>{'|'.join(_LABELS)}): {{1,2}}(?P<said>.+)$")
_AT_END = re.compile(rf"(?:PHP )?(?:{'|'.join(_LABELS)}): {{1,2}}$")
_SYMFONY = re.compile(
    r"(?P<front>.{0,400}?)Uncaught PHP Exception (?P<type>[\w\\]{1,300}): \"(?P<value>.*?)\" at "
    r"(?P<file>[^\s\":]{1,500})(?: line |:)(?P<line>\d{1,9})"
)
_OBJECT = re.compile(
    r"(?P<front>.{0,1500}?)\[object\] \((?P<type>[\w\\]{1,300})\(code: [^()]{0,40}\): (?P<value>.*?) at "
    r"(?P<file>(?:[A-Z]:)?[/\\][^\s:]{1,1000}):(?P<line>\d{1,9})\)"
)
_XDEBUG = re.compile(r"(?:PHP )? {1,3}\d{1,5}\. (.{1,1500}) (\S{1,1000}):(\d{1,9})$")
_BOLD = re.compile(r"</?b>|<br />")


def without_label(front: str) -> str:
    """What stands in front of an error without PHP's own word for it at its end."""
    return _AT_END.sub("", front)


def severity(line: str) -> str | None:
    """What PHP's own word for an error says of it, where the line has one."""
    found = _LABEL.match(line[:MAX_LINE_READ])
    return _LABELS[found["label"]] if found else None


def read(lines: list[str]) -> ParsedTrace | None:
    """The first error with a place."""
    for at, whole in enumerate(lines):
        line = whole[:MAX_LINE_READ].rstrip()
        if " on line " in line and (trace := _labelled(lines, at, line)):
            return trace
        for pattern, mark in ((_SYMFONY, "Uncaught PHP Exception "), (_OBJECT, "[object] (")):
            if mark in line and "[stacktrace]" not in line and (found := pattern.match(line)):
                kind = found["type"].replace("\\\\", "\\")
                called = frame(file=found["file"], line=number(found["line"]))
                thrown = Thrown(type=kind, value=found["value"], frames=[called])
                return parsed("php", [thrown], lines, at, at + 1, front=found["front"])
    return None


def _labelled(lines: list[str], at: int, line: str) -> ParsedTrace | None:
    """`PHP Warning:  message in file on line 12`."""
    found = _LABEL.match(_BOLD.sub("", line) if "<b>" in line else line)
    value, place = place_at_end(found["said"]) if found else ("", None)
    if found is None or place is None:
        return None
    frames, end = _numbered(lines, at + 1, frame(file=place[0], line=place[1]))
    thrown = Thrown(type=found["label"], value=value.removeprefix("Uncaught "), frames=frames)
    front = found["front"] if "<b>" not in line else ""
    return parsed("php", [thrown], lines, at, end, front=front, severity=_LABELS[found["label"]])


def _numbered(lines: list[str], at: int, place: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Xdebug's `PHP   2. function() file:12` says where each was called, the outermost first; and where they end."""
    if at >= len(lines) or lines[at].strip() not in ("PHP Stack trace:", "Call Stack:"):
        return [place], at
    frames: list[dict[str, Any]] = []
    at += 1
    while at < len(lines) and (call := _XDEBUG.match(lines[at][:MAX_LINE_READ].rstrip())):
        if frames:
            frames[-1].update(frame(file=call[2], line=number(call[3])))
        if len(frames) < MAX_STACK:
            module, function = function_of(call[1])
            frames.append(frame(function=function, module=module))
        at += 1
    if not frames:
        return [place], at
    frames[-1].update(place)
    return frames, at
