"""`key=value` pairs with quoted values, as logfmt has them.

https://brandur.org/logfmt
https://pkg.go.dev/github.com/go-logfmt/logfmt
"""

import re
from typing import NamedTuple

__all__ = ["Pairs", "read_pairs"]

_MAX_PAIRS = 500
_LONGEST = 65_536  # characters of klog's values of several lines
_KEY = re.compile(r'[ \t\n]*([^\s="\x00-\x20]{1,200})=')
_BARE = re.compile(r"\S*")
_APOSTROPHE = re.compile(r"'(?=\s|$)")  # at a value's end; within it there may be others
_WORD = re.compile(r" [^\s=\"]{1,200}(?=[ \n]|$)")
_MAX_WORDS = 50
_ESCAPED = re.compile(r'\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[abfnrtv"\'\\])')
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Pairs(NamedTuple):
    """Pairs as they were written, and the text behind the last of them."""

    values: dict[str, str]
    rest: str


def read_pairs(text: str, start: int = 0) -> Pairs:
    """The pairs from `start` on, one behind the other; of a key that comes twice the last value counts."""
    values: dict[str, str] = {}
    at = start
    for _ in range(_MAX_PAIRS):
        key = _KEY.match(text, at)
        if key is None:
            break
        value, at = _value(text, key.end())
        values[key[1]] = value
    return Pairs(values, text[at:])


def _value(text: str, at: int) -> tuple[str, int]:
    """The value that begins at `at`, and where it ends."""
    if text.startswith('"', at) and (end := _closing(text, at + 1)) >= 0:
        return _unescaped(text[at + 1 : end]), end + 1
    if text.startswith("'", at) and (quote := _APOSTROPHE.search(text, at + 1, at + _LONGEST)) is not None:  # Lograge
        return text[at + 1 : quote.start()], quote.end()
    if text.startswith("<\n", at) and (end := text.find("\n >", at, at + _LONGEST)) >= 0:  # klog, several lines
        lines = text[at + 2 : end].split("\n")
        return "\n".join(line.removeprefix("\t") for line in lines), end + 3
    end = at
    found = _BARE.match(text, at)
    for _ in range(_MAX_WORDS):  # not all writers quote values of several words
        if found is None:
            break
        end = found.end()
        found = _WORD.match(text, end)
    return text[at:end], end


def _closing(text: str, at: int) -> int:
    """Where the quote ends; -1 where it does not."""
    while (end := text.find('"', at)) >= 0:
        before = end - 1
        while before >= at and text[before] == "\\":
            before -= 1
        if (end - 1 - before) % 2 == 0:
            return end
        at = end + 1
    return -1


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: _character(found[1]), text)


def _character(escape: str) -> str:
    if escape[0] in "ux":
        character = chr(int(escape[1:], 16))
        return "�" if "\ud800" <= character <= "\udfff" or character == "\0" else character
    return _ESCAPES.get(escape, escape)
