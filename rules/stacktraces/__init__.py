"""Stack traces in plain text: found, and read into exceptions and frames.

One module a language. Every line is cut to a bounded length before it is looked at, and each pass is linear in the
text, so that no text can take long.
"""

import re
from os.path import commonprefix

from rules.stacktraces.colours import without_colours
from rules.stacktraces.detecting import may_hold_trace, readers
from rules.stacktraces.parsed import ParsedTrace

__all__ = ["MAX_TEXT_READ", "ParsedTrace", "find"]

MAX_TEXT_READ = 262_144  # characters; of a longer text the ends are read
_MAX_LINES = 4_000  # of the text; of more, the ends are read
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "", '\\"': '"', "\\\\": "\\"}
_ESCAPED = re.compile(r'\\[ntr"\\]')  # as JSON escapes, where a text was serialized twice


def find(text: str) -> ParsedTrace | None:
    """The first stack trace of a known language in the text, or None."""
    if not may_hold_trace(text):
        return None
    if len(text) > MAX_TEXT_READ:
        text = f"{text[: MAX_TEXT_READ // 2]}\n{text[-MAX_TEXT_READ // 2 :]}"
    text = without_colours(text).replace("\r\n", "\n")
    plain = text if "\n" in text else _unescaped(text)  # a trace has several lines: they may be escaped
    trace = _read(plain)
    return _read(text) if trace is None and plain is not text else trace


def _unescaped(text: str) -> str:
    """The text with the line ends that a syslog daemon, a terminal or an encoder wrote otherwise."""
    if "#012" in text:
        return text.replace("#012", "\n").replace("#011", "\t")
    if "\r" in text:
        return text.replace("\r", "\n")
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text) if "\\n" in text else text


def _read(text: str) -> ParsedTrace | None:
    candidates = readers(text)
    if not candidates:
        return None
    lines = _without_prefix(text.split("\n"))
    if len(lines) > _MAX_LINES:
        lines = [*lines[: _MAX_LINES // 2], *lines[-_MAX_LINES // 2 :]]
    for read in candidates:
        trace = read(lines)
        if trace is not None:
            return trace
    return None


def _without_prefix(lines: list[str]) -> list[str]:
    """The lines without what a shipper put before each of them: `web-1  | `, `[pod/shop] `."""
    shared = commonprefix([line for line in lines if line.strip()])  # noqa: RUF071 of characters, as it should be
    length = max(shared.rfind("| "), shared.rfind("] ")) + 2
    if len(lines) <= 1 or length <= 2:  # noqa: PLR2004 the mark's
        return lines
    return [line[length:] if line.startswith(shared[:length]) else line for line in lines]
