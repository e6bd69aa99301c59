"""Stack traces in plain text: found, and read into exceptions and frames.

One module a language. Every line is cut to a bounded length before it is looked at, and each pass is linear in the
text, so that no text can take long.
"""

import re

from rules.stacktraces import java, javascript, python
from rules.stacktraces.parsed import ParsedTrace

__all__ = ["MAX_TEXT_READ", "ParsedTrace", "find"]

MAX_TEXT_READ = 262_144  # characters; of a longer text the ends are read
_ESCAPES = {"n": "\n", "t": "\t", "r": "", '"': '"', "\\": "\\"}
_ESCAPED = re.compile(r'\\([ntr"\\])')  # as JSON escapes, where a text was serialized twice
_READERS = (python.read, java.read, javascript.read)


def find(text: str) -> ParsedTrace | None:
    """The first stack trace of a known language in the text, or None."""
    if not _may_hold_trace(text):
        return None
    if len(text) > MAX_TEXT_READ:
        text = f"{text[: MAX_TEXT_READ // 2]}\n{text[-MAX_TEXT_READ // 2 :]}"
    trace = _read(text) if "\n" in text else None
    if trace is None and "\\n" in text:
        trace = _read(_ESCAPED.sub(lambda found: _ESCAPES[found[1]], text))
    return trace


def _read(text: str) -> ParsedTrace | None:
    lines = text.replace("\r\n", "\n").split("\n")
    for read in _READERS:
        trace = read(lines)
        if trace is not None:
            return trace
    return None


def _may_hold_trace(text: str) -> bool:
    """A cheap test that almost every message fails: a trace has several lines, escaped ones perhaps."""
    if "\n" not in text and "\\n" not in text:
        return False
    return "at " in text or "File " in text or ("@" in text and ":" in text)
