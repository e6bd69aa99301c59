"""All filters of the rule file, compiled so that an event that none can fit costs next to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from models.reasons import DropReason
from models.severity import Severity
from rules.filtering.compiling import Rule, gates_of, rules_of
from rules.filtering.sampling import is_kept, key_of

if TYPE_CHECKING:
    from rules.rulefile.filtering import FilterRules

__all__ = ["Decision", "Filters"]

Draft = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with an event."""

    rule: str  # the filter's name
    action: Literal["drop", "sample", "lower"]
    reason: DropReason | None = None  # why it is dropped; None: it is kept, with `severity`
    severity: Severity | None = None


class Filters:
    """The filters in force."""

    def __init__(self, rules: "FilterRules") -> None:
        """Args: rules: the section `filters` of the rule file."""
        self._rules = list(rules_of(rules))
        self._all = (1 << len(self._rules)) - 1
        self._gates = gates_of(self._rules)
        self._drops = [_drop(rule) for rule in self._rules]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._rules)

    def decide(self, draft: Draft, place: str = "") -> Decision | None:
        """What the filters say of an event; None: nothing. In their order, and the first that drops it decides.

        Args:
            draft: the event, before masking.
            place: what is the same in every attempt to read the event's record: samples go by it where the event has
                neither a trace nor an id.
        """
        mask = self._all
        for gate in self._gates:
            mask &= gate.mask(draft)
            if not mask:
                return None
        return self._asked(mask, draft, place) if mask else None

    def _asked(self, mask: int, draft: Draft, place: str) -> Decision | None:
        lowered: Decision | None = None
        while mask:
            lowest = mask & -mask
            mask ^= lowest
            index = lowest.bit_length() - 1
            rule = self._rules[index]
            if not rule.test(draft):
                continue
            if rule.level is not None:
                lowered = _lower(rule, draft, lowered)
            elif rule.rate == 0 or not is_kept(key_of(draft, place), rule.rate):
                return self._drops[index]
        return lowered

    def failures(self) -> dict[str, int]:
        """Filter -> how often its condition could not be answered."""
        return {
            rule.name: rule.condition.failures for rule in self._rules if rule.condition and rule.condition.failures
        }


def _drop(rule: Rule) -> Decision:
    return Decision(rule.name, "sample" if rule.reason is DropReason.SAMPLED else "drop", rule.reason)


def _lower(rule: Rule, draft: Draft, before: Decision | None) -> Decision | None:
    """The lowest of the levels that rules give; none raises an event's own."""
    assert rule.level is not None  # the caller has looked
    now = before.severity if before and before.severity else Severity(draft.get("severity") or Severity.ERROR)
    return Decision(rule.name, "lower", severity=rule.level) if rule.level.rank < now.rank else before
