"""The workflow of groups and incidents: what may be done to one, and what brings back one that was put away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.triage import Action, ActionKind, Ignored, Resolved, Status
from rules.release_order import ReleaseOrder

__all__ = ["RefusedError", "Seen", "act", "came_back"]

_LIVE: Final[frozenset[Status]] = frozenset({"new", "acknowledged", "in_progress"})
_STEPS: Final[Mapping[ActionKind, tuple[frozenset[Status], Status]]] = {
    "acknowledge": (frozenset({"new"}), "acknowledged"),
    "unacknowledge": (frozenset({"acknowledged", "in_progress"}), "new"),
    "start": (frozenset({"new", "acknowledged"}), "in_progress"),
    "resolve": (_LIVE | {"ignored"}, "resolved"),
    "ignore": (_LIVE, "ignored"),
    "reopen": (frozenset({"resolved", "ignored"}), "new"),
}
_STANDS: Final[Mapping[Status, str]] = {
    "new": "new",
    "acknowledged": "acknowledged",
    "in_progress": "in progress",
    "resolved": "resolved",
    "ignored": "ignored",
}


class RefusedError(ValueError):
    """The action makes no sense for what is there. The message says why, for a person."""


def act(status: Status, action: Action) -> Status:
    """Where it stands after the action. Raises RefusedError."""
    step = _STEPS.get(action.kind)
    if step is None:  # assign, comment
        return status
    sources, after = step
    if status not in sources:
        raise RefusedError(f"it is {_STANDS[status]}{' already' if status == after else ''}")
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came to a group that was put away: in one batch, and in all."""

    releases: Mapping[str | None, float]  # release -> its latest event, epoch seconds
    events: int  # of the group, ever, these included
    users: int
    last_hour: int = 0  # events; only asked for where `Ignored.per_hour` is set

    @property
    def last_at(self) -> float:
        """The latest event."""
        return max(self.releases.values())


def came_back(put_away: Ignored | Resolved, seen: Seen, order: ReleaseOrder) -> str | None:
    """Why a group is new again; None where it stays as it is."""
    if isinstance(put_away, Resolved):
        return _regressed(put_away, seen, order)
    if put_away.until is not None and seen.last_at >= put_away.until:
        return "back: it was ignored until then"
    if put_away.events is not None and (more := seen.events - put_away.had_events) >= put_away.events:
        return f"back: {more} more since it was ignored"
    if put_away.users is not None and (more := seen.users - put_away.had_users) >= put_away.users:
        return f"back: {more} more users since it was ignored"
    if put_away.per_hour is not None and seen.last_hour > put_away.per_hour:
        return f"escalating: {seen.last_hour} in 1 h, more than {put_away.per_hour} when it was ignored"
    return None


def _regressed(resolved: Resolved, seen: Seen, order: ReleaseOrder) -> str | None:
    """Only what happened after the fix counts, in a release that holds it, as far as releases are known."""
    for release, at in seen.releases.items():
        if at <= resolved.at or not _holds_fix(resolved, release, order):
            continue
        return f"back after it was resolved, in {release}" if release else "back after it was resolved"
    return None


def _holds_fix(resolved: Resolved, release: str | None, order: ReleaseOrder) -> bool:
    if resolved.release is None and resolved.after is None:
        # Fixed by commit, and no release with it is known yet: whatever runs cannot hold the fix.
        return resolved.commit is None
    if release is None:
        return False  # it cannot be told, and false regressions are the worse mistake
    if resolved.release is not None:
        return release == resolved.release or order.newer(release, resolved.release) is True
    assert resolved.after is not None  # one of the two
    return release != resolved.after and order.newer(release, resolved.after) is not False
