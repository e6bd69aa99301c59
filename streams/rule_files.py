"""Where rules stand: a file, several of them, or a folder of them."""

import os
from collections.abc import Iterator
from pathlib import Path

from rules.rulefile import Problem, RuleFile, RuleFileError, Source, load_all

__all__ = ["RuleFiles"]

ENDING = ".yaml"
BEHIND_LINKS = "..data"  # Kubernetes puts a new one beside the files, which are links through it


class RuleFiles:
    """The files that a path names.

    Args:
        path: a file, a folder, or several of them with the system's separator of paths (`:`) between them. Of a folder,
            its files `*.yaml` in the order of their names, but no hidden ones.
    """

    def __init__(self, path: Path) -> None:
        self._paths = [Path(part) for part in str(path).split(os.pathsep) if part]

    def __str__(self) -> str:
        """As it is written in the settings."""
        return os.pathsep.join(map(str, self._paths))

    @property
    def folder(self) -> Path:
        """What relative paths in the rules begin from: the first file's folder."""
        first = self._paths[0].absolute()
        return first if first.is_dir() else first.parent

    def exist(self) -> bool:
        """Whether there is any of them."""
        return any(path.exists() for path in self._files())

    def watched(self) -> frozenset[Path]:
        """The folders in which a change may be one of the rules."""
        return frozenset(_standing(path if path.is_dir() else path.parent) for path in map(Path.absolute, self._paths))

    def meant(self, path: Path) -> bool:
        """Whether a file that changed may be one of the rules, or leads to them."""
        if path.name == BEHIND_LINKS:
            return True
        named = list(map(Path.absolute, self._paths))
        return any(path == one or path in one.parents for one in named) or (path.parent in named and _counts(path.name))

    def sources(self) -> list[Source]:
        """Their texts. Raises RuleFileError where one cannot be read, or there is none."""
        found: list[Source] = []
        problems: list[Problem] = []
        for path in self._files():
            try:
                found.append(Source(str(path), path.read_text(encoding="utf-8")))
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                problems.append(Problem(line, 1, "not UTF-8 text", str(path)))
            except OSError as error:
                problems.append(Problem(1, 1, error.strerror or "it cannot be read", str(path)))
        if not found and not problems:
            problems.append(Problem(1, 1, f"there is no file `*{ENDING}` in this folder", str(self)))
        if problems:
            raise RuleFileError(str(self), problems)
        return found

    def load(self) -> RuleFile:
        """The rules. Raises RuleFileError."""
        return load_all(self.sources())

    def _files(self) -> Iterator[Path]:
        for path in self._paths:
            if path.is_dir():
                yield from _within(path)
            else:
                yield path


def _within(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if _counts(file.name) and not file.is_dir())
    except OSError:  # it has just gone, or may not be read
        return []


def _counts(name: str) -> bool:
    return name.endswith(ENDING) and not name.startswith(".")


def _standing(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return folder if folder.is_dir() else _standing(folder.parent)
