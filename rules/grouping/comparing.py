"""Which groups would split or join if stored events were grouped anew. Nothing is changed by it."""

from dataclasses import dataclass, field
from typing import Any

from rules.grouping.grouper import Grouper
from rules.grouping.grouping import Grouping, group_id
from rules.grouping.templates import Templates

__all__ = ["Comparer", "Comparison", "Join", "NewGroup", "OldGroup", "Split"]

Draft = dict[str, Any]

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class OldGroup:
    """A group as it is stored."""

    id: str
    title: str
    service: str
    environment: str
    events: int  # all that it ever had


@dataclass(slots=True)
class NewGroup:
    """A group that would be made, with what was seen of it."""

    title: str
    culprit: str | None
    variant: str
    rule: str | None
    components: tuple[str, ...]
    sampled: dict[str, int] = field(default_factory=dict)  # old group -> events of it that were looked at
    examples: dict[str, list[str]] = field(default_factory=dict)  # old group -> ids of some of them


@dataclass(frozen=True, slots=True)
class Split:
    """A group whose events would be of several."""

    group: OldGroup
    into: list[NewGroup]


@dataclass(frozen=True, slots=True)
class Join:
    """Groups whose events would be of one."""

    groups: list[OldGroup]
    into: NewGroup


@dataclass(slots=True)
class Comparison:
    """What grouping anew would change."""

    groups: int = 0  # that were looked at
    events: int = 0
    splits: list[Split] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """Groups that would neither split nor join."""
        touched = {split.group.id for split in self.splits} | {old.id for join in self.joins for old in join.groups}
        return self.groups - len(touched)


class Comparer:
    """Groups stored events anew: each joins the group that owns any of its own hashes, or has a message like its own.

    Args:
        grouper: with the rules to try.
        similarity: of messages, as the rules have it.
    """

    def __init__(self, grouper: Grouper, similarity: float) -> None:
        self._grouper = grouper
        self._templates = Templates(similarity)
        self._owner: dict[str, NewGroup] = {}
        self._patterns: dict[tuple[str, str, str], list[tuple[str, NewGroup]]] = {}
        self._olds: dict[str, OldGroup] = {}
        self._news: list[NewGroup] = []
        self._events = 0

    def add(self, old: OldGroup, draft: Draft, event_id: str) -> None:
        """One event with the group that it is in."""
        found = self._grouper.group(draft)
        hashes = [group_id(old.service, old.environment, one) for one in found.hashes[: found.owned]]
        new = next((self._owner[one] for one in hashes if one in self._owner), None) or self._like(old, found)
        if new is None:
            new = NewGroup(found.title, found.culprit, found.variant, found.rule, found.components)
            self._news.append(new)
            self._remember(old, found, new)
        for one in hashes:
            self._owner.setdefault(one, new)
        self._olds[old.id] = old
        self._events += 1
        new.sampled[old.id] = new.sampled.get(old.id, 0) + 1
        examples = new.examples.setdefault(old.id, [])
        if len(examples) < _EXAMPLES:
            examples.append(event_id)

    def result(self) -> Comparison:
        """What would change of all groups of which an event was added, the largest first."""
        result = Comparison(len(self._olds), self._events)
        into: dict[str, list[NewGroup]] = {}
        for new in self._news:
            for one in new.sampled:
                into.setdefault(one, []).append(new)
            if len(new.sampled) > 1:
                result.joins.append(Join([self._olds[one] for one in new.sampled], new))
        result.splits += [Split(self._olds[one], news) for one, news in into.items() if len(news) > 1]
        result.splits.sort(key=lambda split: -split.group.events)
        result.joins.sort(key=lambda join: -sum(old.events for old in join.groups))
        return result

    def _like(self, old: OldGroup, found: Grouping) -> NewGroup | None:
        key = self._key(old, found)
        if key is None or found.message is None:
            return None
        known = self._patterns.setdefault(key, [])
        best = self._templates.best(found.message, [text for text, _ in known])
        if best is None:
            return None
        text, new = known[best]
        known[best] = self._templates.join(text, found.message), new
        return new

    def _remember(self, old: OldGroup, found: Grouping, new: NewGroup) -> None:
        key = self._key(old, found)
        if key is not None and found.message is not None:
            self._patterns.setdefault(key, []).append((found.message, new))

    def _key(self, old: OldGroup, found: Grouping) -> tuple[str, str, str] | None:
        bucket = self._templates.bucket(found.message) if found.message else None
        return None if bucket is None else (old.service, old.environment, bucket)
