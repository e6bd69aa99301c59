"""What people make of a group or an incident: where it stands, and what would bring it back."""

from typing import Literal

import msgspec

__all__ = ["ACTIONS", "Action", "ActionKind", "Ignored", "Resolved", "Status"]

Status = Literal["new", "acknowledged", "in_progress", "resolved", "ignored"]
ActionKind = Literal["acknowledge", "unacknowledge", "start", "resolve", "ignore", "reopen", "assign", "comment"]
ACTIONS: tuple[ActionKind, ...] = (
    "acknowledge", "unacknowledge", "start", "resolve", "ignore", "reopen", "assign", "comment",
)  # fmt: skip


class Ignored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Until when a group is ignored: whichever comes first; with nothing set, for ever. Times in epoch seconds."""

    at: float  # since when
    until: float | None = None
    events: int | None = None  # so many more events than `had_events`
    users: int | None = None  # so many more users than `had_users`
    per_hour: int | None = None  # more events than this in an hour: it escalates
    had_events: int = 0
    had_users: int = 0


class Resolved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In what a group is fixed. An event of an older release does not bring it back. Times in epoch seconds."""

    at: float
    release: str | None = None  # the first one that holds the fix
    after: str | None = None  # the newest one without it: fixed in the next
    commit: str | None = None  # the fix; `release` is known once a release with it is


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wants done."""

    kind: ActionKind
    comment: str | None = None
    assignee: str | None = None  # of assign; None: nobody's any more
    ignored: Ignored | None = None  # of ignore
    resolved: Resolved | None = None  # of resolve
