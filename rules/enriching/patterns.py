"""Patterns of paths, as gitignore has them, for RE2; and what a path must have for one of them to fit at all."""

import re
from collections.abc import Iterator

__all__ = ["key_of", "keys_in", "path_pattern"]

_PIECE = re.compile(r"\\.|/\*\*/|\*\*/|/\*\*|\*\*|\*|\?|[^\\*?/]+|[\\/]")
_WILD = re.compile(r"[*?\\]")
_SUFFIX = re.compile(r"\*(\.[\w-]{1,20})")
_LONGEST = 1_000  # characters of a pattern


def path_pattern(pattern: str, *, gitlab: bool = False) -> str:
    """A regular expression for whole paths without a slash before them.

    A pattern with a slash at its beginning, or in GitHub's dialect anywhere but at its end, is for paths from the top;
    any other is for every folder. What names a folder is for all that is in it; in GitLab's dialect only with a slash
    at its end. A last `*` on its own is for the files of one folder.
    """
    bare = pattern[:_LONGEST]
    folder = bare.endswith("/")
    bare = bare.strip("/")
    top = pattern.startswith("/") or (not gitlab and "/" in bare)
    made = "".join(map(_translated, _PIECE.findall(bare)))
    last = bare.rpartition("/")[2]
    if folder:
        end = "/.*"
    elif gitlab or (last == "*" and "/" in bare) or last == "**":
        end = ""
    else:
        end = "(?:/.*)?"
    return rf"(?s)\A{'' if top else '(?:.*/)?'}{made}{end}\z"


_WILDCARDS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _translated(piece: str) -> str:
    made = _WILDCARDS.get(piece)
    return re.escape(piece[1:] if piece[0] == "\\" and len(piece) > 1 else piece) if made is None else made


def key_of(pattern: str) -> str:
    """A part that every path has that fits: a whole segment, or `.py` and the like of its end; empty: none is known."""
    segments = [one for one in pattern.strip("/").split("/") if one and not _WILD.search(one)]
    if segments:
        return segments[-1]
    suffix = _SUFFIX.fullmatch(pattern.strip("/").rpartition("/")[2])
    return suffix[1] if suffix and not pattern.endswith("/") else ""


def keys_in(path: str) -> Iterator[str]:
    """All keys that patterns which fit a path may have."""
    yield ""
    for segment in set(path.split("/")):
        yield segment
        if dot := segment.rfind(".") + 1:
            yield segment[dot - 1 :]
