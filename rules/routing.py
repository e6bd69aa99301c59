"""Which channels an alert goes to."""

from collections.abc import Mapping

from models.wire import Alert
from rules.matching import FACT_FIELDS, compile_match
from rules.rulefile import RuleFile

__all__ = ["facts_of", "route"]


def facts_of(alert: Alert) -> dict[str, str | None]:
    """What routes may match of an alert. A threshold over many groups has those of the last one that it counted."""
    group = alert.group
    facts = {
        "service": group.service,
        "environment": group.environment,
        "type": group.error_type,
        "release": group.release,
        "title": group.title,
    }
    counted_apart = {field: value for field, value in alert.by.items() if field in facts}
    return {**facts, **counted_apart, "severity": alert.severity, "rule": alert.rule}


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
