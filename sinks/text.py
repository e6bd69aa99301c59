"""Untrusted text, made fit to be shown: what every vendor's own escaping begins with."""

import re

__all__ = ["clean", "cut", "defang", "one_line", "plain_url"]

MAX_URL = 3_000

# Control characters, marks that turn the direction of the text around (Trojan Source: https://trojansource.codes/),
# characters that nobody sees and that hide words from readers and filters. Joiners stay: emoji and scripts need them.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_URL = re.compile(r"https?://[^\s<>{}|\"'\\`\x00-\x20]+", re.IGNORECASE)
_MARKUP = re.compile(r"[@<]|\](?=\()")
_ZERO_WIDTH = "\u200b"


def clean(text: str) -> str:
    """Valid Unicode without control characters (but tabs, line feeds), invisible or bidirectional marks."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode())


def one_line(text: str, limit: int) -> str:
    """Clean, on one line, at most `limit` characters."""
    return cut(" ".join(clean(text[: limit * 4]).split()), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something went."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def defang(text: str) -> str:
    """For a reader of unknown syntax: no mention, tag or labelled link works, and all still reads the same."""
    return _MARKUP.sub(lambda match: match[0] + _ZERO_WIDTH, text)


def plain_url(url: str, limit: int = MAX_URL) -> str | None:
    """The URL where it is an http(s) one that no syntax can be broken out of, else None."""
    return url if len(url) <= limit and clean(url) == url and _URL.fullmatch(url) else None
