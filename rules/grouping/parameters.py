"""A message without its parameters: what changes from one error to the next becomes `<int>`, `<uuid>` and the like.

One RE2 scan: linear on any text. The order of the kinds decides. Some are there to be kept: `x86_64` is no number.
"""

import re
from functools import lru_cache

import re2

from rules.grouping.fragments import fold_fragments
from rules.grouping.kinds import FOREIGN, KEPT, KINDS
from rules.grouping.paths import fold_path

__all__ = ["parametrize"]

_MAX_SCANNED = 1_000  # characters
_MAX_LINES = 2
_MEMORY = 64 << 20  # bytes that RE2 may keep of its states; with less it begins anew again and again
_HEX_DIGITS = 7
_SHORTEST_ID = 3  # digits, and letters, of a long word that is no word
_SWITCHES = 4  # from letters to digits and back

_MAYBE = re.compile(r"[0-9@=/\\{\[]|://|\w\.[A-Za-z]{2}|[^\x00-\x7f]")  # a text without any of these has no parameter
_LAST_NUMBER = re.compile(r"(?<=[A-Za-z][_-])\d+\b")
_SWITCH = re.compile(r"[A-Za-z][0-9]|[0-9][A-Za-z]")
_WITH_PREFIX = frozenset({"quoted", "bool", "number_of", "named"})  # whose first characters say what they are


class _Scan:
    """Finds parameters. Without groups RE2 scans a text ten times faster; what was found tells its kind."""

    def __init__(self, kinds: dict[str, str]) -> None:
        options = re2.Options()
        options.max_mem = _MEMORY
        options.never_capture = True
        self._names = list(kinds)
        self.finditer = re2.compile("|".join(f"(?:{pattern})" for pattern in kinds.values()), options).finditer
        self._kinds = re2.Set.FullMatchSet(options)
        for pattern in kinds.values():
            self._kinds.Add(pattern)
        self._kinds.Compile()

    def kind(self, found: str) -> str:
        """The first kind that a parameter is of."""
        if found.isdigit():
            return "int" if len(found) < _HEX_DIGITS else "hex"
        return self._names[min(self._kinds.Match(found) or (0,))]


_ASCII = _Scan({name: pattern for name, pattern in KINDS.items() if name not in FOREIGN})
_ALL = _Scan(KINDS)


@lru_cache(4_096)  # the same messages come again and again
def parametrize(message: str) -> str:
    """The first lines of `message`, each parameter replaced by its kind."""
    lines = [line for raw in message[: _MAX_SCANNED * 2].splitlines() if (line := raw.strip())]
    text = "\n".join(lines[:_MAX_LINES])[:_MAX_SCANNED]
    if not _MAYBE.search(text):
        return text
    text = fold_fragments(text)
    scan = _ASCII if text.isascii() else _ALL
    data = text.encode(errors="replace")  # RE2 works on bytes: offsets in characters would cost as much as the scan
    pieces: list[bytes] = []
    done = 0
    for match in scan.finditer(data):
        start, end = match.span()
        found = data[start:end].decode()
        replaced = _replace(scan.kind(found), found)
        if replaced is not None:
            pieces += data[done:start], replaced.encode()
            done = end
    pieces.append(data[done:])
    return b"".join(pieces).decode()


def _replace(kind: str, text: str) -> str | None:
    """What stands for a parameter; None where it is none."""
    if kind in KEPT:
        return None
    if kind in ("hex", "upper_hex"):
        return _hex(text)
    if kind in ("path", "windows_path"):
        return fold_path(text)
    if kind == "word":
        return _word(text)
    if kind in _WITH_PREFIX:
        return _prefixed(kind, text)
    return _NAMES.get(kind) or f"<{kind}>"


_NAMES = {
    "ipv6": "<ip>", "pod": "-<id>", "at_hex": "@<hex>", "aws_id": "<id>", "big_number": "<int>",
    "foreign_number": "<int>", "ordinal": "<int>", "local_date": "<date>", "python_date": "<date>",
}  # fmt: skip


def _hex(text: str) -> str | None:
    if text[:2] in ("0x", "0X"):
        return "<hex>"
    if text.isdigit():
        return "<int>"
    return "<hex>" if any(char.isdigit() for char in text) else None  # `defaced`: a word


def _word(text: str) -> str | None:
    """A long word of letters and digits: an identifier somebody's machine made up, or a name with a number."""
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    if digits >= _SHORTEST_ID and letters >= _SHORTEST_ID and len(_SWITCH.findall(text)) >= _SWITCHES:
        return "<id>"
    numbered = _LAST_NUMBER.sub("<int>", text)
    return numbered if numbered != text else None


def _prefixed(kind: str, text: str) -> str:
    if kind == "number_of":  # user_17
        return text.rstrip("0123456789") + "<int>"
    return f"{text[0]}<{kind}>"
