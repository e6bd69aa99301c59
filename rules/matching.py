"""Matches: field -> patterns, compiled to one quick predicate. Letter case never counts."""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import translate
from operator import attrgetter
from typing import Any, Final, TypeVar

from models.severity import Severity

__all__ = ["FACT_FIELDS", "OCCURRENCE_FIELDS", "Getter", "compile_match", "severities"]

Thing = TypeVar("Thing")
Getter = Callable[[Any], str | None]
Test = Callable[[str], bool]

OCCURRENCE_FIELDS: Final[dict[str, Getter]] = {
    "service": attrgetter("group.service"),
    "environment": attrgetter("group.environment"),
    "severity": attrgetter("severity"),
    "type": attrgetter("group.error_type"),
    "hostname": attrgetter("hostname"),
    "release": attrgetter("release"),
    "title": attrgetter("group.title"),
}
"""How each field that a threshold may match is read off an occurrence."""


def _fact(name: str) -> Getter:
    return lambda facts: facts.get(name)


FACT_FIELDS: Final[dict[str, Getter]] = {
    name: _fact(name)
    for name in ("service", "environment", "severity", "type", "release", "title", "rule", "team", "owner", "tier")
}
"""How each field that an alert or a route may match is read off a mapping of facts."""


def severities(patterns: Sequence[str]) -> frozenset[Severity]:
    """The levels that patterns such as `error`, `>=error` or `*` stand for.

    Raises:
        ValueError: A pattern names no level.
    """
    return frozenset(level for pattern in patterns for level in _levels(pattern.strip().lower()))


def _levels(pattern: str) -> list[Severity]:
    if pattern == "*":
        return list(Severity)
    if pattern.startswith(">="):
        least = Severity(pattern[2:].strip()).rank
        return [level for level in Severity if level.rank >= least]
    return [Severity(pattern)]


def compile_match(match: Mapping[str, Sequence[str]], fields: Mapping[str, Getter]) -> Callable[[Any], bool]:
    """A predicate that is true where every field fits one of its patterns. An absent value fits none."""
    tests = [(fields[name], _test(name, patterns)) for name, patterns in match.items()]
    if not tests:
        return lambda _: True

    def matches(thing: Any) -> bool:
        for get, test in tests:
            value = get(thing)
            if value is None or not test(value):
                return False
        return True

    return matches


def _test(name: str, patterns: Sequence[str]) -> Test:
    if name == "severity":
        return severities(patterns).__contains__
    exact = frozenset(pattern.lower() for pattern in patterns if not _is_glob(pattern))
    globs = [translate(pattern.lower()) for pattern in patterns if _is_glob(pattern)]
    if not globs:
        return lambda value: value.lower() in exact
    glob = re.compile("|".join(globs)).match
    return lambda value: (low := value.lower()) in exact or glob(low) is not None


def _is_glob(pattern: str) -> bool:
    return any(char in pattern for char in "*?[")
