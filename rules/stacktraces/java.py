"""Stack traces of the JVM (Java, Kotlin, Scala, Groovy, Clojure): causes, suppressed ones, `... n more`.

https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html#printStackTrace(); Logback and
Log4j add where each class came from, and can print the first cause first.
"""

import re
from typing import Any

from rules.stacktraces.headers import type_at
from rules.stacktraces.java_calls import language, read_call
from rules.stacktraces.parsed import MAX_CHAIN, MAX_LINE_READ, MAX_STACK, ParsedTrace, Thrown, parsed, split_type

__all__ = ["read"]

_THREAD = re.compile(r'Exception in thread "[^"]{0,200}" ')
_MORE = re.compile(r"\.\.\. (\d{1,6}) (?:more|common frames omitted)")
_RELATIONS = {"Caused by: ": "cause", "Suppressed: ": "suppressed", "Wrapped by: ": "wrapped"}
_WORDS = tuple(_RELATIONS)
_CIRCULAR = "[CIRCULAR REFERENCE:"
_THREAD_STATE = "java.lang.Thread.State: "  # of a thread dump, which is no error
_HEADER_LINES = 30  # that a message may go on for


def read(lines: list[str]) -> ParsedTrace | None:
    """The first trace of the JVM."""
    first = next((index for index, line in enumerate(lines) if "at " in line and read_call(line) is not None), None)
    if first is None:
        return None
    start, front, header, below = _header(lines, first)
    if header.startswith(_THREAD_STATE):
        return None
    reading = _Reading(lines, header)
    end = reading.run(below)
    thrown = reading.ordered()
    return parsed(language(thrown), thrown, lines, start, end, front=front)


def _header(lines: list[str], first: int) -> tuple[int, str, str, int]:
    """The topmost line with a type above the first call, what stands before it there, and `Type: message` in full.

    The fourth is the line below that: mostly the first call, or a cause of an exception that has no calls of its own.
    """
    found, below = (first, "", "", first), first
    for index in range(first - 1, max(first - 1 - _HEADER_LINES, -1), -1):
        line = lines[index][:MAX_LINE_READ]
        position = _raised_at(line)
        if position is None:
            continue
        words = line[position:].strip()
        word = next((word for word in _WORDS if words.startswith(word)), "")
        header = "\n".join([words.removeprefix(word), *lines[index + 1 : below]])
        found = index, _THREAD.sub("", line[:position]), header, below
        if not word:
            break
        below = index
    return found


def _raised_at(line: str) -> int | None:
    """Where on the line `package.Type: message` begins."""
    thread = _THREAD.match(line)
    if thread:
        return thread.end()
    words = line.lstrip()
    return len(line) - len(words) if words.startswith(_WORDS) else type_at(line)


class _Link:
    """One exception while it is read: its frames as printed, the innermost first."""

    def __init__(self, header: str, relation: str, indent: int) -> None:
        name, _, value = header.partition(":")
        kind, module = split_type(name.strip())
        self.thrown = Thrown(type=kind, module=module, value=value.strip())
        self.relation = relation
        self.indent = indent
        self.frames: list[dict[str, Any]] = []


class _Reading:
    """One pass over the lines."""

    def __init__(self, lines: list[str], header: str) -> None:
        self.lines = lines
        self.chain = [_Link(header, "", 0)]

    def run(self, first: int) -> int:
        """Read from the first call on: the first line after the trace."""
        at = first
        while at < len(self.lines) and (taken := self._take(at)):
            at += taken
        return at

    def _take(self, at: int) -> int:
        """Read the next line; how many lines that were, 0 at the end of the trace."""
        line = self.lines[at][:MAX_LINE_READ]
        words = line.strip()
        call = read_call(line)
        this = self.chain[-1]
        if call is not None:
            this.frames += [call] if len(this.frames) < MAX_STACK else []
        elif more := _MORE.match(words):
            self._share(int(more[1]))
        elif words.startswith(_WORDS):
            return self._begin(at, line) if len(self.chain) < MAX_CHAIN else 0
        elif not words.startswith(_CIRCULAR) and not (words.startswith("at ") and "(" in words):
            return 0  # but for calls of another form, with which runtimes mark boundaries
        return 1

    def _begin(self, at: int, line: str) -> int:
        words = line.strip()
        word = next(word for word in _WORDS if words.startswith(word))
        if words[len(word) :].startswith(_CIRCULAR):
            return 1
        after = self._next_call(at + 1)
        header = "\n".join([words[len(word) :], *self.lines[at + 1 : after]])
        self.chain.append(_Link(header, _RELATIONS[word], len(line) - len(line.lstrip())))
        return after - at

    def _next_call(self, start: int) -> int:
        """Where the frames below a cause begin, past the lines of its message."""
        for index in range(start, min(start + _HEADER_LINES, len(self.lines))):
            words = self.lines[index].strip()
            if words.startswith((*_WORDS, "at ", "... ", _CIRCULAR)):
                return index
        return start

    def _around(self) -> _Link | None:
        """The exception that the last one belongs to, by their indentation."""
        this = self.chain[-1]
        deepest = this.indent - 1 if this.relation == "suppressed" else this.indent
        return next((other for other in self.chain[-2::-1] if other.indent <= deepest), None)

    def _share(self, count: int) -> None:
        """`... n more`: the outer n frames are those of the exception around this one."""
        this, around = self.chain[-1], self._around()
        if around is not None and count and len(this.frames) < MAX_STACK:
            this.frames.extend(around.frames[-min(count, MAX_STACK) :])

    def ordered(self) -> list[Thrown]:
        """The first cause first; a suppressed exception lies before the one that suppressed it."""
        links = self.chain
        wrapped = any(link.relation == "wrapped" for link in links)  # Logback's rootCause: in our order already
        for index, link in enumerate(links):
            link.thrown.frames = link.frames[::-1]
            if wrapped and index + 1 < len(links):
                link.thrown.parent, link.thrown.relation = links[index + 1].thrown, "cause"
            elif not wrapped and index:
                self.chain = links[: index + 1]
                around = self._around() or links[index - 1]
                link.thrown.parent, link.thrown.relation = around.thrown, link.relation
        return [link.thrown for link in (links if wrapped else reversed(links))]
