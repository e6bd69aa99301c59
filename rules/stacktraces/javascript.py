"""Stacks of JavaScript: V8 (Node, Deno, Chrome), JavaScriptCore (Bun, Safari), SpiderMonkey (Firefox), Hermes.

https://v8.dev/docs/stack-trace-api; Node prints causes, the errors of an AggregateError, and other properties below.
"""

import re

from rules.stacktraces.javascript_calls import Call, gecko, v8
from rules.stacktraces.javascript_errors import RAISED, Errors
from rules.stacktraces.javascript_snippets import add_source, below_message, take_above, thrown_value
from rules.stacktraces.parsed import MAX_LINE_READ, ParsedTrace, Thrown, chained, introduction, parsed

__all__ = ["read"]

_HEADER_LINES = 30  # that a message may go on for
_NAMED = ("Error", "Exception")
_STACKLESS = re.compile(r"(\s{0,40})\[(\w{1,100}Error: .{0,1000})\] \{$")  # of its own: its members have stacks
_CLOSING = ("Node.js v", "Bun v")
_BUN = re.compile(r"\s{0,2}error: (.*)$")
_UNCAUGHT = re.compile(r"(?:error: )?Uncaught (?:\(in promise\) )?$")  # Deno, browsers


def read(lines: list[str]) -> ParsedTrace | None:
    """The first JavaScript stack."""
    calls: tuple[Call, ...] = (v8, gecko)
    for call in calls:
        mark = "at " if call is v8 else "@"
        first = next((index for index, line in enumerate(lines) if mark in line and call(line) is not None), None)
        if first is not None:
            return _trace(lines, first, call)
    return _value(lines)


def _trace(lines: list[str], first: int, call: Call) -> ParsedTrace | None:
    start, position, header, below = _header(lines, first)
    header, source = below_message(header)
    errors = Errors(lines, header, len(lines[start]) - len(lines[start].lstrip()) if start < first else 0, call)
    end = errors.run(below, within=below < first)
    main = errors.read[0]
    if call is gecko and not header and len(main.frames) == 1 and "function" not in main.frames[0]:
        return None  # a lone `@` with a place may be anything
    if source and main.frames:
        main.frames[0]["context"] = {"line": source}
    before = [*lines[:start], _UNCAUGHT.sub("", lines[start][:position])]
    snippet = take_above(before)
    if snippet is not None:
        add_source(main.frames, snippet, raises=main.thrown.type == "SyntaxError")
    end = _past_closing(lines, end)
    return ParsedTrace(
        language="javascript",
        exceptions=chained(errors.ordered()),
        before=introduction(before),
        after="\n".join(lines[end:]).strip(),
        text="\n".join([lines[start][position:], *lines[start + 1 : end]]).strip("\n"),
    )


def _past_closing(lines: list[str], at: int) -> int:
    """A runtime that ends names itself below."""
    following = next((index for index in range(at, min(at + 3, len(lines))) if lines[index].strip()), None)
    return following + 1 if following is not None and lines[following].startswith(_CLOSING) else at


def _header(lines: list[str], first: int) -> tuple[int, int, str, int]:
    """Above the first call: the line with the type, where on it that begins, and `Type: message` in full.

    The fourth is the line below: the first call, or the properties of an error that has no calls of its own.
    """
    for index in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[index][:MAX_LINE_READ]
        stackless = _STACKLESS.match(line)
        if stackless:
            return index, len(stackless[1]), stackless[2], index + 1
        position = _raised_at(line)
        if position is not None and not line.lstrip().startswith(("[cause]", "[errors]")):
            outer = _outer(lines, index, line)
            if outer is not None:
                return outer
            return index, position, "\n".join([line[position:].strip(), *lines[index + 1 : first]]), first
    above = lines[first - 1][:MAX_LINE_READ].strip() if first else ""
    bun = _BUN.match(above)
    if bun:
        return first - 1, 0, f"Error: {bun[1]}", first
    if above and RAISED.match(above) and ":" in above:
        return first - 1, 0, above, first
    return first, 0, "", first


def _outer(lines: list[str], index: int, line: str) -> tuple[int, int, str, int] | None:
    """The error without a stack among whose properties the line is, if it is indented and there is one."""
    if not line[:1].isspace():
        return None
    for at in range(index - 1, max(index - 1 - _HEADER_LINES, -1), -1):
        stackless = _STACKLESS.match(lines[at][:MAX_LINE_READ])
        if stackless:
            return at, len(stackless[1]), stackless[2], at + 1
    return None


def _raised_at(line: str) -> int | None:
    """Where on the line `Error: message` begins, for a type whose name says that it is one."""
    position = 0
    for word in line.split(" "):
        name = word.removesuffix(":")
        ends = name != word or position + len(word) == len(line) or "[" in line
        if name.endswith(_NAMED) and ends and RAISED.match(name):
            return position
        position += len(word) + 1
    return None


def _value(lines: list[str]) -> ParsedTrace | None:
    """What was thrown and is no error: a text, say."""
    found = thrown_value(lines)
    if found is None:
        return None
    start, end, value, snippet = found
    thrown = Thrown(value=value)
    add_source(thrown.frames, snippet, raises=True)
    return parsed("javascript", [thrown], lines, start, _past_closing(lines, end))
