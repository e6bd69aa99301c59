"""Where a frame's code belongs: the service's own or a library's, and what its file is called for short."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Place", "Places"]

_MAX_KNOWN = 10_000
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Place(NamedTuple):
    """in_app: None where nothing tells it. package: the library's top folder or module."""

    file: str
    in_app: bool | None
    package: str | None
    ours: bool  # a frame of this client's, which is left out


class Places:
    """Judges code by the file that it is in, once a file and module."""

    def __init__(self, root: str | None, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """`root` is the folder of the service's own code; else the main program's, else the current one."""
        self.root = _folder(root or _main_folder())
        self._include = tuple(include)
        self._exclude = tuple(exclude)
        self._libraries = _longest_first(_library_folders())
        self._standard = _longest_first(_standard_folders())
        self._search = _longest_first(_folder(one) for one in sys.path if one)
        self._known: dict[tuple[str, str | None], Place] = {}

    def of(self, path: str, module: str | None) -> Place:
        """The place of a module's code."""
        key = (path, module)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MAX_KNOWN:  # code may be made at run time, without end
                self._known.clear()
            known = self._known[key] = self._judge(path, module)
        return known

    def _judge(self, path: str, module: str | None) -> Place:
        if path.startswith("<"):  # `<string>`, `<frozen importlib._bootstrap>`
            own = False if path.startswith("<frozen") else None
            return Place(path, self._told(module, own), None, ours=False)
        path = os.path.abspath(path)
        library = _within(path, self._libraries)
        if library is not None:
            package = library.partition(os.sep)[0].partition(".")[0]
            return Place(library, self._told(module, False), package, path.startswith(_PACKAGE))
        root = _within(path, (self.root,))
        standard = (
            None if root is not None and not _is_above(self.root, self._standard) else _within(path, self._standard)
        )
        if standard is not None:
            return Place(standard, self._told(module, False), None, ours=False)
        file = root if root is not None else _within(path, self._search) or path
        return Place(file, self._told(module, True if root is not None else None), None, path.startswith(_PACKAGE))

    def _told(self, module: str | None, otherwise: bool | None) -> bool | None:
        """What the options say of the module, else what its file says."""
        if module is not None:
            if _named(module, self._exclude):
                return False
            if _named(module, self._include):
                return True
        return otherwise


def _named(module: str, prefixes: Sequence[str]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def _main_folder() -> str:
    """The folder of the program that runs: of a package, the folder that the package is in."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if not file:
        return os.getcwd()
    folder = os.path.dirname(os.path.abspath(file))
    if _within(folder, _longest_first([*_library_folders(), *_standard_folders(), _folder(_scripts())])) is not None:
        return os.getcwd()  # gunicorn, celery, pytest …: the code is where they are started
    package = getattr(main, "__package__", None)
    return _parent(folder, package.count(".") + 1) if package else folder


def _scripts() -> str:
    return sysconfig.get_path("scripts") or sys.prefix


def _parent(folder: str, levels: int) -> str:
    for _ in range(levels):
        folder = os.path.dirname(folder)
    return folder


def _library_folders() -> Iterable[str]:
    found = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    found += getattr(site, "getsitepackages", list)()
    found += [one for one in sys.path if os.path.basename(one) in {"site-packages", "dist-packages"}]
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    return [_folder(one) for one in found if one]


def _standard_folders() -> Iterable[str]:
    found = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.dirname(os.__file__)]
    return [_folder(one) for one in found if one]


def _folder(path: str) -> str:
    return os.path.abspath(path).rstrip(os.sep) + os.sep


def _longest_first(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(folders), key=len, reverse=True))


def _within(path: str, folders: Iterable[str]) -> str | None:
    """The path below the first of the folders that it is in."""
    for folder in folders:
        if path.startswith(folder):
            return path[len(folder) :]
    return None


def _is_above(folder: str, others: Iterable[str]) -> bool:
    """Whether the folder holds one of the others: `/usr`, or a project with its virtual environment in it."""
    return any(other.startswith(folder) for other in others)
