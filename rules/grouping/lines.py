"""One line of a rule, taken apart: matchers such as `!stack.function:"a b"`, siblings in brackets, what follows.

Both kinds of rules that are written in lines share this: those about frames, and those that give fingerprints.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

__all__ = ["MAX_LINE", "LineError", "Matcher", "Matchers", "Scanner", "read_lines", "read_matchers"]

MAX_LINE = 1_000  # characters
Rule = TypeVar("Rule")

_SPACE = re.compile(r"[ \t]*")
_MATCHER = re.compile(r'(!?)("[\w.:-]+"|[\w.-]+):("[^"\\]*(?:\\.[^"\\]*)*"|[^\s"]\S*)')

_IN_QUOTES = re.compile(r'\\(["\\])')


class LineError(ValueError):
    """A line cannot be read. `line` counts from 1; `problem` is for a person."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


class Matcher(NamedTuple):
    """`key:pattern`, where `!` before it asks for the opposite."""

    key: str
    pattern: str
    negated: bool

    def __str__(self) -> str:
        """As it is written."""
        pattern = f'"{self.pattern}"' if " " in self.pattern else self.pattern
        return f"{'!' if self.negated else ''}{self.key}:{pattern}"


class Matchers(NamedTuple):
    """What a frame or an event must be: all of `own`; and the frames that called it and that it called, where asked."""

    own: tuple[Matcher, ...]
    caller: Matcher | None = None
    callee: Matcher | None = None


class Scanner:
    """A line, and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self) -> None:
        """Pass over white space, and over a comment at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        if self.text.startswith("#", self.at):
            self.at = len(self.text)

    @property
    def ended(self) -> bool:
        """Whether nothing but white space and a comment is left."""
        self.skip()
        return self.at >= len(self.text)

    def takes(self, word: str) -> bool:
        """Whether `word` comes next; it is taken, then."""
        self.skip()
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What the pattern finds right here."""
        self.skip()
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def rest(self) -> str:
        """What is left, shortened for a message."""
        self.skip()
        left = self.text[self.at : self.at + 40]
        return f"`{left}`" if left else "the end of the line"


def read_lines(lines: Sequence[str], read: Callable[[Scanner], Rule]) -> list[Rule]:
    """The rules of the lines that hold one.

    Raises:
        LineError: a line cannot be read.
    """
    rules = []
    for number, line in enumerate(lines, 1):
        try:
            if len(line) > MAX_LINE:
                msg = f"a line of {len(line)} characters is too long: at most {MAX_LINE}"
                raise ValueError(msg)  # noqa: TRY301 one way out for all that is wrong with a line
            scanner = Scanner(line.strip())
            if not scanner.ended:
                rules.append(read(scanner))
        except LineError:
            raise
        except ValueError as problem:
            raise LineError(number, str(problem)) from None
    return rules


def read_matchers(scanner: Scanner, known: Callable[[str], str]) -> Matchers:
    """`[ caller ] | own own … | [ callee ]`.

    Args:
        scanner: at their beginning.
        known: a key as it is written to the key that it stands for; raises ValueError for an unknown one.

    Raises:
        ValueError: there is none, or one cannot be read.
    """
    caller = None
    if scanner.takes("["):
        caller = _bracketed(scanner, known)
        if not scanner.takes("|"):
            msg = f"after `[ … ]` comes `|` and what the caller is of, not {scanner.rest()}"
            raise ValueError(msg)
    own = []
    while (found := scanner.take(_MATCHER)) is not None:
        own.append(_matcher(found, known))
    if not own:
        msg = f"a rule begins with matchers such as `stack.function:panic_*`, not with {scanner.rest()}"
        raise ValueError(msg)
    callee = None
    if scanner.takes("|"):
        if not scanner.takes("["):
            msg = f"after `|` comes `[ … ]`, not {scanner.rest()}"
            raise ValueError(msg)
        callee = _bracketed(scanner, known)
    return Matchers(tuple(own), caller, callee)


def _bracketed(scanner: Scanner, known: Callable[[str], str]) -> Matcher:
    found = scanner.take(_MATCHER)
    if found is None or not scanner.takes("]"):
        msg = "brackets hold one matcher, with a space before `]`: `[ stack.function:main ]`"
        raise ValueError(msg)
    return _matcher(found, known)


def _matcher(found: re.Match[str], known: Callable[[str], str]) -> Matcher:
    negated, key, pattern = found.groups()
    if pattern.startswith('"'):
        pattern = _IN_QUOTES.sub(r"\1", pattern[1:-1])
    return Matcher(known(key.strip('"')), pattern, bool(negated))
