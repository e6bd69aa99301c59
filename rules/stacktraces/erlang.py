"""Errors of Erlang: as scripts and crash reports print them, and as the term of a process that ended.

https://www.erlang.org/doc/system/errors.html#the-call-stack-back-trace-stacktrace
"""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, frame, number, parsed

__all__ = ["read"]

_HEAD = re.compile(r"(.{0,400}?)(?:\*\* )?exception (error|exit|throw): (.*)$")
_CALL = re.compile(
    r"\s{1,12}in (?:function |call from|operator )\s{0,4}(\S{1,300}?)/(\d{1,3})"
    r"(?: \(([^\s,()]{1,500}), line (\d{1,9})\))?$"
)
_NOTE = re.compile(r"\s{3,16}(?:called as |\*\*\* argument )")
_TERM = re.compile(
    r"\{'?([\w.]{1,100})'?,('[^']{1,200}'|\w{1,200}),(\d{1,3}|\[[^\[\]]{0,300}\]),\[\{file,\"([^\"]{1,500})\"\},\{line,(\d{1,9})\}"
)
_BAD = re.compile(r"\{(?:\{)?(\w{1,60})[,}]")
_EXIT = "with exit value:"
_SCRIPT = "escript:"
_REPORT_LINES = 40
_HEADER_LINES = 10
_REPORTS = ("=CRASH REPORT==", "=ERROR REPORT==", "=SUPERVISOR REPORT==")


def read(lines: list[str]) -> ParsedTrace | None:
    """The first error with a stack."""
    for at, line in enumerate(lines):
        if "exception " in line and (head := _HEAD.match(line[:MAX_LINE_READ])):
            return _described(lines, at, head)
        if _EXIT in line:
            return _term(lines, at)
    return None


def _described(lines: list[str], start: int, head: re.Match[str]) -> ParsedTrace | None:
    """`exception error: message`, and a line for each call."""
    at, said = start + 1, [head[3]]
    frames: list[dict[str, Any]] = []
    while at < len(lines) and len(frames) < MAX_STACK:
        line = lines[at][:MAX_LINE_READ].rstrip()
        call = _CALL.match(line)
        if call:
            module, _, function = call[1].rpartition(":")
            frames.append(frame(function=f"{function}/{call[2]}", module=module, file=call[3], line=number(call[4])))
        elif not frames and line and len(said) < _HEADER_LINES:
            said.append(line.strip())
        elif not (frames and _NOTE.match(line)):
            break
        at += 1
    if not frames:
        return None
    front = head[1] if head[1].strip() not in ("", _SCRIPT) else ""
    thrown = Thrown(type=head[2], value="\n".join(said), frames=frames[::-1])
    report = _report(lines, start)
    while report is not None and at < len(lines) and lines[at][:1] == " ":
        at += 1
    return parsed("erlang", [thrown], lines, start if report is None else report, at, front=front)


def _report(lines: list[str], start: int) -> int | None:
    """The line that a crash report begins on, if the error is told in one."""
    above = range(start - 1, max(start - 1 - _REPORT_LINES, -1), -1)
    return next((at for at in above if lines[at].startswith(_REPORTS)), None)


def _term(lines: list[str], start: int) -> ParsedTrace | None:
    """`Error in process <0.79.0> with exit value:` and `{Reason,[{Module,Function,Arity,[{file,…},{line,…}]},…]}`."""
    end = start + 1
    while end < min(start + _REPORT_LINES, len(lines)) and lines[end].strip():
        end += 1
    term = "".join(line.strip() for line in lines[start + 1 : end])[: 8 * MAX_LINE_READ]
    frames: list[dict[str, Any]] = []
    for module, function, arity, file, line in _TERM.findall(term)[:MAX_STACK]:
        arity = arity if arity.isdigit() else str(arity.count(",") + 1)  # noqa: PLW2901 the innermost call has its arguments
        frames.append(frame(function=f"{function}/{arity}", module=module, file=file, line=number(line)))
    reason = _BAD.match(term)
    if not frames or reason is None:
        return None
    value = term.partition(",[{")[0].lstrip("{")
    thrown = Thrown(type=reason[1], value=value if value != reason[1] else None, frames=frames[::-1])
    report = _report(lines, start)
    return parsed("erlang", [thrown], lines, start if report is None else report, end)
