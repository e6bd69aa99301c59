"""Errors as anyhow and eyre print them: a message, the list of its causes, and perhaps a backtrace."""

import re
from itertools import pairwise

from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, ParsedTrace, Thrown, frame, number, parsed
from rules.stacktraces.rust_frames import backtrace, starts_backtrace

__all__ = ["read"]

_CAUSES = "Caused by:"
_ERROR = "Error: "
_NUMBERED = re.compile(r"\s{2,8}(\d{1,4}): (.*)$")
_LOCATION = re.compile(r"\s{1,8}(\S.{0,1000}?):(\d{1,9})(?::(\d{1,9}))?$")
_MESSAGE_LINES = 30


def read(lines: list[str]) -> ParsedTrace | None:
    """The first such error."""
    for at, line in enumerate(lines):
        words = line.strip()
        if words == _CAUSES:
            return _caused(lines, at)
        if (
            words.endswith(_ERROR.strip())
            and at + 1 < len(lines)
            and (listed := _NUMBERED.match(lines[at + 1][:MAX_LINE_READ]))
        ):
            return _listed(lines, at, words) if listed[1] == "0" else None
        if starts_backtrace(line) and at:
            return _traced(lines, at)
    return None


def _caused(lines: list[str], at: int) -> ParsedTrace | None:
    """anyhow: the message, a blank line, `Caused by:` and the causes."""
    start = _paragraph(lines, at)
    causes, end = _list(lines, at + 1)
    if start is None or not causes:
        return None
    front, value = _headline(lines, start, at)
    return _told(lines, start, end, front, [value, *causes])


def _listed(lines: list[str], at: int, words: str) -> ParsedTrace:
    """color-eyre: `Error: ` and the list of the message and its causes."""
    values, end = _list(lines, at + 1)
    return _told(lines, at, end, words[: -len(_ERROR.strip())], values)


def _traced(lines: list[str], at: int) -> ParsedTrace | None:
    """A message and its backtrace, without a cause."""
    start = _paragraph(lines, at)
    if start is None:
        return None
    front, value = _headline(lines, start, at)
    trace = _told(lines, start, at, front, [value])
    return trace if trace.exceptions[-1]["frames"] else None


def _paragraph(lines: list[str], at: int) -> int | None:
    """The line that the message above begins on."""
    last = at - 1
    while last >= max(at - 3, 0) and not lines[last].strip():
        last -= 1
    if last < 0 or not lines[last].strip():
        return None
    lowest = max(last - _MESSAGE_LINES, 0)
    for start in range(last, lowest - 1, -1):
        if not lines[start].strip():
            return last
        if _ERROR in lines[start][:MAX_LINE_READ]:
            return start
    return last


def _headline(lines: list[str], start: int, end: int) -> tuple[str, str]:
    """What stands before `Error: `, and the message behind it."""
    front, _, value = lines[start].rpartition(_ERROR) if lines[start].count(_ERROR) == 1 else ("", "", lines[start])
    return front, "\n".join([value, *lines[start + 1 : end]]).strip()


def _list(lines: list[str], at: int) -> tuple[list[str], int]:
    """The indented causes, with numbers or a single one without; and where they end."""
    found: list[str] = []
    while at < len(lines) and lines[at][:1].isspace() and lines[at].strip() and len(found) < MAX_CHAIN:
        line = lines[at][:MAX_LINE_READ]
        if starts_backtrace(line):
            break
        numbered = _NUMBERED.match(line)
        if numbered or not found:
            found.append(numbered[2] if numbered else line.strip())
        else:
            found[-1] = f"{found[-1]}\n{line.strip()}"[: 4 * MAX_LINE_READ]
        at += 1
    return found, at


def _told(lines: list[str], start: int, end: int, front: str, values: list[str]) -> ParsedTrace:
    """Messages with the last one raised first, and what follows them."""
    frames, end = backtrace(lines, end)
    thrown = [Thrown(value=value) for value in reversed(values)]
    for inner, outer in pairwise(thrown):
        inner.parent, inner.relation = outer, "cause"
    place, end = _location(lines, end)
    thrown[-1].frames = frames[::-1] or place
    return parsed("rust", thrown, lines, start, end, front=front)


def _location(lines: list[str], at: int) -> tuple[list[dict[str, object]], int]:
    """`Location:` and where the error was made, as eyre writes it."""
    for index in range(at, min(at + 3, len(lines) - 1)):
        if lines[index].strip() == "Location:" and (place := _LOCATION.match(lines[index + 1][:MAX_LINE_READ])):
            return [frame(file=place[1], line=number(place[2]), column=number(place[3]))], index + 2
    return [], at
