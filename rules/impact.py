"""Where a group's events come from, and whether they hit users who pay: read off events only where the ladder asks."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from models.occurrence import Occurrence
from rules.conditions import Condition
from rules.rulefile import RuleFile

__all__ = ["Impact", "Reached"]

MAX_LOOKED = 100  # events of one group that are read in one batch: others come in the next ones
MAX_NAMED = 50  # values named in one record

Field = Callable[[dict[str, Any]], str | None]


class Reached(NamedTuple):
    """Distinct regions, and distinct users who pay by their keys; at most 50 each."""

    regions: list[str]
    paid_users: list[str]


NOBODY = Reached([], [])


class Impact:
    """What a rule file's ladder asks of events, compiled."""

    def __init__(self, rules: RuleFile) -> None:
        steps, escalation = rules.escalation.ladder, rules.escalation
        by_region = any(step.regions is not None for step in steps)
        by_paid = any(step.paid_users is not None for step in steps)
        self._region = _field(escalation.region) if by_region else None
        self._pays = Condition(escalation.paid) if by_paid and escalation.paid is not None else None

    @property
    def asks_events(self) -> bool:
        """Whether anything is asked of events."""
        return self._region is not None or self._pays is not None

    def of(self, members: Sequence[Occurrence]) -> Reached:
        """What some events of one group say; never more than there is."""
        if not self.asks_events:
            return NOBODY
        regions: dict[str, None] = {}
        users: dict[str, bool] = {}
        looked = 0
        for one in members:
            key = one.user_key.hex() if one.user_key else None
            unknown = self._pays is not None and key is not None and key not in users
            if looked >= MAX_LOOKED or not (unknown or self._region is not None):
                continue
            looked += 1
            event = orjson.loads(one.payload)
            if self._region is not None and (region := self._region(event)):
                regions[region] = None
            if unknown and self._pays is not None and key is not None:
                users[key] = self._pays.holds(event)
        return Reached(list(regions)[:MAX_NAMED], [key for key, pays in users.items() if pays][:MAX_NAMED])


def _field(path: str) -> Field:
    names = path.split(".")

    def get(event: dict[str, Any]) -> str | None:
        value: Any = event
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) and value else None

    return get
