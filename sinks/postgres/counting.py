"""What a batch adds to groups and minutes: pure sums, in the order in which every worker locks rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.occurrence import Occurrence
from models.severity import Severity
from models.wire import GroupRef

__all__ = ["GroupSum", "MinuteKey", "Sums", "sum_up"]

MinuteKey = tuple[int, str, str]  # the minute's start in epoch seconds, group id, release ('' where unknown)


@dataclass(slots=True)
class GroupSum:
    """One group's share of a batch."""

    group: GroupRef
    severity: Severity  # the worst
    first_at: float
    last_at: float
    first_release: str | None
    last_release: str | None
    last_event_id: bytes
    occurrences: int = 0
    users: set[bytes] = field(default_factory=set)
    new_users: int = 0  # those the store had not seen; set once it has said
    releases: dict[str | None, float] = field(default_factory=dict)  # release -> its latest event

    def add(self, item: Occurrence) -> None:
        """Count one occurrence."""
        self.occurrences += 1
        at = item.occurred_at
        if at < self.first_at:
            self.first_at = at
            self.first_release = item.release
        elif at >= self.last_at:
            self.last_at = at
            self.last_event_id = item.event_id
            if item.release is not None:
                self.last_release = item.release
        if at > self.releases.get(item.release, 0.0):
            self.releases[item.release] = at
        if item.severity is not self.severity:
            self.severity = Severity.worst(self.severity, item.severity)
        if item.user_key is not None:
            self.users.add(item.user_key)


@dataclass(slots=True, frozen=True)
class Sums:
    """A batch's sums. `groups` is sorted by group id, `minutes` by its key."""

    groups: list[GroupSum]
    minutes: list[tuple[MinuteKey, int]]


def sum_up(occurrences: Sequence[Occurrence]) -> Sums:
    """Sum a batch up. Group ids are compared as text, which for canonical UUIDs is the order of PostgreSQL's uuid."""
    groups: dict[str, GroupSum] = {}
    minutes: Counter[MinuteKey] = Counter()
    for item in occurrences:
        group_id = item.group.group_id
        total = groups.get(group_id)
        if total is None:
            total = groups[group_id] = _start(item)
        total.add(item)
        minutes[int(item.occurred_at // 60) * 60, group_id, item.release or ""] += 1
    return Sums([groups[key] for key in sorted(groups)], sorted(minutes.items()))


def _start(item: Occurrence) -> GroupSum:
    at = item.occurred_at
    return GroupSum(item.group, item.severity, at, at, item.release, item.release, item.event_id)
