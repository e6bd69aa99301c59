"""Exceptions of Ruby, as it prints them itself, as loggers do, and as Rails does.

https://docs.ruby-lang.org/en/master/Exception.html#method-i-full_message
"""

import re
from typing import Any, NamedTuple

from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["namespace", "owner_and_method", "read"]

_CALL = re.compile(
    r"\s{0,8}(?:\d{1,6}: )?(from )?(?:([\w.-]{1,80} \([\w.-]{1,40}\)) )?"
    r"([^\s:'\"(][^:'\"(]{0,500}):(\d{1,9})(?::in [`']([^']{1,300})')?(: .*|$)"
)
_RAISED = re.compile(r"(.*?) ?\(([A-Z]\w{0,100}(?:::\w{1,100}){0,20})\)(:?)$")
_NAMED = re.compile(r"(?:.{0,400}?[\s:>])??([A-Z]\w{0,100}(?:::\w{1,100}){0,20}): (.*)$")
_RAILS = re.compile(
    r"\s{0,80}(?:\[[\w-]{1,60}\] )?([A-Z]\w{0,100}(?:::\w{1,100}){0,20}) \((.*)\):$"
)  # behind a request's id
_LEVELS = re.compile(r"\s{0,8}\.{3} ?\d{1,9} levels\.{3}$")
_BACKWARDS = "(most recent call last):"  # the innermost call below, as on a terminal up to Ruby 2.7
_SUFFIXES = (".rb", ".ru", ".erb", ".rake", ".haml", ".slim", ".jbuilder", "-e", ">")
_LOG_LINE = re.compile(r"\[?\d{4}-\d\d-\d\d|[DIWEFA], \[\d{4}-")
_HEADER_LINES = 20
_CARETS = frozenset("^~ ")


class _Call(NamedTuple):
    said: str  # behind the place: `: message (Type)` on the line that raised
    indented: bool  # `from …`
    frame: dict[str, Any]


def read(lines: list[str]) -> ParsedTrace | None:
    """The first exception, and the causes that are printed below it."""
    first = next((at for at, line in enumerate(lines) if ":in " in line and _call(line)), None)
    first = _syntax_error(lines) if first is None else first
    if first is None:
        return None
    call = _call(lines[first])
    assert call is not None
    if first and _BACKWARDS in lines[first - 1]:
        return _backwards(lines, first)
    if not call.said:
        return _printed(lines, first)
    thrown, at = _one(lines, first)
    while at < len(lines) and len(thrown) < MAX_CHAIN and (after := _call(lines[at])) and after.said:
        more, at = _one(lines, at)
        more[-1].parent, more[-1].relation = thrown[0], "cause"
        thrown = [*more, *thrown]
    return parsed("ruby", thrown, lines, first, at)


def _call(line: str) -> _Call | None:
    """`[from ][gem (version) ]file:line:in 'method'`, and on the line that raised `: message (Type)`."""
    found = _CALL.match(line[:MAX_LINE_READ])
    if found is None or not (found[5] or found[3].endswith(_SUFFIXES)):
        return None
    owner, method = owner_and_method(found[5] or "")
    made = frame(function=method, module=owner, file=found[3], line=number(found[4]), package=found[2])
    return _Call(found[6][2:], found[1] is not None, made)


def owner_and_method(name: str) -> tuple[str | None, str]:
    """`A::B#pay`, as Ruby names methods from 3.4 on, as the class and the method. `block in A#pay` stays whole."""
    owner, mark, method = name.rpartition("#") if "#" in name else name.rpartition(".")
    return (owner, method) if mark and owner[:1].isupper() and " " not in owner else (None, name)


def namespace(kind: str) -> str | None:
    """The modules around an exception's class, which Ruby's own name for it has as well."""
    return kind.rpartition("::")[0] or None


def _syntax_error(lines: list[str]) -> int | None:
    """The line `file:1: syntax error, … (SyntaxError)`, which names no method."""
    return next((at for at, line in enumerate(lines) if "(SyntaxError)" in line and _call(line)), None)


def _one(lines: list[str], at: int) -> tuple[list[Thrown], int]:
    """The exception whose message begins on the line, and the first line after it."""
    call = _call(lines[at])
    assert call is not None
    said, end = [call.said], at + 1
    while end < min(at + _HEADER_LINES, len(lines)) and _call(lines[end]) is None:
        said.append(lines[end][:MAX_LINE_READ])
        end += 1
    if end == len(lines) or not (after := _call(lines[end])) or not after.indented:
        said, end = said[:1], at + 1  # no message goes on: what follows is another text
    frames, end = _calls(lines, end, indented=True)
    return [_raised(said, [call.frame, *frames])], end


def _calls(lines: list[str], at: int, *, indented: bool) -> tuple[list[dict[str, Any]], int]:
    """The calls from the line `at` on."""
    frames: list[dict[str, Any]] = []
    while at < len(lines):
        call = _call(lines[at])
        if call is not None and call.indented is indented and not call.said:
            if len(frames) < MAX_STACK:
                frames.append(call.frame)
        elif not _LEVELS.match(lines[at][:MAX_LINE_READ]):
            break
        at += 1
    return frames, at


def _raised(said: list[str], frames: list[dict[str, Any]]) -> Thrown:
    """The type stands behind the first line of the message, the line of source below it. Innermost calls first."""
    head = _RAISED.match(said[0])
    kind, first = (head[2], head[1]) if head else (None, said[0])
    said = _without_source(said, frames[0]) if frames else said
    if kind == "SyntaxError" and (place := _call(first)):
        frames = [place.frame, *frames]
    return _thrown(kind, "\n".join([first, *said[1:]]), frames)


def _thrown(kind: str | None, value: str, frames: list[dict[str, Any]]) -> Thrown:
    return Thrown(type=kind, module=namespace(kind or ""), value=value.strip(), frames=frames[::-1])


def _without_source(said: list[str], call: dict[str, Any]) -> list[str]:
    """Take the line of source and the carets under it, as ErrorHighlight adds them, out of the message."""
    for at in range(2, len(said)):
        if "^" in said[at] and _CARETS.issuperset(said[at]) and said[at - 1].startswith("  "):
            call["context"] = {"line": said[at - 1].strip()}
            return [*said[: at - 2 if not said[at - 2].strip() else at - 1], *said[at + 1 :]]
    return said


def _printed(lines: list[str], first: int) -> ParsedTrace | None:
    """A backtrace below `Type: message`, `message (Type)` or Rails' `Type (message):`."""
    call = _call(lines[first])
    frames, end = _calls(lines, first, indented=call is not None and call.indented)
    for at in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[at][:MAX_LINE_READ].rstrip()
        found = _headline(line)
        if found is None:
            continue
        kind, value, position = found
        said = [value] if line.endswith("):") else [value, *lines[at + 1 : first]]
        return parsed("ruby", [_thrown(kind, "\n".join(said), frames)], lines, at, end, front=lines[at][:position])
    return parsed("ruby", [Thrown(frames=frames[::-1])], lines, first, end) if len(frames) > 1 else None


def _headline(line: str) -> tuple[str, str, int] | None:
    """The type, the message, and where they begin."""
    rails = _RAILS.match(line)
    if rails:
        return rails[1], rails[2], 0
    raised = _RAISED.match(line)
    if raised:
        front = line.find(" -- : ")
        begin = front + 6 if front >= 0 else 0
        return raised[2], raised[1][begin:], begin
    named = _NAMED.match(line)
    return (named[1], named[2], named.start(1)) if named else None


def _ends(line: str) -> bool:
    return _LOG_LINE.match(line) is not None or _call(line) is not None


def _backwards(lines: list[str], first: int) -> ParsedTrace:
    """The outermost call first: `2: from …`; what raised at the end; each cause before what it led to."""
    front = lines[first - 1][: lines[first - 1].find("Traceback")]
    thrown: list[Thrown] = []
    frames: list[dict[str, Any]] = []
    at = first
    while at < len(lines) and (call := _call(lines[at])) and len(thrown) < MAX_CHAIN:
        frames.append(call.frame)
        at += 1
        if call.indented and not call.said:
            continue
        said = [call.said]
        while at < len(lines) and len(said) < _HEADER_LINES and lines[at].strip() and not _ends(lines[at]):
            said.append(lines[at][:MAX_LINE_READ])
            at += 1
        made = _raised(said, frames[::-1])
        if thrown:
            thrown[-1].parent, thrown[-1].relation = made, "cause"
        thrown.append(made)
        frames = []
    return parsed("ruby", thrown or [Thrown(frames=frames)], lines, first - 1, at, front=front)
