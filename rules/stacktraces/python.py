"""Tracebacks as CPython writes them: chained, grouped, with carets, of syntax errors, with repeated lines.

https://docs.python.org/3/library/traceback.html; Loguru's and multiprocessing's are these with a little around them.
"""

import re

from rules.stacktraces import python_rich
from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, parsed, split_type
from rules.stacktraces.python_chain import LINKS, Chain
from rules.stacktraces.python_lines import CLOSING, HEADER, MARGIN, RULER, STACK, calls, is_frame, read_frame, starts

__all__ = ["read"]

_RAISED = re.compile(r"([A-Za-z_](?:[\w.]|<locals>){0,300})(?::(?!//) ?(.*))?$")
_LOG_LINE = re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d|(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL)\b")
_OMITTED = re.compile(r"and \d{1,6} more exceptions?$|\.\.\. \(max_group_depth is ")
_QUOTES = '"""'  # around the traceback of another process
_VALUE_LINES = 200  # that the message of an exception may go on for
_AHEAD = 60  # lines in which the next traceback of the same error begins


def read(lines: list[str]) -> ParsedTrace | None:
    """The first traceback, and what it is chained with."""
    plain = python_rich.plain(lines)
    start = next((index for index, line in enumerate(plain) if starts(line)), None)
    if start is None:
        return None
    scan = _Scan(plain, start)
    scan.run()
    if not scan.chain:
        return None
    front = _in_front(plain[start][:MAX_LINE_READ])
    start = _quoted_start(lines, scan.add_unraised(start))
    return parsed("python", scan.chain.ordered(), lines, start, scan.at, front=front)


def _in_front(header: str) -> str:
    """What a logger wrote before the header, on its line."""
    front = header[: header.find(HEADER)] if HEADER in header else ""
    return "" if not front.strip(" |+") or front.endswith("Exception Group ") else front


def _quoted_start(lines: list[str], start: int) -> int:
    """Above the traceback of another process stand `…RemoteTraceback: ` and three quotes."""
    if start > 1 and lines[start - 1].strip() == _QUOTES and "RemoteTraceback" in lines[start - 2][:MAX_LINE_READ]:
        return start - 2
    return start


class _Scan:
    """One pass over the lines. `at` is the next line to read."""

    def __init__(self, lines: list[str], start: int) -> None:
        self.lines = lines
        self.at = start
        self.chain = Chain()
        self.drawn = any("Exception Group Traceback" in line for line in lines[start:])
        self.spaced = False  # blank lines between the frames, as Loguru writes them

    def run(self) -> None:
        while self.at < len(self.lines) and len(self.chain) < MAX_CHAIN:
            margin, _ = self._line(self.at)
            found = self._block()
            if found is None:
                break
            self.chain.add(found, margin)
            if not self._goes_on():
                break

    def add_unraised(self, start: int) -> int:
        """A cause that was never raised has no traceback, and stands above the first; the new start."""
        while start > 1 and (link := LINKS.get(self._above(start))):
            end = start - 1
            while self.lines[end].strip() not in LINKS:
                end -= 1
            for at in range(end - 1, max(end - _AHEAD, -1), -1):
                raised = _RAISED.match(self.lines[at][:MAX_LINE_READ].strip())
                if raised and (raised[2] or at == end - 2):
                    value = "\n".join([raised[2] or "", *self.lines[at + 1 : end]]).strip()
                    self.chain.add_first(_thrown(raised[1], value, []), link)
                    start = at
                    break
            else:
                break
        return start

    def _above(self, start: int) -> str:
        """The nearest line above that is not blank."""
        for at in range(start - 1, max(start - 4, -1), -1):
            if self.lines[at].strip():
                return self.lines[at][:MAX_LINE_READ].strip()
        return ""

    def _line(self, at: int) -> tuple[int, str]:
        """The margin (of an exception group's drawing) and the rest of a line."""
        line = self.lines[at][:MAX_LINE_READ]
        margin = MARGIN.match(line) if self.drawn else None
        return (len(margin[1]), line[margin.end() :]) if margin else (-1, line)

    def _block(self) -> Thrown | None:
        """One traceback and its exception."""
        if self.lines[self.at].startswith(STACK):
            self.at += 1
        elif HEADER in self.lines[self.at]:
            self.at += 1
            self.spaced = self._skip_blank()
        frames: list[dict[str, object]] = []
        while self.at < len(self.lines):
            _, line = self._line(self.at)
            words = line.strip()
            if is_frame(words):
                frames += [read_frame(words)] if len(frames) < MAX_STACK else []
            elif not words and self.spaced and self._skip_blank():
                continue
            elif not words or not line.startswith("  ") or not frames:
                break
            else:
                calls(frames, words)
            self.at += 1
        raised = self._raised(frames)
        return raised or (Thrown(frames=frames) if frames else None)

    def _skip_blank(self) -> bool:
        start = self.at
        while self.at < len(self.lines) and not self._line(self.at)[1].strip():
            self.at += 1
        return self.at > start

    def _raised(self, frames: list[dict[str, object]]) -> Thrown | None:
        """The line `Type: value`, and the lines that the value goes on for."""
        if self.at >= len(self.lines):
            return None
        margin, line = self._line(self.at)
        raised = _RAISED.match(line.strip())
        if raised is None or HEADER in line:
            return None
        self.at += 1
        value = [raised[2] or ""]
        while self.at < len(self.lines) and len(value) < _VALUE_LINES:
            inner, line = self._line(self.at)
            if inner != margin or not line.strip() or line.startswith(_QUOTES) or _LOG_LINE.match(line):
                break
            if RULER.match(self.lines[self.at].lstrip()) or CLOSING.match(self.lines[self.at].lstrip()):
                break
            value.append(line)
            self.at += 1
        return _thrown(raised[1], "\n".join(value).rstrip(), frames)

    def _goes_on(self) -> bool:
        """Whether another exception of the same error follows; moves to it."""
        told, closed = self.at, False  # the first line that is not the last exception's
        for at in range(self.at, min(self.at + _AHEAD, len(self.lines))):
            line = self.lines[at][:MAX_LINE_READ].strip(" |")
            link = LINKS.get(line) or ("member" if RULER.match(line) else None)
            if link is not None:
                if not closed and self.chain.link is None:
                    self._continue_value(told, at)
                self.chain.link = link
            elif CLOSING.match(line):
                if not closed and self.chain.link is None:
                    self._continue_value(told, at)
                closed, told = True, at + 1
                self.at = told
            elif HEADER in line or (line and self.chain.link and not _OMITTED.match(line)):
                if self.chain.link is None:
                    return False
                self.at = at
                return True
            elif line and (closed or _LOG_LINE.match(line)) and not _OMITTED.match(line):
                return False
        return False

    def _continue_value(self, start: int, end: int) -> None:
        """Give a message the paragraphs after a blank line, which only what follows shows to be its own."""
        more = [self._line(at)[1] for at in range(start, end)]
        if _QUOTES in more:
            more = more[: more.index(_QUOTES)]
        if any(line.strip() for line in more):
            self.chain.extend_value("\n".join(more))


def _thrown(name: str, value: str, frames: list[dict[str, object]]) -> Thrown:
    kind, module = split_type(name)
    return Thrown(type=kind, module=module, value=value, frames=frames)
