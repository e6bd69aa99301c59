"""What the runtimes of C and C++ say before they end a program."""

import re
from typing import NamedTuple

from rules.stacktraces.parsed import MAX_LINE_READ, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["Words", "at", "read"]

_TERMINATE = re.compile(r"(.{0,400}?)terminate called after throwing an instance of '(.{1,300}?)'$")
_NO_EXCEPTION = re.compile(r"(.{0,400}?)terminate called (?:without an active exception|recursively)$")
_UNCAUGHT = re.compile(  # libc++abi
    r"(.{0,400}?)(?:libc\+\+abi(?:\.dylib)?: )?terminating (?:due to|with) uncaught exception of type (.{1,300}?)"
    r"(?:: (.*))?$"
)
_WHAT = re.compile(r"\s{0,8}what\(\): {1,2}(.*)$")
_ASSERTION = re.compile(r"(\S{1,300}): ([^\s:]{1,500}):(\d{1,9}): (.{1,1000})$")
_ASSERTED = ": Assertion "
_FAILED = re.compile(r"[`'](.{1,1000})' failed\.?$")
_DETECTED = re.compile(
    r"(.{0,400}?)\*\*\* (?:([^*]{1,100} detected) \*\*\*: .{1,100}|Error in [`'][^'`]{1,300}': ([^*]{1,200}) \*\*\*)$"
)
_HEAP = re.compile(  # glibc's malloc
    r"(?:free|malloc|realloc|malloc_consolidate|munmap_chunk|unlink_chunk|calloc|memalign|sysmalloc)\(\): .{3,80}$"
    r"|(?:corrupted (?:size vs\. prev_size|double-linked list)|double free or corruption).{0,60}$"
)


class Words(NamedTuple):
    """What was said, and how many lines it takes."""

    thrown: Thrown
    front: str
    lines: int


def read(lines: list[str]) -> ParsedTrace | None:
    """The first of such words, as an exception without calls."""
    for index in range(len(lines)):
        words = at(lines, index)
        if words is not None:
            end = index + words.lines
            return parsed("c++", [words.thrown], lines, index, end, front=words.front, severity="critical")
    return None


def at(lines: list[str], index: int) -> Words | None:
    """Such words on the line."""
    line = lines[index][:MAX_LINE_READ].rstrip()
    if "terminat" in line and (words := _terminated(lines, index, line)):
        return words
    if _ASSERTED in line and (words := _asserted(line)):
        return words
    if "*** " in line and (found := _DETECTED.match(line)):
        return Words(Thrown(type=found[2] or "heap corruption", value=found[3]), found[1], 1)
    if _HEAP.match(line):
        return Words(Thrown(type="heap corruption", value=line), "", 1)
    return None


def _asserted(line: str) -> Words | None:
    """Read `program: file:12: function: Assertion `condition' failed.`."""
    told, _, said = line.partition(_ASSERTED)
    failed = _FAILED.match(said)
    for front in range(min(told.count(" "), 40), -1, -1):  # the last place that reads so: a logger may stand before it
        words = told.split(" ", front)
        place = _ASSERTION.match(words[-1])
        if failed and place:
            call = frame(function=place[4], file=place[2], line=number(place[3]), package=place[1])
            begin = len(told) - len(words[-1])
            return Words(Thrown(type="Assertion failed", value=failed[1], frames=[call]), line[:begin], 1)
    return None


def _terminated(lines: list[str], index: int, line: str) -> Words | None:
    if found := _TERMINATE.match(line):
        what = _WHAT.match(lines[index + 1][:MAX_LINE_READ]) if index + 1 < len(lines) else None
        value = what[1] if what else None
        return Words(Thrown(type=found[2], value=value), found[1], 2 if what else 1)
    if found := _UNCAUGHT.match(line):
        return Words(Thrown(type=found[2], value=found[3]), found[1], 1)
    if found := _NO_EXCEPTION.match(line):
        return Words(Thrown(type="std::terminate", value=line[len(found[1]) :]), found[1], 1)
    return None
