"""Severities from the words and numbers that loggers use."""

import re
from typing import Any

from models.severity import Severity
from rules.normalizing.colours import without_colours

__all__ = ["LEVEL_WORDS", "severity"]

_DEBUG, _INFO, _WARNING, _ERROR, _CRITICAL = (level.value for level in Severity)
LEVEL_WORDS = {
    word: level
    for level, words in (
        (_DEBUG, "debug trace verbose fine finer finest silly config d t v dbg dbug debu trc trce trac vrb"),
        (_INFO, "info information informational notice log success default i inf"),
        (_WARNING, "warning warn w wrn"),
        (_ERROR, "error err severe failure e erro eror fail"),
        (_CRITICAL, "critical crit fatal panic dpanic alert emergency emerg fault f c ftl fata pnc pani"),
    )
    for word in words.split()
}
_WORD = re.compile(r"[a-z]+")
_MAX_WORD = 40
# Highest number of a level, by scale: (number, severity at or below it).
_SYSLOG = ((2, _CRITICAL), (3, _ERROR), (4, _WARNING), (6, _INFO), (7, _DEBUG))  # RFC 5424, 6.2.1
_PYTHON = ((10, _DEBUG), (20, _INFO), (30, _WARNING), (40, _ERROR), (60, _CRITICAL))
_PINO = ((20, _DEBUG), (30, _INFO), (40, _WARNING), (50, _ERROR), (60, _CRITICAL))  # bunyan's and pino's
_MONOLOG = ((100, _DEBUG), (250, _INFO), (300, _WARNING), (400, _ERROR), (600, _CRITICAL))
_JAVA = ((700, _DEBUG), (800, _INFO), (900, _WARNING), (1_000, _ERROR))  # java.util.logging
_LOGBACK = ((10_000, _DEBUG), (20_000, _INFO), (30_000, _WARNING), (40_000, _ERROR))
_SCALES = (_SYSLOG, _PYTHON, _MONOLOG, _JAVA, _LOGBACK)


def severity(value: Any, *, pino: bool = False) -> str | None:
    """The severity that a level's word or number means; None where it is not known.

    Args:
        value: a word, a number, or a number written as a word.
        pino: numbers from 10 to 60 are bunyan's (50 is error), not Python's (40 is error).
    """
    if isinstance(value, str):
        if "\x1b" in value:
            value = without_colours(value)
        word = value[:_MAX_WORD].strip().lower()
        known = LEVEL_WORDS.get(word)
        if known is None and word.isascii() and word.isdigit():
            return _of_number(int(word), pino=pino)
        return known or _within(word)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(value, pino=pino)
    return None


def _within(word: str) -> str | None:
    """As in `ERROR+2` (slog) or `level.error`."""
    return next((LEVEL_WORDS[part] for part in _WORD.findall(word) if part in LEVEL_WORDS), None)


def _of_number(number: float, *, pino: bool) -> str | None:
    for scale in _SCALES:
        if number <= scale[-1][0]:
            steps = _PINO if pino and scale is _PYTHON else scale
            return next(level for limit, level in steps if number <= limit) if number >= 0 else None
    return None
