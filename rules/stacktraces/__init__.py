"""Stack traces in plain text: found, and read into exceptions and frames.

One module a language. Every line is cut to a bounded length before it is looked at, and each pass is linear in the
text, so that no text can take long.
"""

import re

from rules.stacktraces.colours import without_colours
from rules.stacktraces.detecting import may_hold_trace, readers
from rules.stacktraces.parsed import ParsedTrace

__all__ = ["MAX_TEXT_READ", "ParsedTrace", "find"]

MAX_TEXT_READ = 262_144  # characters; of a longer text the ends are read
_MAX_LINES = 20_000  # of the text
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "", '\\"': '"', "\\\\": "\\", "#012": "\n", "#011": "\t", "\r": "\n"}
_ESCAPED = re.compile(r'\\[ntr"\\]|#01[12]|\r')  # as JSON and syslog daemons escape, where a text was serialized twice


def find(text: str) -> ParsedTrace | None:
    """The first stack trace of a known language in the text, or None."""
    if not may_hold_trace(text):
        return None
    if len(text) > MAX_TEXT_READ:
        text = f"{text[: MAX_TEXT_READ // 2]}\n{text[-MAX_TEXT_READ // 2 :]}"
    text = without_colours(text)
    trace = _read(text)
    if trace is None and ("\\n" in text or "#012" in text or ("\r" in text and "\n" not in text)):
        trace = _read(_ESCAPED.sub(lambda found: _ESCAPES[found[0]], text))
    return trace


def _read(text: str) -> ParsedTrace | None:
    candidates = readers(text)
    if not candidates:
        return None
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > _MAX_LINES:
        lines = [*lines[: _MAX_LINES // 2], *lines[-_MAX_LINES // 2 :]]
    for read in candidates:
        trace = read(lines)
        if trace is not None:
            return trace
    return None
