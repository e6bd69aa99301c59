"""Paths within a message: folders of temporary files, homes of users and parts with numbers in them tell nothing."""

import re

__all__ = ["fold_path"]

_VERSION = re.compile(r"v\d{1,2}(?:(?:alpha|beta)\d?)?|python\d(?:\.\d+)?|x86_64|utf-?8|lib\d{2}|s3", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")
_TEMPORARY = ("tmp", "temp", "folders")
_HOMES = ("home", "Users")


def fold_path(path: str) -> str:
    """The path, with `<…>` for each part that differs from one machine, user or request to the next."""
    sign = "\\" if "\\" in path else "/"
    parts = path.split(sign)
    last = len(parts) - 1
    made: list[str] = []
    for index, part in enumerate(parts):
        before = made[-1] if made else ""
        if before in _TEMPORARY:
            suffix = parts[last].rpartition(".")[2] if "." in parts[last] else ""
            made.append("<any>" + (f".{suffix}" if suffix.isalpha() else ""))
            break
        if before in _HOMES and index == 2 and part and index < last:  # noqa: PLR2004 /home/joe, C:\\Users\\joe
            made.append("<user>")
        elif any(char.isdigit() for char in part) and not _VERSION.fullmatch(part):
            made.append(_numbered(part) if index == last else "<id>")
        else:
            made.append(part)
    return sign.join(made)


def _numbered(name: str) -> str:
    """A file's name keeps its words and its ending; one without words is `<id>`."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or not suffix.isalnum() or suffix.isdigit():
        stem, dot, suffix = name, "", ""
    words = _NUMBERS.sub("<n>", stem) if "-" in stem or "_" in stem else "<id>"
    return f"{words}{dot}{suffix}"
