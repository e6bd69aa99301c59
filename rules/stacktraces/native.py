"""What C and C++ programs leave when they die: stacks of debuggers and libraries, and last words of their runtimes.

https://sourceware.org/gdb/current/onlinedocs/gdb.html/Backtrace.html; glibc's `backtrace_symbols`, Boost.Stacktrace,
systemd-coredump and glog write others.
"""

import re
from collections.abc import Callable
from typing import Any

from rules.stacktraces import last_words
from rules.stacktraces.native_calls import boost, gdb, glog, symbols
from rules.stacktraces.parsed import MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, parsed

__all__ = ["read"]

_Call = Callable[[str], dict[str, Any] | None]

_SIGNAL = re.compile(r"(?:Program|Thread .{1,80}) (?:received|terminated with) signal (SIG\w{2,10}), (.{1,80}?)\.?$")
_GLOG = re.compile(
    r"\*\*\* (?:(SIG\w{2,10})|Aborted|Check failure stack trace).{0,200}\*\*\*$"
    r"|.{0,20}\*\*\* (SIG\w{2,10}) received at .{0,200}$"
)
_LOCAL = re.compile(r"\s{2,400}([\w<>$:~]{1,100}) = (.{1,1000})$")
_NO_LOCALS = ("No locals.", "No symbol table info available.")
_CHATTER = (
    "[Thread debugging", "Using host libthread_db", "[New ", "[Switching to", "[Current thread", "Core was generated",
    "Reading symbols from",
)  # fmt: skip
_HEADER_LINES = 12
_FEWEST: dict[_Call, int] = {gdb: 1, boost: 2, glog: 2, symbols: 2}  # calls that make a stack
_MAX_LOCALS = 50


def read(lines: list[str]) -> ParsedTrace | None:
    """The first stack, or a runtime's last words without one."""
    for at, line in enumerate(lines):
        call = next((one for one in _FEWEST if one(line[:MAX_LINE_READ].rstrip())), None) if _may_call(line) else None
        if call is not None:
            trace = _trace(lines, at, call)
            if trace is not None:
                return trace
    return last_words.read(lines)


def _may_call(line: str) -> bool:
    return "#" in line[:12] or "0x" in line


def _trace(lines: list[str], first: int, call: _Call) -> ParsedTrace | None:
    frames: list[dict[str, Any]] = []
    at = first
    while at < len(lines):
        line = lines[at][:MAX_LINE_READ].rstrip()
        found = call(line)
        if found is not None and len(frames) < MAX_STACK:
            frames.append(found)
        elif found is None and not (call is gdb and frames and _beneath(line, frames[-1])):
            break
        at += 1
    if len(frames) < _FEWEST[call] or (call is gdb and len(frames) == 1 and "line" not in frames[0]):
        return None
    start, thrown, front, severity = _title(lines, first)
    if call is gdb:
        _add_source(lines[first - 1] if first else "", frames[0])
        while start and lines[start - 1].startswith(_CHATTER):
            start -= 1
    thrown.frames = frames[::-1]
    return parsed("c++", [thrown], lines, start, at, front=front, severity=severity)


def _add_source(above: str, call: dict[str, Any]) -> None:
    """GDB prints the line of source where the program stopped."""
    digits, tab, source = above[:MAX_LINE_READ].partition("\t")
    if tab and digits.isdecimal() and str(call.get("line")) == digits and source.strip():
        call["context"] = {"line": source.strip()}


def _beneath(line: str, call: dict[str, Any]) -> bool:
    """A call that goes on on the next line, or one of its local variables (`bt full`)."""
    words = line.strip()
    if line.startswith("    ") and words.startswith("at ") and "file" not in call:
        file, _, digits = words[3:].rpartition(":")
        if digits.isdecimal() and len(digits) < 10:  # noqa: PLR2004 digits of a line number
            call.update(file=file, line=int(digits))
        return True
    local = _LOCAL.match(line)
    if local:
        known = call.setdefault("locals", {})
        if len(known) < _MAX_LOCALS:
            known.setdefault(local[1], local[2])
        return True
    return words in _NO_LOCALS or (line.startswith("        ") and bool(words))


def _title(lines: list[str], first: int) -> tuple[int, Thrown, str, str | None]:
    """What happened, in the lines above the stack."""
    for at in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[at][:MAX_LINE_READ].strip()
        if found := _SIGNAL.match(line):
            at -= at > 0 and not lines[at - 1].strip()  # noqa: PLW2901 gdb leaves a blank line above
            return at, Thrown(type=found[1], value=found[2]), "", "critical"
        if found := _GLOG.match(line):
            return (
                at,
                Thrown(type=found[1] or found[2], value=line.strip("* ").removesuffix("stack trace:").rstrip("; ")),
                "",
                "critical",
            )
        if words := last_words.at(lines, at):
            return at, words.thrown, words.front, "critical"
    return first, Thrown(), "", None
