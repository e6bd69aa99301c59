"""Rules that are right as they are written and cannot be meant: they can never fire, or always do."""

from collections.abc import Iterator, Mapping, Sequence

from models.severity import Severity
from rules.conditions import Condition
from rules.matching import compile_match, severities
from rules.rulefile.document import Document, Source
from rules.rulefile.model import AlertRule, RuleFile
from rules.rulefile.problems import Problem
from rules.rulefile.reading import Path, Places
from rules.rulefile.thresholds import ThresholdRule

__all__ = ["doubts"]

_ASKED = {
    "service": "service",
    "environment": "environment",
    "error_type": "type",
    "hostname": "hostname",
    "release": "release",
}


def doubts(sources: Sequence[Source], rules: RuleFile, minimum: Severity) -> list[Problem]:
    """What may be said about rules, each at its file, line and column.

    Args:
        sources: the files; they have been read without problems.
        rules: what they hold.
        minimum: events below this severity are not stored.
    """
    document = Document.of(sources)
    found = [*_of_thresholds(rules, minimum), *_of_alerts(rules.alerts, minimum)]
    return [document.told(Problem(*_place(document.places, path), said)) for path, said in found]


def _place(places: Places, path: Path) -> tuple[int, int]:
    while path not in places:
        path = path[:-1]
    return places[path]


def _of_thresholds(rules: RuleFile, minimum: Severity) -> Iterator[tuple[Path, str]]:
    for index, rule in enumerate(rules.thresholds):
        path: Path = ("thresholds", index)
        yield from _severity(path, rule.match.severity, minimum)
        if rule.when is not None:
            yield from _condition((*path, "when"), Condition(rule.when), rule.match.patterns(), minimum)
        for said in _sense(rule):
            yield path, said


def _severity(path: Path, levels: Sequence[str], minimum: Severity) -> Iterator[tuple[Path, str]]:
    if levels and all(level.rank < minimum.rank for level in severities(levels)):
        said = f"can never fire: events below {minimum} are not stored (SEAWALL_MINIMUM_SEVERITY)"
        yield (*path, "match", "severity"), said


def _condition(
    path: Path, condition: Condition, match: Mapping[str, Sequence[str]], minimum: Severity
) -> Iterator[tuple[Path, str]]:
    if not condition.fields:
        said = "is true of every event" if condition.holds({}) else "can never fire: the condition is never true"
        yield path, said
    for field, values in condition.needs.values.items():
        name = _ASKED.get(field)
        if name is not None and name in match and not _any_fits(name, match[name], values):
            yield path, f"can never fire: it asks for a {field} that `match` does not let through"
    levels = {Severity(value) for value in condition.needs.values.get("severity", ()) if value in set(Severity)}
    if levels and "severity" in match and not levels & severities(match["severity"]):
        yield path, "can never fire: it asks for a severity that `match` does not let through"
    elif levels and all(level.rank < minimum.rank for level in levels):
        yield path, f"can never fire: events below {minimum} are not stored (SEAWALL_MINIMUM_SEVERITY)"


def _any_fits(name: str, patterns: Sequence[str], values: frozenset[str]) -> bool:
    fits = compile_match({name: patterns}, {name: lambda value: value})
    return any(fits(value) for value in values)


def _sense(rule: ThresholdRule) -> Iterator[str]:
    everything = not rule.match.patterns() and rule.when is None
    if rule.count == 1 and everything and not rule.wait:
        yield "always fires: one event of any kind is enough"
    apart = [one.distinct for one in rule.asked if one.distinct is not None]
    for distinct in apart:
        if distinct.of in rule.group_by and distinct.count > 1 and not rule.any:
            yield f"can never fire: counted apart by {distinct.of}, there is only one"
        if distinct.count == 1 and everything and not rule.all:
            yield "always fires: one event of any kind is enough"
    shares = [one.rate for one in rule.asked if one.rate is not None and one.rate.of == "errors"]
    for rate in shares:
        if rate.above >= 1 and not rule.any:
            yield "can never fire: no share of all errors is above 100%"
        elif everything and not rule.all:
            yield "always fires: without `match` and `when` it is about all errors, which are 100% of themselves"
    if rule.mute == float("inf"):
        yield "is muted for good: nobody is ever told"


def _of_alerts(alerts: Sequence[AlertRule], minimum: Severity) -> Iterator[tuple[Path, str]]:
    for index, rule in enumerate(alerts):
        yield from _severity(("alerts", index), rule.match.severity, minimum)
        for earlier in alerts[:index]:
            soon = earlier.after_release in (None, rule.after_release)
            if set(rule.on) <= set(earlier.on) and soon and _takes_all_of(earlier, rule):
                yield ("alerts", index), f"never gives an incident its name: `{earlier.name}` takes all of them before"
                break


def _takes_all_of(earlier: AlertRule, later: AlertRule) -> bool:
    """Whether the earlier rule asks for nothing that the later one does not ask for in the same words."""
    return all(later.match.patterns().get(field) == asked for field, asked in earlier.match.patterns().items())
