"""Errors of Elixir, raised, logged, or of a process that ends.

https://hexdocs.pm/elixir/Exception.html#format/3
"""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["read"]

_HEAD = re.compile(r"(.{0,1000}?)\*\* \(([\w.:]{1,300}|EXIT from [^)]{1,100})\) ?(.*)$")
_PACKAGE = r"\s{2,40}(?:\(([\w.]{1,100})(?: ([^\s)]{1,60}))?\) )?"
_SOURCE = r"([^\s:][^:]{0,500}\.(?:exs?|erl|[hl]?eex|[xy]rl|hrl)(?=:)|[^\s:]{1,300}(?=:\d))"
_CALL = re.compile(rf"{_PACKAGE}{_SOURCE}:(?:(\d{{1,9}}):)? (\S.{{0,500}})$")
_PLACELESS = re.compile(r"\s{2,40}\(([\w.]{1,100})(?: ([^\s)]{1,60}))?\) (\S.{0,500}/\d{1,3})$")
_WITHIN = re.compile(r"anonymous fn/\d{1,3} in (.+)$")
_NAME = re.compile(r'(:?[\w.:"]{1,300}?)\.((?:"[^"]{1,300}"|[^.\s]{1,300})/\d{1,3})$')
_TITLE = re.compile(r".{0,1000}?(?:terminating|raised an exception|an exception was raised:)$")
_REPORT = re.compile(
    r"Last message(?: \(from \S{1,60}\))?: |State: |Client \S{1,60} is |Function: |\s{4}Args: |Queue: "
    r"|(?:Process )?Label: |Start Call: "
)
_WITHIN_EXIT = "an exception was raised:"
_HEADER_LINES = 30


def read(lines: list[str]) -> ParsedTrace | None:
    """The first error with a stack or a type."""
    for at, line in enumerate(lines):
        head = _HEAD.match(line[:MAX_LINE_READ]) if "** (" in line else None
        if head is not None:
            return _trace(lines, at, head)
    return None


def _trace(lines: list[str], start: int, head: re.Match[str]) -> ParsedTrace | None:
    at, front = start + 1, head[1]
    outer = head[2].startswith("EXIT from") or head[3].endswith(_WITHIN_EXIT)
    if outer and at < len(lines) and (inner := _HEAD.match(lines[at][:MAX_LINE_READ])):
        head, at = inner, at + 1  # of a linked process: the exception is below
    start_of_message, at = at, _message_end(lines, at)
    said = [head[3], *(line[:MAX_LINE_READ].removeprefix("    ") for line in lines[start_of_message:at])]
    frames: list[dict[str, Any]] = []
    while at < len(lines) and (call := _call(lines[at])):
        frames += [call] if len(frames) < MAX_STACK else []
        at += 1
    if not frames and not _titled(lines, start):
        return None
    thrown = Thrown(type=head[2], value="\n".join(said).strip(), frames=frames[::-1])
    return parsed("elixir", [thrown], lines, start, _report_end(lines, at), front=front)


def _message_end(lines: list[str], at: int) -> int:
    """The first call, before which a message may have blank lines; else the first blank line."""
    end = min(at + _HEADER_LINES, len(lines))
    blank = None
    for index in range(at, end):
        if _call(lines[index]) is not None:
            return index
        if _REPORT.match(lines[index]) or (blank is not None and "** (" in lines[index]):
            return index if blank is None else blank
        if blank is None and not lines[index].strip():
            blank = index
    return end if blank is None else blank


def _titled(lines: list[str], start: int) -> bool:
    return bool(start) and _TITLE.match(lines[start - 1][:MAX_LINE_READ].rstrip()) is not None


def _report_end(lines: list[str], at: int) -> int:
    """The lines of a process's report below the stack belong to the trace, and the stack of its client."""
    end = at
    while at < len(lines) and (_REPORT.match(lines[at]) or not lines[at].strip() or (end > 0 and _call(lines[at]))):
        at += 1
        end = at if lines[at - 1].strip() else end
    return end


def _call(line: str) -> dict[str, Any] | None:
    """`(application version) file:line: Module.function/arity`."""
    found = _CALL.match(line[:MAX_LINE_READ].rstrip())
    if found is not None:
        package, version, file, digits, call = found.groups()
    elif bare := _PLACELESS.match(line[:MAX_LINE_READ].rstrip()):
        package, version, call, file, digits = *bare.groups(), None, None
    else:
        return None
    within = _WITHIN.match(call)
    name = _NAME.match(within[1] if within else call)
    module, function = (name[1], name[2]) if name else (None, call)
    return frame(
        function=call.replace(f"{module}.", "", 1) if within and module else function,
        module=module,
        file=file,
        line=number(digits),
        package=f"{package} {version}" if package and version else package,
    )
