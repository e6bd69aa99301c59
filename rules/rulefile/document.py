"""Several files as one: their values joined, and the place of each by file, line and column.

Lines are counted through all files, as if these stood one below the other, so that a place stays a line and a column
until it is told; `told` finds the file again.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from rules.rulefile.problems import Problem
from rules.rulefile.reading import KEY, Path, Places, read

__all__ = ["MAX_FILES", "Document", "Source"]

MAX_FILES = 100
MAX_BYTES = 5_000_000  # of all files
MAX_PLACES = 60_000  # of all files: their values and keys

_NAMED: Final = frozenset({("times",), ("users",), ("schedules",), ("policies",)})  # each name in one file only
_ONCE: Final = frozenset({("default_route",)})  # two lists of it would be two opinions, not one list


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its name for messages, and its text."""

    name: str
    text: str


@dataclass(slots=True)
class Document:
    """What all files hold together: mappings are joined key by key, lists in the order of the files."""

    data: dict[str, Any] = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)  # by the lines of all files
    _names: list[str] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)  # lines before each file

    @classmethod
    def of(cls, sources: Sequence[Source]) -> "Document":
        """The files in their order; what is wrong with them is in `problems`."""
        document, lines, size = cls(), 0, 0
        for number, source in enumerate(sources):
            document._names.append(source.name)
            document._starts.append(lines)
            size += len(source.text)
            if number >= MAX_FILES or size > MAX_BYTES or len(document.places) > MAX_PLACES:
                document.problems.append(Problem(lines + 1, 1, "too much in all files together"))
                break
            document._add(source.text, lines)
            lines += source.text.count("\n") + 1
        return document

    def line(self, line: int) -> str:
        """A line in words: with its file, where there are several."""
        name, own = self._own(line)
        return f"line {own} of {name}" if len(self._names) > 1 else f"line {own}"

    def told(self, problem: Problem) -> Problem:
        """The problem by its file and the line there."""
        name, own = self._own(problem.line)
        return replace(problem, file=name, line=own)

    def _own(self, line: int) -> tuple[str, int]:
        index = bisect_right(self._starts, line - 1) - 1
        return self._names[index], line - self._starts[index]

    def _add(self, text: str, before: int) -> None:
        data, places, problems = read(text)
        if not problems and not isinstance(data, dict):
            problems.append(Problem(1, 1, "the file must be a mapping with keys such as `alerts:` and `routes:`"))
        self.problems.extend(replace(problem, line=problem.line + before) for problem in problems)
        if not isinstance(data, dict):
            return
        here = {path: (line + before, column) for path, (line, column) in places.items()}
        longer: dict[Path, int] = {}
        self._join(self.data, data, (), here, longer)
        for path, place in here.items():
            self.places.setdefault(_moved(path, longer), place)

    def _join(
        self, into: dict[str, Any], data: Mapping[str, Any], path: Path, here: Places, longer: dict[Path, int]
    ) -> None:
        """Add a mapping's values; `longer` gets the lists that had items already, and how many."""
        for key, value in data.items():
            inner, known = (*path, key), into.get(key)
            if key not in into:
                into[key] = value
            elif isinstance(known, dict) and isinstance(value, dict) and path not in _NAMED:
                self._join(known, value, inner, here, longer)
            elif isinstance(known, list) and isinstance(value, list) and inner not in _ONCE:
                longer[inner] = len(known)
                into[key] = [*known, *value]
            elif known != value or path in _NAMED:
                first = self.line(self.places[(*inner, KEY)][0])
                self.problems.append(Problem(*here[(*inner, KEY)], f"`{key}` stands in {first} already"))


def _moved(path: Path, longer: Mapping[Path, int]) -> Path:
    """A path in one file, as a path in all of them."""
    for length in range(1, len(path)):
        place = path[length]
        if (before := longer.get(path[:length])) and isinstance(place, int):
            return (*path[:length], place + before, *path[length + 1 :])
    return path
