"""What alert rules want to know of a batch's groups that only the store can say, and what it said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rules.rulefile import RuleFile

__all__ = ["Noticed", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What any rule asks for: what none does is not looked up."""

    new_type: bool = False
    in_release: bool = False
    after_release: int = 0  # seconds that a release may lie back; 0: nobody asks

    @classmethod
    def of(cls, rules: RuleFile) -> "Wanted":
        """What a rule file asks for."""
        kinds = {kind for rule in rules.alerts for kind in rule.on}
        return cls(
            new_type="new_type" in kinds,
            in_release="new_in_release" in kinds,
            after_release=max((rule.after_release or 0 for rule in rules.alerts), default=0),
        )


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the store said; group ids are those of the groups as they are shown."""

    first_of_type: Collection[str] = ()  # the first of their type in their environment
    in_release: Mapping[str, Sequence[str]] = field(default_factory=dict)  # releases that a group is new in
    released: Mapping[str, tuple[str, float]] = field(default_factory=dict)  # the release before, and how many s before
