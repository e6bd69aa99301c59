"""Secrets told by a name beside them: `a=b`, `a: b`, `"a": "b"`, `a => b`, and `--a b` on a command line.

Names are looked for first, and a value only behind the name of a secret: else `https:` would take the whole address for
its value, and the token in it would stay.
"""

from __future__ import annotations

import re

from seawall_client.masking.keys import Keys

__all__ = ["Pairs"]

_KEY = r"(?P<key>[A-Za-z_][\w.-]{0,80})"
_NAME = re.compile(rf"(?<![\w.-])-{{0,2}}{_KEY}\\?[\"']?\s{{0,3}}(?:=>|:?={{1,3}}|:(?![/:]))\s{{0,3}}(?P<escape>\\?)")
_FLAG = re.compile(rf"(?<![\w-])--{_KEY} {{1,3}}(?!-)(?P<escape>)")
_BARE = r"[^\s,;&\"'<>(){}\[\]]{1,2000}"
_LIST = r"[\[(][^\[\](){}\n]{1,2000}[\])]"
_CUT = r"b?[\"'][^\"'\n]{1,2000}\Z"  # its end was cut off
_VALUE = re.compile(rf"b?\"(?:[^\"\\\n]|\\.){{1,2000}}\"|b?'(?:[^'\\\n]|\\.){{1,2000}}'|{_LIST}|{_CUT}|{_BARE}")
_INNER = re.compile(rf"b?\"[^\"\n]{{1,2000}}\"|b?'[^'\n]{{1,2000}}'|{_CUT}|{_BARE}")  # in a text that is quoted itself
_MASKED = re.compile(r"[\"']?\[\w+\]")
_NO_SECRETS = frozenset({"none", "null", "true", "false", "undefined"})
_SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate", "ntlm", "token"})
_CREDENTIALS = re.compile(r" {1,3}(?!\[)[^\s,;\"'<>]{1,2000}")
_DIGEST = re.compile(r" {1,3}(?!\[)[^\n]{1,2000}")
_QUOTES = "\"'"


class Pairs:
    """Masks values by the names before them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def mask(self, text: str, *, code: bool) -> str:
        """The text with secrets replaced. `code`: it is source, in which only literals are values."""
        text = self._replace(_NAME, text, code=code)
        return self._replace(_FLAG, text, code=code) if "--" in text else text

    def _replace(self, pattern: re.Pattern[str], text: str, *, code: bool) -> str:
        parts: list[str] = []
        done = 0
        for name in pattern.finditer(text):
            rule = self._keys.rule(name["key"]) if name.start() >= done else None
            value = None if rule is None else (_INNER if name["escape"] else _VALUE).match(text, name.end())
            if rule is None or value is None or not _is_told(value[0], code=code):
                continue
            start, end = value.span()
            scheme = value[0].lower()
            if scheme in _SCHEMES and rule == "authorization":
                secret = (_DIGEST if scheme == "digest" else _CREDENTIALS).match(text, end)
                if secret is None:
                    continue
                start, end = end, secret.end()
                parts += [text[done:start], f" [{rule}]"]
            else:
                quote = value[0][-1] if value[0][-1] in _QUOTES else ""
                parts += [text[done:start], f"{quote}[{rule}]{quote}"]
            done = end
        return "".join([*parts, text[done:]]) if parts else text


def _is_told(value: str, *, code: bool) -> bool:
    """Whether a value is there at all, and not masked yet."""
    if value.lower() in _NO_SECRETS or _MASKED.match(value):
        return False
    if value[0] in "[(":
        return any(quote in value for quote in _QUOTES)
    return not code or value[-1] in _QUOTES
