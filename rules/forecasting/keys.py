"""Which groups of errors count for which threshold's forecast: of what counts by the minute know."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from models.wire import GroupRef
from rules.matching import Getter, compile_match
from rules.rulefile import RuleFile
from rules.telling import alert_key

__all__ = ["ForecastKeys", "ForecastRule"]

_FIELDS: Final[dict[str, Getter]] = {
    "service": attrgetter("service"),
    "environment": attrgetter("environment"),
    "type": attrgetter("error_type"),
    "title": attrgetter("title"),
    "group": attrgetter("group_id"),
}


@dataclass(frozen=True, slots=True)
class ForecastRule:
    """A threshold that wants a forecast."""

    name: str
    matches: Callable[[Any], bool]
    by: tuple[str, ...]

    def key(self, group: GroupRef) -> str:
        """What the threshold's window is known by that a group's events count in."""
        return alert_key(self.name, {field: _FIELDS[field](group) or "" for field in self.by})


class ForecastKeys:
    """The thresholds of a rule file that want a forecast."""

    def __init__(self, rules: RuleFile) -> None:
        self.rules = [
            ForecastRule(rule.name, compile_match(rule.match.patterns(), _FIELDS), rule.group_by)
            for rule in rules.thresholds
            if rule.plan is not None and rule.plan.forecasting
        ]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.rules)

    def of(self, group: GroupRef) -> Iterator[str]:
        """The keys that a group's events count for."""
        return (rule.key(group) for rule in self.rules if rule.matches(group))
