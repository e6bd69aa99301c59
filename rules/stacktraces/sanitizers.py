"""Reports of the sanitizers of LLVM and GCC: address, leak, memory, thread, undefined behaviour.

https://github.com/google/sanitizers/wiki/AddressSanitizer, https://clang.llvm.org/docs/UndefinedBehaviorSanitizer.html
"""

import re
from typing import Any

from rules.stacktraces.in_app import language_of
from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["read"]

_HEAD = re.compile(
    r"(?P<front>.{0,400}?)(?:==\d{1,10}==)?(?:ERROR|WARNING): (?P<tool>\w{2,30}Sanitizer): (?P<what>.{1,1500})$"
)
_UNDEFINED = ": runtime error: "
_KIND = re.compile(r"(?:attempting )?([\w-]{1,60}(?: (?!on\b|\(|in\b)[\w-]{1,40}){0,6})")
_AT = re.compile(r" (?:at pc 0x|\(pc 0x|\(pid=).*$")
_CALL = re.compile(r"\s{1,12}#(\d{1,5}) (?:(0x[0-9a-f]{1,16}) (?:in )?)?(.{1,2000})$")
_PLACE = re.compile(r"(\S[^\s()]{0,1000}?):(\d{1,9})(?::(\d{1,9}))?$")
_BINARY = re.compile(r"\s?\(([^()\s]{1,500}?)\+0x[0-9a-f]{1,16}\)(?: \(BuildId: [0-9a-f]{1,64}\))?$")
_PROCESS = re.compile(r"==\d{1,10}==")
_ABOVE = re.compile(r"={10,80}$|AddressSanitizer:DEADLYSIGNAL$")
_SUMMARY = "SUMMARY: "
_END = re.compile(r"==\d{1,10}==ABORTING|={10,80}$|ThreadSanitizer: reported \d")
_LANGUAGES = frozenset({"c", "c++", "objc", "rust", "swift"})
_REPORT_LINES = 1_000
_DETAIL = re.compile(
    r"\s{0,2}(?:(?:READ|WRITE|Read|Write|Atomic \w{4,5}) of size|The signal is caused by|(?:Direct|Indirect) leak of)"
)


def read(lines: list[str]) -> ParsedTrace | None:
    """The first report."""
    for at, whole in enumerate(lines):
        line = whole[:MAX_LINE_READ].rstrip()
        if "Sanitizer: " in line and (head := _HEAD.match(line)):
            return _report(lines, at, head)
        if _UNDEFINED in line and (trace := _undefined(lines, at, line)):
            return trace
    return None


def _report(lines: list[str], at: int, head: re.Match[str]) -> ParsedTrace:
    what = _AT.sub("", head["what"]).rstrip(":")
    kind = _KIND.match(what)
    frames, after = _first_stack(lines, at + 1)
    thrown = Thrown(
        type=kind[1] if kind else what,
        module=head["tool"],
        value=f"{what}\n{_detail(lines, at)}".strip(),
        frames=frames[::-1],
    )
    start = at
    while start and _ABOVE.match(lines[start - 1][:MAX_LINE_READ]):
        start -= 1
    front = head["front"] if start == at else ""
    severity = None if head["tool"].startswith(("Leak", "Thread")) else "critical"
    return parsed("c++", [thrown], lines, start, _end(lines, after), front=front, severity=severity)


def _detail(lines: list[str], at: int) -> str:
    """What the program was doing to which memory: on one of the lines below the head."""
    for whole in lines[at + 1 : at + 5]:
        line = _PROCESS.sub("", whole[:MAX_LINE_READ])
        if _DETAIL.match(line):
            return line.strip().rstrip(":")
    return ""


def _undefined(lines: list[str], at: int, line: str) -> ParsedTrace | None:
    """`file:12:5: runtime error: message`."""
    told, _, said = line.partition(_UNDEFINED)
    front, space, source = told.rpartition(" ")
    place = _PLACE.match(source)
    if place is None or language_of(place[1]) not in _LANGUAGES:
        return None
    frames, end = _first_stack(lines, at + 1, limit=1)
    called = frame(file=place[1], line=number(place[2]), column=number(place[3]))
    kind, tool = "runtime error", "UndefinedBehaviorSanitizer"
    thrown = Thrown(type=kind, value=said, module=tool, frames=frames[::-1] or [called])
    if end < len(lines) and lines[end].startswith(_SUMMARY):
        end += 1
    return parsed("c++", [thrown], lines, at, end, front=front + space)


def _first_stack(lines: list[str], at: int, limit: int = 20) -> tuple[list[dict[str, Any]], int]:
    """The calls of the first stack from the line `at` on, the innermost first, and the line after them."""
    begin = next(
        (index for index in range(at, min(at + limit, len(lines))) if _CALL.match(lines[index][:MAX_LINE_READ])), None
    )
    if begin is None:
        return [], at
    frames: list[dict[str, Any]] = []
    end = begin
    while end < len(lines) and (call := _CALL.match(lines[end][:MAX_LINE_READ].rstrip())):
        frames += [_frame(call)] if len(frames) < MAX_STACK else []
        end += 1
    return frames, end


def _frame(call: re.Match[str]) -> dict[str, Any]:
    """`#0 0x55d3 in function(type) file:12:5`, or with the binary in place of the file."""
    rest = call[3]
    package = _BINARY.search(rest)
    if package:
        rest = rest[: package.start()]
    function, _, source = rest.rpartition(" ")
    place = _PLACE.match(source)
    if place is None:
        return frame(
            function=_known(rest.removesuffix(" <null>")), package=package[1] if package else None, address=call[2]
        )
    return frame(
        function=_known(function),
        file=place[1],
        line=number(place[2]),
        column=number(place[3]),
        package=package[1] if package else None,
        address=call[2],
    )


def _known(name: str) -> str | None:
    return None if name == "<null>" else name


def _end(lines: list[str], at: int) -> int:
    """Behind the report's last line, where it has one: it tells of other stacks, and of the memory around."""
    end = at
    for index in range(at, min(at + _REPORT_LINES, len(lines))):
        line = lines[index][:MAX_LINE_READ]
        if line.startswith(_SUMMARY):
            end = index + 1
        elif _END.match(line):
            end = index + 1
            if end == len(lines) or not _END.match(lines[end][:MAX_LINE_READ]):
                return end
    return end
