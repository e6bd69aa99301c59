"""What Go's runtime prints: panics, fatal errors, signals, data races, and the stacks that programs print themselves.

https://pkg.go.dev/runtime, https://go.dev/doc/articles/race_detector
"""

import re
from itertools import pairwise
from typing import Any, NamedTuple

from rules.stacktraces import go_errors, go_recovery
from rules.stacktraces.go_frames import first_call, read_calls
from rules.stacktraces.go_types import type_of_panic
from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, ParsedTrace, Thrown, parsed

__all__ = ["read"]

_HEADER = re.compile(
    r"(?:^|.{0,400}?[\s:])(?P<title>(?P<kind>panic|fatal error|SIG[A-Z]{2,8}|http: panic serving \S{1,100}): "
    r"|(?P<race>WARNING: DATA RACE)$)"
)
_GOROUTINE = re.compile(r"goroutine \d{1,18}(?: gp=\S{1,30} m=\S{1,30}(?: mp=\S{1,30})?)? \[[^\]]{1,200}\]:")
_SECTION = re.compile(r"(?:runtime stack:|(?:Previous )?(?:[Rr]ead|[Ww]rite) at 0x|Goroutine \d{1,18} \()")
_RECOVERED = re.compile(r" \[recovered(?:, repanicked)?\]$")
_RACE = "DATA RACE"
_AGAIN = "\tpanic: "
_FRINGE = re.compile(
    r"$|={6,80}$|exit status \d|Found \d{1,9} data race|\[signal |PC=0x|signal arrived during cgo|r\w{1,5} +0x"
    r"|[cfg]s +0x|\[originating from goroutine |SIGABRT: abort$"
)
_HEADER_LINES = 40  # between a title and the first call: a message, signals, and the goroutine's own line
_PRINTER = "runtime/debug"  # `debug.Stack()` is in the stack that it prints


class _Title(NamedTuple):
    line: int
    front: str  # what stands before it on its line
    kind: str | None
    value: str


def read(lines: list[str]) -> ParsedTrace | None:
    """The first crash or printed stack."""
    first = first_call(lines)
    if first is None:
        return go_recovery.read(lines)
    goroutine = _goroutine_above(lines, first)
    title = _title(lines, first, goroutine)
    if title is None and goroutine is None:
        return go_errors.read(lines, first)
    frames, end = _stack(lines, first)
    start = title.line if title else goroutine if goroutine is not None else first
    if start and title and title.kind == _RACE and lines[start - 1].startswith("====="):
        start -= 1
    thrown = _chain(title, frames)
    severe = title is not None and title.kind is not None and not title.kind.startswith(("http", _RACE))
    front = title.front if title else ""
    return parsed("go", thrown, lines, start, end, front=front, severity="critical" if severe else None)


def _goroutine_above(lines: list[str], first: int) -> int | None:
    return next((at for at in range(first - 1, max(first - 4, -1), -1) if _GOROUTINE.match(lines[at].strip())), None)


def _title(lines: list[str], first: int, goroutine: int | None) -> _Title | None:
    """The topmost line of those above the first call that say what happened; a panic while panicking is indented."""
    end = first if goroutine is None else goroutine
    for at in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[at][:MAX_LINE_READ]
        found = _HEADER.match(line) if not line.startswith((_AGAIN, "[signal ")) else None
        if found is None:
            continue
        begin = found.start("title")
        if found["race"]:
            return _Title(at, line[:begin], _RACE, lines[at + 1].strip().rstrip(":"))
        said = [line[found.end("title") :], *lines[at + 1 : max(end, at + 1)]]
        return _Title(at, line[:begin], found["kind"], _message(said))
    return None


def _message(said: list[str]) -> str:
    kept: list[str] = []
    for line in said:
        if _FRINGE.match(line) and (kept or line):
            break
        kept.append(line)
    return "\n".join(kept)


def _stack(lines: list[str], first: int) -> tuple[list[dict[str, Any]], int]:
    """The calls of the first goroutine (the runtime's own stack may stand before it), and the end of all stacks."""
    frames, at = read_calls(lines, first)
    chosen = not lines[first - 1].startswith("runtime stack:") if first else True
    end = at
    while at < len(lines):
        line = lines[at][:MAX_LINE_READ].strip()
        if _GOROUTINE.match(line):
            more, at = read_calls(lines, at + 1)
            if not chosen and more:
                frames, chosen = more, True
            end = at
            continue
        more, after = read_calls(lines, at)
        if more or _SECTION.match(line):
            end = at = max(after, at + 1)
        elif _FRINGE.match(line):
            at += 1
            end = at if line else end
        else:
            break
    return frames, end


def _chain(title: _Title | None, frames: list[dict[str, Any]]) -> list[Thrown]:
    """What was raised, behind the panics that it came of."""
    panicked = next((at for at in range(len(frames) - 1, -1, -1) if frames[at].get("function") == "panic"), None)
    within = frames if panicked is None else frames[panicked + 1 :]
    if title is None or title.kind is None or title.kind.startswith("http"):
        within = [one for one in within if one.get("module") != _PRINTER]
        return [_thrown("panic" if title else None, title.value if title else None, within)]
    values = title.value.split(f"\n{_AGAIN}")[-MAX_CHAIN:]
    made = [_thrown(title.kind, _RECOVERED.sub("", value), within) for value in values]
    made[-1].frames = frames[::-1]
    for inner, outer in pairwise(made):
        inner.parent, inner.relation = outer, "context"
    return made


def _thrown(kind: str | None, value: str | None, frames: list[dict[str, Any]]) -> Thrown:
    if value and kind is not None and kind.startswith(("panic", "http")):
        kind = type_of_panic(value)
    return Thrown(type=kind, value=value, frames=frames[::-1])
