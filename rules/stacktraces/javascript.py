"""Stacks of V8 (Node, Chrome), Firefox and Safari, with async frames and Node's `[cause]`."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, ParsedTrace, frame

__all__ = ["read"]

_Frame = dict[str, Any]
_NAME = r"[A-Z$_][\w$.]{0,200}"
_RAISED = re.compile(rf"(?:Uncaught )?(?:\(in promise\) )?({_NAME})(?: \[[\w-]{{1,80}}\])?(?:: ?(.*))?$", re.DOTALL)
_SAME = re.compile(r"\.\.\. (\d{1,6}) lines matching cause stack trace \.\.\.")
_CAUSE = "[cause]: "
_NAMED = ("Error", "Exception")
_MAX_CHAIN = 100
_HEADER_LINES = 30  # that a message may go on for
_PLACELESS = ("<anonymous>", "native", "native code")
_SNIPPET = re.compile(r"(\S.{0,1000}):(\d{1,9})$")


def read(lines: list[str]) -> ParsedTrace | None:
    """The first JavaScript stack."""
    for call in (_v8, _gecko):
        first = next((index for index, line in enumerate(lines) if call(line) is not None), None)
        if first is not None:
            return _trace(lines, first, call)
    return None


def _trace(lines: list[str], first: int, call: Callable[[str], _Frame | None]) -> ParsedTrace | None:
    start, front, header = _header(lines, first)
    error = _Error(header)
    end = error.take(lines, first, call)
    chain = [error]
    while len(chain) < _MAX_CHAIN and (cause := _cause(lines, end)) is not None:
        inner = _Error(
            "\n".join(
                [lines[cause].strip().removeprefix(_CAUSE), *lines[cause + 1 : (below := _below(lines, cause + 1))]]
            )
        )
        end = inner.take(lines, below, call)
        chain.append(inner)
    if call is _gecko and not header and len(error.frames) == 1 and "function" not in error.frames[0]:
        return None  # a lone `@` with a place may be anything
    for outer, inner in pairwise(chain):
        outer.restore(inner)
    before = [*lines[:start], front]
    _add_snippet(before, error.frames)
    return ParsedTrace(
        language="javascript",
        exceptions=[one.as_exception() for one in reversed(chain)],
        before="\n".join(before).strip(),
        after="\n".join(_without_closing(lines[end:])).strip(),
        text="\n".join([*([header] if header else []), *lines[first:end]]),
    )


class _Error:
    """One error while it is read: its frames as printed, the innermost first."""

    def __init__(self, header: str) -> None:
        self.header = header
        self.frames: list[_Frame] = []
        self.same: tuple[int, int] | None = None  # where lines of the cause's stack were left out, and how many

    def take(self, lines: list[str], at: int, call: Callable[[str], _Frame | None]) -> int:
        """Read frames from the line `at` on; the first line after them."""
        while at < len(lines):
            found = call(lines[at])
            same = None if found else _SAME.match(lines[at].strip())
            if found is not None:
                self.frames.append(found)
            elif same:
                self.same = (len(self.frames), int(same[1]))
            else:
                break
            at += 1
        return at

    def restore(self, cause: "_Error") -> None:
        """Put back the frames that Node left out because the cause's stack has them."""
        if self.same is None:
            return
        place, count = self.same
        following = self.frames[place] if place < len(self.frames) else None
        end = cause.frames.index(following) if following in cause.frames else len(cause.frames)
        self.frames[place:place] = cause.frames[max(end - count, 0) : end]

    def as_exception(self) -> dict[str, Any]:
        raised = _RAISED.match(self.header)
        name, value = (raised[1], raised[2]) if raised else (None, self.header)
        return frame(type=name, value=(value or "").strip()) | {"frames": self.frames[::-1]}


def _header(lines: list[str], first: int) -> tuple[int, str, str]:
    """Above the first frame: the line with the type, what stands before it there, and `Type: message` in full."""
    lowest = max(first - _HEADER_LINES, 0)
    for index in range(first - 1, lowest - 1, -1):
        position = _raised_at(lines[index][:MAX_LINE_READ])
        if position is not None:
            line = lines[index]
            return index, line[:position], "\n".join([line[position:].strip(), *lines[index + 1 : first]])
    above = lines[first - 1][:MAX_LINE_READ].strip() if first else ""
    if above and _RAISED.match(above) and ":" in above:
        return first - 1, "", above
    return first, "", ""


def _raised_at(line: str) -> int | None:
    """Where on the line `Error: message` begins, for a type whose name says that it is one."""
    position = 0
    for word in line.split(" "):
        name = word.removesuffix(":")
        if (
            name.endswith(_NAMED)
            and (name != word or position + len(word) == len(line) or "[" in line)
            and _RAISED.match(name)
        ):
            return position
        position += len(word) + 1
    return None


def _v8(line: str) -> _Frame | None:
    """`at [async] [new] function [as name] (file:line:column)`, or without function and parentheses."""
    words = line[:MAX_LINE_READ].strip().removesuffix(" {")
    if not words.startswith("at "):
        return None
    words = words[3:].removeprefix("async ")
    if words.endswith(")"):
        function, opened, place = words[:-1].partition(" (")
        if not opened:
            return None
        if place.startswith("eval at "):
            place = place.rpartition(", ")[2]
        function = function.partition(" [as ")[0].removeprefix("async ")
        if place in _PLACELESS or place.startswith("index "):
            return frame(function=function, file=None if place.startswith("index ") else f"<{place.strip('<>')}>")
        return _placed(place, function)
    return _placed(words, None) if any(mark in words for mark in "/\\.<") or words.startswith("node:") else None


def _gecko(line: str) -> _Frame | None:
    """`function@file:line:column`; Safari also `global code@…` and `[native code]`."""
    words = line[:MAX_LINE_READ].strip()
    function, at, place = words.partition("@")
    if not at or len(function) > 200 or not ("/" in place or place in ("[native code]", "")):  # noqa: PLR2004 longer is no name
        return None
    if place == "[native code]":
        return frame(function=function, file="<native code>")
    if " " in place:
        return None
    function = function.removeprefix("async*").rstrip("/<")
    return _placed(place, function if " " not in function or function.endswith(" code") else None)


def _placed(place: str, function: str | None) -> _Frame | None:
    """`file:line:column`."""
    rest, _, column = place.rpartition(":")
    file, _, number = rest.rpartition(":")
    if not (file and _is_number(number) and _is_number(column)):
        return None
    return frame(function=function, file=file, line=int(number), column=int(column))


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 10  # noqa: PLR2004 digits of a line number


def _cause(lines: list[str], at: int) -> int | None:
    """The line of `[cause]: Error: …` among the properties that Node prints after a stack."""
    for index in range(at, min(at + _HEADER_LINES, len(lines))):
        if lines[index].lstrip().startswith(_CAUSE):
            return index
    return None


def _below(lines: list[str], start: int) -> int:
    """Where the frames of a cause begin, past the lines of its message."""
    for index in range(start, min(start + _HEADER_LINES, len(lines))):
        if _v8(lines[index]) is not None or lines[index].strip() in ("}", "},"):
            return index
    return start


def _add_snippet(before: list[str], frames: list[_Frame]) -> None:
    """Node prints the line that threw above the error: give it to its frame, take it from the text in front."""
    while before and not before[-1].strip():
        before.pop()
    if len(before) < 3 or before[-1].strip(" \t^"):  # noqa: PLR2004 place, source, caret
        return
    place = _SNIPPET.match(before[-3][:MAX_LINE_READ])
    if place is None:
        return
    source = before[-2].strip()
    for one in frames:
        if one.get("file", "").endswith(place[1]) and one.get("line") == int(place[2]):
            one["context"] = {"line": source}
            break
    del before[-3:]


def _without_closing(after: list[str]) -> list[str]:
    """The lines after the stack, without the rest of what Node prints of the error's properties."""
    closed = next((index for index, line in enumerate(after[:_HEADER_LINES]) if line == "}"), None)
    return after if closed is None else after[closed + 1 :]
