"""A message without its parameters: what changes from one error to the next becomes `<int>`, `<uuid>` and the like.

One RE2 scan: linear on any text. The order of the alternatives decides.
"""

import re
from functools import lru_cache

import re2

__all__ = ["parametrize"]

_MAX_SCANNED = 1_000  # characters
_MAX_LINES = 2

_TOP_DOMAINS = (
    "com|net|org|edu|gov|io|dev|app|cloud|local|internal|lan|test|invalid|localhost|de|uk|fr|eu|ru|ch|us|nl|jp|co"
)
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?:\s?[AaPp][Mm])?(?:\s?(?:Z|UTC|GMT)\b|\s?[+-]\d{2}:?\d{2}\b)?"
_UNIT = "ns|us|µs|μs|ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w"

_ALTERNATIVES = {
    "email": r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "url": r"\b(?:[A-Za-z][A-Za-z0-9+.-]{1,20}):(?://)[^\s'\"<>,;()\[\]{}]+",
    "traceparent": r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b",
    "uuid": r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    "host": rf"\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:{_TOP_DOMAINS})\b(?:\.(?:{_TOP_DOMAINS})\b)?",
    "ip": (
        r"\b(?:\d{1,3}\.){3}\d{1,3}\b"
        r"|(?:\b[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b"
        r"|(?:\b[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}\b){1,6}"
    ),
    "sha1": r"\b[0-9a-f]{40}\b",
    "md5": r"\b[0-9a-f]{32}\b",
    "date": (
        rf"\b\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[T_ ]{_CLOCK})?"
        rf"|\b(?:{_DAY},?\s)?(?:\d{{1,2}}\s{_MONTH}\s\d{{4}}|{_MONTH}\s{{1,2}}\d{{1,2}}(?:,?\s\d{{4}})?)(?:\s{_CLOCK})?(?:\s\d{{4}})?\b"
        rf"|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}}(?:\s{_CLOCK})?"
        r"|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?"
    ),
    "duration": rf"\b\d+(?:\.\d+)?\s?(?:{_UNIT})(?:\d+(?:{_UNIT}))*\b",
    "hex": r"\b0[xX][0-9a-fA-F]+\b|\b[0-9a-f]{7,128}\b|\b[0-9A-F]{7,128}\b",
    "float": r"-\d+\.\d+(?:[eE][+-]?\d+)?\b|\b\d+\.\d+(?:[eE][+-]?\d+)?\b",
    "int": r"-\d+\b|\b\d+\b",
    "quoted": r"=(?:'[^'\n]*'|\"[^\"\n]*\")",
    "bool": r"=(?:[Tt]rue|[Ff]alse|TRUE|FALSE)\b",
}
_PARAMETER = re2.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _ALTERNATIVES.items()))

_MAYBE = re.compile(r"[0-9@=]|://|\w\.[A-Za-z]{2}")  # a text without any of these has no parameter


@lru_cache(4_096)  # the same messages come again and again
def parametrize(message: str) -> str:
    """The first lines of `message`, each parameter replaced by its kind."""
    lines = [line for raw in message[: _MAX_SCANNED * 2].splitlines() if (line := raw.strip())]
    text = "\n".join(lines[:_MAX_LINES])[:_MAX_SCANNED]
    if not _MAYBE.search(text):
        return text
    pieces: list[str] = []
    done = 0
    for match in _PARAMETER.finditer(text):
        replaced = _replace(match.lastgroup, match.group())
        if replaced is not None:
            pieces += text[done : match.start()], replaced
            done = match.end()
    pieces.append(text[done:])
    return "".join(pieces)


def _replace(kind: str, text: str) -> str | None:
    if kind == "hex" and text[:2].lower() != "0x":
        if text.isdigit():
            return "<int>"
        if not any(char.isdigit() for char in text):
            return None  # `defaced`: a word
    if kind in ("quoted", "bool"):
        return f"=<{kind}>"
    return f"<{kind}>"
