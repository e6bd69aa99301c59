"""Which thresholds an event feeds, and with what: a rule file's thresholds, compiled."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from models.occurrence import Occurrence
from models.severity import Severity
from models.wire import LATE
from rules.conditions import Condition
from rules.limits.plan import Plan
from rules.limits.spread import Seen, hash_of, seen_of
from rules.matching import OCCURRENCE_FIELDS, Getter, compile_match, severities
from rules.rulefile import RuleFile, ThresholdRule
from rules.windows import grain_for

__all__ = ["Feed", "Thresholds"]

MAX_PANES = 30  # told of at once: as many as a state keeps

Matches = Callable[[Occurrence], bool]
Feed = tuple[str, dict[str, str]]
"""A threshold's name, and the group-by fields that its window is of, with their values."""

_GROUP_BY: dict[str, Getter] = {**OCCURRENCE_FIELDS, "group": lambda occurrence: occurrence.group.group_id}
_TOLD_APART: dict[str, Getter] = {
    **_GROUP_BY,
    "user_id": lambda occurrence: occurrence.user_key.hex() if occurrence.user_key else None,
}
# What a condition asks for by another name than an occurrence has it, or by the same.
_KNOWN: dict[str, Getter] = {
    "error_type": OCCURRENCE_FIELDS["type"],
    **{name: OCCURRENCE_FIELDS[name] for name in ("service", "environment", "hostname", "release")},
}


class Thresholds:
    """A rule file's thresholds: which of them an occurrence feeds."""

    def __init__(self, rules: RuleFile) -> None:
        self._events = _Events()
        self._conditions: dict[str, Condition] = {}
        self._grains = {rule.name: grain_for(rule.window) for rule in rules.thresholds}
        compiled = [(_levels(rule), rule.name, self._matches(rule), _getters(rule)) for rule in rules.thresholds]
        # By severity first: most events have one that no threshold asks for.
        self._by_severity = {
            level: [(name, matches, getters) for levels, name, matches, getters in compiled if level in levels]
            for level in Severity
        }
        plans = [(rule, rule.plan) for rule in rules.thresholds if rule.plan is not None]
        self._shares = [(rule.name, _getters(rule)) for rule, plan in plans if plan.base == "errors"]
        self._told_apart = {rule.name: self._spreads(plan) for rule, plan in plans if plan.spreads}

    @property
    def asks_events(self) -> bool:
        """Whether any threshold asks for more of an event than an occurrence says."""
        apart = (of for spreads in self._told_apart.values() for of, _, _ in spreads)
        return bool(self._conditions) or any(of.startswith("tags.") for of in apart)

    @property
    def shares(self) -> bool:
        """Whether any threshold is about a share of all errors."""
        return bool(self._shares)

    def feeds(self, occurrence: Occurrence) -> list[Feed]:
        """The thresholds that count this occurrence."""
        return [
            (name, {field: get(occurrence) or "" for field, get in getters})
            for name, matches, getters in self._by_severity[occurrence.severity]
            if matches(occurrence)
        ]

    def bases(self, occurrence: Occurrence) -> list[Feed]:
        """The thresholds that it is one of all errors for."""
        return [(name, {field: get(occurrence) or "" for field, get in getters}) for name, getters in self._shares]

    def bucket(self, name: str, occurrence: Occurrence) -> int:
        """The bucket that a threshold counts an occurrence in: of 1 s, not of 10 s, where its window is short."""
        if occurrence.bucket == LATE:
            return LATE
        return int(occurrence.occurred_at) // self._grains[name] * self._grains[name]

    def seen(self, name: str, occurrences: Sequence[Occurrence]) -> dict[str, list[tuple[int, Seen]]]:
        """What a threshold tells apart of these occurrences, by panes of time."""
        found: dict[str, dict[int, list[int]]] = {}
        for of, get, pane in self._told_apart.get(name, ()):
            for occurrence in occurrences:
                if value := get(occurrence):
                    start = int(occurrence.occurred_at) // pane * pane
                    found.setdefault(of, {}).setdefault(start, []).append(hash_of(value))
        return {
            of: [(start, seen_of(panes[start])) for start in sorted(panes)[-MAX_PANES:]] for of, panes in found.items()
        }

    def failures(self) -> dict[str, int]:
        """Threshold -> how often its condition could not be answered."""
        return {name: condition.failures for name, condition in self._conditions.items() if condition.failures}

    def _matches(self, rule: ThresholdRule) -> Matches:
        match = {field: patterns for field, patterns in rule.match.patterns().items() if field != "severity"}
        fits = compile_match(match, OCCURRENCE_FIELDS)
        if rule.when is None:
            return fits
        condition = self._conditions[rule.name] = Condition(rule.when)
        event_of, may_hold = self._events.of, _gate(condition)
        return lambda occurrence: fits(occurrence) and may_hold(occurrence) and condition.holds(event_of(occurrence))

    def _spreads(self, plan: Plan) -> list[tuple[str, Getter, int]]:
        return [(of, _TOLD_APART.get(of) or self._tag(of.removeprefix("tags.")), plan.span.pane) for of in plan.spreads]

    def _tag(self, name: str) -> Getter:
        event_of = self._events.of
        return lambda occurrence: (event_of(occurrence).get("tags") or {}).get(name)


class _Events:
    """Reads an occurrence's event, once for all thresholds that ask for it in turn."""

    def __init__(self) -> None:
        self._last: Occurrence | None = None
        self._event: dict[str, Any] = {}

    def of(self, occurrence: Occurrence) -> dict[str, Any]:
        """The event's fields, as they are stored."""
        if occurrence is not self._last:
            self._event, self._last = orjson.loads(occurrence.payload), occurrence
        return self._event


def _gate(condition: Condition) -> Matches:
    """Whether a condition may hold, by what an occurrence says without its event being read."""
    asked = [(_KNOWN[field], texts) for field, texts in condition.needs.values.items() if field in _KNOWN]
    return lambda occurrence: all((get(occurrence) or "") in texts for get, texts in asked)


def _getters(rule: ThresholdRule) -> list[tuple[str, Getter]]:
    return [(field, _GROUP_BY[field]) for field in rule.group_by]


def _levels(rule: ThresholdRule) -> frozenset[Severity]:
    return severities(rule.match.severity) if rule.match.severity else frozenset(Severity)
