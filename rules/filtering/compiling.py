"""The filters of the rule file, as tests of a draft."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from models.reasons import DropReason
from models.severity import Severity
from rules.conditions import Condition
from rules.conditions.needing import glob_needle
from rules.filtering.gates import GETTERS, TextGate, ValueGate
from rules.filtering.presets import PRESETS
from rules.matching import compile_match

if TYPE_CHECKING:
    from rules.rulefile.filtering import FilterRule, FilterRules

__all__ = ["Rule", "gates_of", "rules_of"]

Draft = Mapping[str, Any]
Test = Callable[[Draft], bool]
Patterns = Mapping[str, tuple[str, ...]]

# What a match calls a field, and what a draft calls it: first those of which few values come again and again.
_FEW: Final = {
    "severity": "severity", "service": "service", "environment": "environment", "type": "error_type",
    "release": "release", "hostname": "hostname", "logger": "logger",
}  # fmt: skip
_MANY: Final = {"message": "message", "transaction": "transaction", "url": "request.url"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One filter."""

    name: str
    test: Test  # what the gates do not say of it
    match: Patterns  # as the rule file has it
    reason: DropReason = DropReason.FILTERED
    rate: float = 0.0  # the share that is kept
    level: Severity | None = None  # the severity that it gives; it drops nothing then
    condition: Condition | None = None
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)  # field -> those that an event must have
    needles: Mapping[str, frozenset[str]] = field(default_factory=dict)  # field -> patterns of which one is found


def rules_of(rules: "FilterRules") -> Iterator[Rule]:
    """All filters of the section, in the order in which they decide."""
    for name, match in rules.builtin():
        tests = [PRESETS[name].fits] if name in PRESETS else []
        yield Rule(name, _together(_match_tests(match) + tests), match, needles=_match_needles(match))
    for rule in rules.rules:
        yield _own(rule)


def _own(rule: "FilterRule") -> Rule:
    match = rule.match.patterns()
    condition = Condition(rule.when) if rule.when else None
    tests: list[Test] = [condition.holds] if condition else []
    needs = condition.needs if condition else None
    return Rule(
        name=rule.name,
        test=_together(_match_tests(match) + tests),
        match=match,
        reason=DropReason.SAMPLED if rule.do == "sample" else DropReason.FILTERED,
        rate=rule.rate or 0.0,
        level=rule.to,
        condition=condition,
        values=needs.values if needs else {},
        needles={**(needs.needles if needs else {}), **_match_needles(match)},
    )


def _together(tests: Sequence[Test]) -> Test:
    """One test for several."""
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    first, second = tests
    return lambda draft: first(draft) and second(draft)


def _match_tests(match: Patterns) -> list[Test]:
    """What the gates for values do not say of a match."""
    many = {name: patterns for name, patterns in match.items() if name in _MANY}
    return [compile_match(many, {name: _text(name) for name in many})] if many else []


def _text(name: str) -> Callable[[Draft], str | None]:
    get = GETTERS[_MANY[name]]
    return lambda draft: get(draft) or None


def _match_needles(match: Patterns) -> dict[str, frozenset[str]]:
    made = {}
    for name, key in _MANY.items():
        needles = [glob_needle(pattern) for pattern in match.get(name, ())]
        if needles and None not in needles:
            made[key] = frozenset(needle for needle in needles if needle)
    return made


def gates_of(rules: Sequence[Rule]) -> list[ValueGate | TextGate]:
    """The gates that leave out rules, the cheap ones first."""
    keys = {*_FEW.values(), *(key for rule in rules for key in rule.values if key.startswith("tags."))}
    gates: list[ValueGate | TextGate] = []
    for key in sorted(keys):
        tests = [_value_test(key, rule) for rule in rules]
        if any(tests):
            gates.append(ValueGate(key, tests))
    for key in _MANY.values():
        needles = [rule.needles.get(key) for rule in rules]
        if any(needles):
            gates.append(TextGate(key, needles))
    return gates


def _value_test(key: str, rule: Rule) -> Callable[[str], bool] | None:
    """Whether a value fits a rule; None where the rule does not ask."""
    needed = rule.values.get(key)
    name = next((name for name, few in _FEW.items() if few == key), key)
    patterns = rule.match.get(name)
    matches = compile_match({name: patterns}, {name: lambda value: value or None}) if patterns else None
    if needed is None:
        return matches
    return lambda value: value in needed and (matches is None or matches(value))
