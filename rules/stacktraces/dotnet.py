"""Exceptions of .NET, as `Exception.ToString()` writes them: inner ones first, marks between their stacks.

https://learn.microsoft.com/dotnet/api/system.exception.tostring; Mono's and Unity's calls differ a little.
"""

import re
from typing import Any

from rules.stacktraces.headers import type_at
from rules.stacktraces.parsed import (
    MAX_CHAIN,
    MAX_LINE_READ,
    MAX_STACK,
    ParsedTrace,
    Thrown,
    frame,
    number,
    parsed,
    split_type,
)

__all__ = ["read"]

_NAME = r"([^\s()/@:]{2,500})"
_PLACE = r"(?: in (.{1,1000}?):(?:line )?(\d{1,9}))?"
_CALL = re.compile(
    rf"at {_NAME}(?:\([^()/:]{{0,1000}}\)(?: \+ 0x[0-9a-f]{{1,16}})?{_PLACE}"
    rf"| ?\([^()/:]{{0,1000}}\) \[0x[0-9a-f]{{1,8}}\]{_PLACE}) ?$"
)
_INNER = "---> "
_NUMBERED = re.compile(r"\(Inner Exception #(\d{1,6})\) ")
_END_INNER = "--- End of inner exception stack trace ---"
_END_PREVIOUS = "--- End of stack trace from previous location"
_CLOSED = "<---"
_CODE = re.compile(r" \((?:0x[0-9A-F]{1,8}|-?\d{1,10})\)$")  # of an operating system's error, behind the type
_UNHANDLED = re.compile(r"Unhandled [Ee]xception[.:] ?")
_HEADER_LINES = 40
_CONSTRUCTORS = (".ctor", ".cctor")
_LANGUAGES = {".fs": "fsharp", ".vb": "visualbasic"}


def read(lines: list[str]) -> ParsedTrace | None:
    """The first exception with a stack."""
    first = next((at for at, line in enumerate(lines) if "at " in line and _call(line.strip()) is not None), None)
    if first is None:
        return None
    start, position = _header(lines, first)
    front = lines[start][:position]
    reading = _Reading(lines, start, position)
    end = reading.run()
    placed = any("file" in one for thrown in reading.ordered for one in thrown.frames)
    if start == first and not placed and end - first < 2:  # noqa: PLR2004 a lone `at …(…)` may be a sentence
        return None
    language = _language(reading.ordered)
    return parsed(language, reading.ordered, lines, start, end, front=_UNHANDLED.sub("", front))


def _call(words: str) -> dict[str, Any] | None:
    """`at Namespace.Type.Method(Type argument) in file:line 12`."""
    found = _CALL.match(words[:MAX_LINE_READ]) if words.startswith("at ") else None
    if found is None:
        return None
    name, *places = found.groups()
    name = name.partition("[")[0]
    constructor = next((one for one in _CONSTRUCTORS if name.endswith(f".{one}")), None)
    module, function = (name[: -len(constructor) - 1], constructor) if constructor else _parts(name)
    if not module:
        return None
    file, line = places[:2] if places[0] else places[2:]
    known = file is not None and not file.startswith("<")
    return frame(function=function, module=module, file=file if known else None, line=number(line) if known else None)


def _parts(name: str) -> tuple[str, str]:
    module, _, function = name.rpartition(".")
    return module, function


def _header(lines: list[str], first: int) -> tuple[int, int]:
    """The line above the first call with the type of what was raised, and where on it that begins."""
    start, position = first, 0
    for at in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[at][:MAX_LINE_READ]
        if line.lstrip().startswith(_INNER):
            start, position = at, 0
        elif (found := type_at(_UNHANDLED.sub(lambda words: " " * len(words[0]), line), bare=True)) is not None:
            return at, found
        elif not line.strip():
            break
    return start, position


class _Reading:
    """One pass over the lines. What is complete is `ordered`; of the others each is within the one before it."""

    def __init__(self, lines: list[str], start: int, position: int) -> None:
        self.lines = lines
        self.start = start
        self.position = position
        self.ordered: list[Thrown] = []
        self._open: list[Thrown] = []

    def run(self) -> int:
        """Read to the end of the trace: the first line after it."""
        end = at = self.start
        while at < len(self.lines) and len(self.ordered) + len(self._open) < MAX_CHAIN:
            words = self.lines[at][self.position if at == self.start else 0 :][:MAX_LINE_READ].strip()
            closed = words.endswith(_CLOSED)
            if not self._take(words.removesuffix(_CLOSED).rstrip(), first=at == self.start):
                break
            if closed:
                self._close_member()
            at += 1
            end = at if words else end
        while self._open:
            self._pop()
        return end

    def _take(self, words: str, *, first: bool) -> bool:
        """Whether the line is one of the trace."""
        call = _call(words)
        if call is not None:
            self._open = self._open or [Thrown()]
            if len(self._open[-1].frames) < MAX_STACK:
                self._open[-1].frames.append(call)
            return True
        if words.startswith(_INNER):
            self._begin(words[len(_INNER) :])
        elif words.startswith(_END_INNER):
            if len(self._open) > 1:
                self._pop()
        elif words.startswith(_END_PREVIOUS) or not words:
            return True
        elif first:
            self._begin(words)
        elif self._open and not self._open[-1].frames:
            self._open[-1].value = f"{self._open[-1].value or ''}\n{words}"[: 4 * MAX_LINE_READ]
        else:
            return False
        return True

    def _begin(self, words: str) -> None:
        """`Type: message`, with an inner exception on the same line perhaps, or a member of an aggregate."""
        numbered = _NUMBERED.match(words)
        if numbered:
            self._begin_member(words[numbered.end() :], numbered[1])
            return
        for part in words.split(f" {_INNER}")[:MAX_CHAIN]:
            self._push(part, "cause")

    def _push(self, header: str, relation: str) -> None:
        name, _, value = header.partition(": ")
        kind, module = split_type(_CODE.sub("", name.strip().rstrip(":")))
        outer = self._open[-1] if self._open else None
        made = Thrown(type=kind, module=module, value=value.strip(), parent=outer)
        made.relation = relation if outer else None
        self._open.append(made)

    def _begin_member(self, header: str, digits: str) -> None:
        """A member; the first one was printed as the inner exception, and up to .NET 4 is printed twice."""
        group = self._open[-1] if self._open else None
        self._push(header, "member")
        if group is None:
            return
        group.is_group = True
        inner = next((one for one in reversed(self.ordered) if one.parent is group), None)
        if inner is not None and digits == "0" and inner.relation == "cause":
            self.ordered.remove(inner)
        elif inner is not None:
            inner.relation = "member"

    def _close_member(self) -> None:
        while len(self._open) > 1:
            if self._pop().relation == "member":
                break

    def _pop(self) -> Thrown:
        one = self._open.pop()
        one.frames.reverse()
        self.ordered.append(one)
        return one


def _language(thrown: list[Thrown]) -> str:
    for one in thrown:
        for call in one.frames:
            file = call.get("file", "")
            if file[-3:].lower() in _LANGUAGES:
                return _LANGUAGES[file[-3:].lower()]
    return "csharp"
