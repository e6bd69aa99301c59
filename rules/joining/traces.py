"""The trace that a source is writing: which of its next lines are the trace's."""

from enum import IntEnum
from typing import NamedTuple

from rules.joining.marks import LOG_LINE, RAISED, Mark

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "Line", "Trace"]

MAX_LINES = 500  # of a trace
MAX_CHARACTERS = 262_144  # of a trace
_MAX_WAITING = 5  # lines that only what follows can show to be the trace's: of a message, say
_MAX_WAITING_WIDE = 60  # the same in reports that have prose between their stacks
_WIDE = ("REPORT=", "DATA RACE", "Sanitizer: ", "goroutine ", "panic: ", "fatal error: ")
_PYTHON = ("Traceback (most recent call last)", "Stack (most recent call last)", 'File "')


class Line(NamedTuple):
    """A record that is one line.

    number: the caller's name for it.
    at: in epoch seconds.
    told: its producer says that it is an error.
    """

    number: int
    source: str
    at: float
    text: str
    told: bool = False


class _Stage(IntEnum):
    INTRODUCED = 0  # there is one line, which speaks of an error
    NAMED = 1  # the line with the type has been, or one that says that a trace follows
    TRACING = 2  # there has been a line that only traces have
    ENDED = 3  # a Python traceback has ended with its exception
    LINKED = 4  # and another one of its chain is to follow


_BEGUN = {Mark.HEADER: _Stage.NAMED, Mark.BEGIN: _Stage.NAMED, Mark.RUBY: _Stage.NAMED, Mark.TRACE: _Stage.TRACING}


class Trace:
    """The lines so far.

    indexes: of those that are certain.
    waiting: lines behind them that are the trace's if it goes on.
    last: when the last one was, in epoch seconds.
    """

    def __init__(self, first: Line, mark: Mark) -> None:
        self.indexes: list[int] = []
        self.waiting: list[Line] = []
        self.last = first.at
        self._characters = 0
        self._python = self._ruby = self._wide = False
        self._placed = mark is Mark.BEGIN and ": " not in first.text  # the place above the source that Node prints
        self._stage = _Stage.INTRODUCED
        self._add(first, mark, _BEGUN.get(mark, _Stage.INTRODUCED))

    @property
    def full(self) -> bool:
        """Whether the trace has as much as it may."""
        return len(self.indexes) + len(self.waiting) >= MAX_LINES or self._characters >= MAX_CHARACTERS

    @property
    def is_one(self) -> bool:
        """Whether there has been more than what may introduce a trace."""
        return self._stage >= _Stage.TRACING

    def take(self, line: Line, mark: Mark) -> bool:
        """Take the line, if it goes on with the trace."""
        if mark in (Mark.OTHER, Mark.MENTION):
            return self._take_other(line)
        if mark is Mark.INDENTED:
            return self._add(line, mark, self._stage) if self._stage is _Stage.TRACING else self._wait(line)
        if mark is Mark.CLOSING and self._stage is _Stage.ENDED:
            return self._wait(line)
        stage = self._stage_after(mark)
        return stage is not None and self._add(line, mark, stage)

    def _stage_after(self, mark: Mark) -> _Stage | None:  # noqa: PLR0911 a kind of line a branch
        """The stage with such a line; None where it is of another trace."""
        stage = self._stage
        if mark is Mark.TRACE:
            return None if stage is _Stage.ENDED else _Stage.TRACING
        if mark is Mark.LINK:
            return _Stage.LINKED if self._python or self._last_mark is Mark.HEADER else None
        if mark is Mark.CLOSING:
            return stage if _Stage.NAMED <= stage <= _Stage.TRACING else None
        if mark is Mark.HEADER and self._python and stage is _Stage.TRACING:
            return _Stage.ENDED
        if mark is Mark.RUBY and self._ruby and stage is _Stage.TRACING:
            return stage  # a cause
        if stage in (_Stage.INTRODUCED, _Stage.LINKED) or (self._placed and stage is _Stage.NAMED):
            return _Stage.NAMED
        if mark is Mark.BEGIN and stage is _Stage.NAMED and self._last_mark in (Mark.BEGIN, Mark.CLOSING):
            return stage
        return None

    def _take_other(self, line: Line) -> bool:
        if self._python and self._stage is _Stage.TRACING:
            if self._last_mark is Mark.TRACE:  # its line of source, without its indentation
                return self._add(line, Mark.INDENTED, self._stage)
            if RAISED.match(line.text):
                return self._add(line, Mark.HEADER, _Stage.ENDED)
        if (self._stage is _Stage.INTRODUCED and (" " in line.text or "." not in line.text)) or LOG_LINE.match(
            line.text
        ):
            return False
        return self._wait(line)

    def _wait(self, line: Line) -> bool:
        if len(self.waiting) >= (_MAX_WAITING_WIDE if self._wide else _MAX_WAITING):
            return False
        self.waiting.append(line)
        self.last = line.at
        return True

    def _add(self, line: Line, mark: Mark, stage: _Stage) -> bool:
        for one in (*self.waiting, line):
            self.indexes.append(one.number)
            self._characters += len(one.text)
        self.waiting.clear()
        self.last, self._last_mark = line.at, mark
        if mark is not Mark.INDENTED:
            text = line.text
            self._ruby = self._ruby or mark is Mark.RUBY or ":in " in text
            self._wide = self._wide or any(word in text for word in _WIDE)
            if not self._python and any(word in text for word in _PYTHON):
                self._python = True
            if mark is Mark.BEGIN and any(word in text for word in _PYTHON):
                stage = _Stage.TRACING
        self._stage = stage
        return True
