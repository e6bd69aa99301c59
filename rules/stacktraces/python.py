"""Tracebacks as CPython writes them: chained, grouped, with carets, of syntax errors, with repeated lines."""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, ParsedTrace, frame, split_type

__all__ = ["read"]

_HEADER = "Traceback (most recent call last):"
_FILE = 'File "'
_RAISED = re.compile(r"([A-Za-z_][\w.]{0,300})(?:: ?(.*))?$")
_CHAINS = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_REPEATED = "[Previous line repeated "
_RULER = re.compile(r"\+[+-]{3,}[ \d.]{0,8}-{3,}|\+-{3,}")
_LOG_LINE = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d|(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL)\b")
_MARGIN = re.compile(r"( *)[|+] ?")
_DIGITS = 10  # as many are no line number
_MAX_REPEATS = 50  # of one frame; grouping takes a recursion as one frame anyway


def read(lines: list[str]) -> ParsedTrace | None:
    """The first traceback, and what it is chained with."""
    start = next((index for index, line in enumerate(lines) if _starts(line)), None)
    if start is None:
        return None
    header = lines[start][:MAX_LINE_READ]
    before = "\n".join([*lines[:start], _in_front(header)])
    scan = _Scan(lines, start)
    scan.run()
    if not scan.exceptions:
        return None
    return ParsedTrace(
        language="python",
        exceptions=scan.exceptions,
        before=before.strip(),
        after="\n".join(lines[scan.at :]).strip(),
        text="\n".join([header[len(_in_front(header)) :], *lines[start + 1 : scan.at]]).strip("\n"),
    )


def _starts(line: str) -> bool:
    return _HEADER in line or (line.lstrip().startswith(_FILE) and '", line ' in line)


def _in_front(header: str) -> str:
    """What a logger wrote before the header, on its line."""
    front = header[: header.find(_HEADER)] if _HEADER in header else ""
    return "" if not front.strip(" |+") or front.endswith("Exception Group ") else front


class _Scan:
    """One pass over the lines. `at` is the next line to read."""

    def __init__(self, lines: list[str], start: int) -> None:
        self.lines = lines
        self.at = start
        self.exceptions: list[dict[str, Any]] = []
        self.drawn = any("Exception Group Traceback" in line for line in lines[start:])

    def run(self) -> None:
        grouped: list[dict[str, Any]] = []  # the members of an exception group, printed after it
        depth = None
        while self.at < len(self.lines):
            margin, _ = self._line()
            found = self._block()
            if found is None:
                break
            if depth is None:
                depth = margin
            (grouped if margin > depth else self.exceptions).append(found)
            if not self._goes_on():
                break
        self.exceptions[:0] = grouped

    def _line(self) -> tuple[int, str]:
        """The margin (of an exception group's drawing) and the rest of the next line."""
        line = self.lines[self.at][:MAX_LINE_READ]
        margin = _MARGIN.match(line) if self.drawn else None
        return (len(margin[1]), line[margin.end() :]) if margin else (-1, line)

    def _block(self) -> dict[str, Any] | None:
        """One traceback and its exception."""
        if _HEADER in self.lines[self.at]:
            self.at += 1
        frames: list[dict[str, Any]] = []
        while self.at < len(self.lines):
            _, line = self._line()
            words = line.strip()
            if words.startswith(_FILE):
                frames.append(_frame(words))
            elif words.startswith(_REPEATED) and frames:
                frames.extend([frames[-1]] * _repeats(words))
            elif not words or not line.startswith("  ") or not frames:
                break
            elif "context" not in frames[-1] and set(words) - set("^~ "):
                frames[-1]["context"] = {"line": words}
            self.at += 1
        raised = self._raised()
        if not frames and raised is None:
            return None
        return {**(raised or {}), "frames": frames}

    def _raised(self) -> dict[str, Any] | None:
        """The line `Type: value`, and the lines that the value goes on for."""
        if self.at >= len(self.lines):
            return None
        margin, line = self._line()
        raised = _RAISED.match(line.strip())
        if raised is None or _HEADER in line:
            return None
        self.at += 1
        value = [raised[2] or ""]
        while self.at < len(self.lines):
            inner, line = self._line()
            if (
                inner != margin
                or not line.strip()
                or _RULER.match(self.lines[self.at].lstrip())
                or _LOG_LINE.match(line)
            ):
                break
            value.append(line)
            self.at += 1
        kind, module = split_type(raised[1])
        return frame(type=kind, module=module, value="\n".join(value).rstrip())

    def _goes_on(self) -> bool:
        """Whether another traceback of the same error follows; moves to it."""
        ahead = self.at
        while ahead < len(self.lines):
            line = self.lines[ahead][:MAX_LINE_READ].strip(" |")
            if _HEADER in line:
                break
            if line and line not in _CHAINS and not _RULER.match(line):
                return self._member(ahead)
            ahead += 1
        else:
            return False
        linked = any(
            self.lines[index].strip(" |") in _CHAINS or _RULER.match(self.lines[index].lstrip())
            for index in range(self.at, ahead)
        )
        if linked:
            self.at = ahead
        return linked

    def _member(self, ahead: int) -> bool:
        """Whether an exception of a group follows that was never raised and so has no traceback."""
        if ahead == self.at or not _RULER.match(self.lines[ahead - 1].lstrip()):
            return False
        self.at = ahead
        return self._line()[0] >= 0


def _frame(words: str) -> dict[str, Any]:
    file, _, rest = words[len(_FILE) :].partition('", line ')
    number, _, function = rest.partition(", in ")
    made: dict[str, Any] = {"file": file}
    if number.isdecimal() and len(number) < _DIGITS:
        made["line"] = int(number)
    if function:
        made["function"] = function
    return made


def _repeats(words: str) -> int:
    number = words[len(_REPEATED) :].partition(" ")[0]
    return min(int(number), _MAX_REPEATS) if number.isdecimal() and len(number) < _DIGITS else 0
