"""Rules that give events fingerprints of their own, in Sentry's syntax: a line each.

    error.type:DatabaseUnavailable -> database-down title="Database is down"
    logger:billing !level:warning tags.tenant:* -> {{ default }} {{ tags.tenant }}

https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from models import bounds
from rules.grouping.globs import glob_pattern
from rules.grouping.lines import Matchers, Scanner, read_lines, read_matchers
from rules.grouping.stack_rules import truth

__all__ = ["DEFAULT", "EVENT_KEYS", "VARIABLE", "FingerprintRule", "is_variable", "parse_fingerprint_rules"]

DEFAULT = "{{ default }}"
VARIABLE = re.compile(r"\{\{\s{0,9}([\w.-]{1,80})\s{0,9}\}\}")

EVENT_KEYS = (
    "message", "logger", "level", "sdk", "release", "family", "environment", "service", "transaction",
)  # fmt: skip
_ALIASES = {
    "error.type": "type", "error.value": "value", "stack.module": "module", "stack.abs_path": "path",
    "stack.package": "package", "stack.function": "function", "severity": "level",
}  # fmt: skip
_KEYS = frozenset({"type", "value", "module", "path", "package", "function", "app", *EVENT_KEYS})
_VARIABLES = frozenset({*_KEYS, "default"}) - {"app", "family", "sdk"}
_ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]*)"')
_PART = re.compile(r'"([^"]*)"|(\{\{\s{0,9}[\w.-]+\s{0,9}\}\})|([^\s"{,#][^\s{,]*)')


class FingerprintRule(NamedTuple):
    """What becomes of events that match."""

    matchers: Matchers
    parts: tuple[str, ...]  # of the fingerprint, with their variables
    title: str | None
    text: str  # as it is written


def parse_fingerprint_rules(lines: Sequence[str]) -> list[FingerprintRule]:
    """The rules in the lines; empty lines and those that begin with `#` are none.

    Raises:
        LineError: a line is no rule.
    """
    return read_lines(lines, _rule)


def is_variable(name: str) -> bool:
    """Whether `{{ name }}` stands for something."""
    return name in _VARIABLES or name in _ALIASES or (name.startswith("tags.") and len(name) > len("tags."))


def _rule(scanner: Scanner) -> FingerprintRule:
    matchers = read_matchers(scanner, _known)
    for matcher in matchers.own:
        if matcher.key == "app":
            truth(matcher.pattern)
        else:
            glob_pattern(matcher.pattern, path=matcher.key in ("path", "package"))
    if not scanner.takes("->"):
        msg = f"after the matchers comes `->` and the fingerprint, not {scanner.rest()}"
        raise ValueError(msg)
    parts: list[str] = []
    title = None
    while not scanner.ended:
        attribute = scanner.take(_ATTRIBUTE)
        if attribute is not None:
            if attribute[1] != "title":
                msg = f"`{attribute[1]}` cannot be given: only `title`"
                raise ValueError(msg)
            title = attribute[2]
        else:
            parts.append(_part(scanner))
        scanner.takes(",")
    if not 1 <= len(parts) <= bounds.MAX_FINGERPRINT_PARTS:
        msg = f"a fingerprint has 1 to {bounds.MAX_FINGERPRINT_PARTS} parts, such as `{DEFAULT}`"
        raise ValueError(msg)
    for text in (*parts, title or ""):
        _check_variables(text)
    return FingerprintRule(matchers, tuple(parts), title, scanner.text)


def _part(scanner: Scanner) -> str:
    found = scanner.take(_PART)
    if found is None:
        msg = f"{scanner.rest()} is no part of a fingerprint; quote what has spaces in it"
        raise ValueError(msg)
    quoted, variable, word = found.groups()
    return str(quoted if quoted is not None else variable or word)


def _check_variables(text: str) -> None:
    for found in VARIABLE.finditer(text):
        if not is_variable(found[1]):
            msg = f"`{found[0]}` is no variable: {', '.join(sorted(_VARIABLES))}, tags.…"
            raise ValueError(msg)
        if found[1] == "default" and found[0] != text.strip():
            msg = f"`{DEFAULT}` stands for a whole part, not for one within a text"
            raise ValueError(msg)


def _known(key: str) -> str:
    key = _ALIASES.get(key, key)
    if key not in _KEYS and not (key.startswith("tags.") and len(key) > len("tags.")):
        msg = f"`{key}` is no matcher: {', '.join(sorted(_KEYS))}, tags.…"
        raise ValueError(msg)
    return key
