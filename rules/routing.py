"""Which channels an alert goes to."""

from collections.abc import Mapping

from models.wire import Alert
from rules.matching import FACT_FIELDS, compile_match
from rules.rulefile import RuleFile

__all__ = ["facts_of", "route"]


def facts_of(alert: Alert) -> dict[str, str | None]:
    """What routes may match of an alert."""
    group = alert.group
    facts = {
        "service": group.service,
        "environment": group.environment,
        "severity": alert.severity,
        "type": group.error_type,
        "release": group.release,
        "title": group.title,
        "rule": alert.rule,
    }
    # A threshold over several services or types has no one of them: what it counted apart by is what holds for all.
    own = {"service", "environment", "type", "release", "title"} if alert.key.startswith("rule:") else set()
    return {field: alert.by.get(field) or facts[field] if field in own else facts[field] for field in facts}


def route(facts: Mapping[str, str | None], rules: RuleFile) -> list[str]:
    """The channels for an alert, each once, in the order of the file.

    The first route that matches takes the alert; one that says `continue` lets those below it have it as well. The
    default route stands below them all.
    """
    found: dict[str, None] = {}
    for entry in rules.routes:
        if compile_match(entry.match.patterns(), FACT_FIELDS)(facts):
            found.update(dict.fromkeys(entry.to))
            if not entry.go_on:
                return list(found)
    found.update(dict.fromkeys(rules.default_route))
    return list(found)
