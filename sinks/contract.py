"""The contract of a notification channel, and the only two ways in which it may fail."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from models.severity import Severity
from sinks.trend import Trend

__all__ = ["Also", "Channel", "Notice", "Receipt", "Rejected", "Retryable"]


class Retryable(Exception):  # noqa: N818 -- reads as what it says about the delivery
    """The vendor could not take it now. Try again, not before `after` seconds (None: the usual back-off).

    `maybe_accepted` is False where the vendor certainly did not take it: it said so, or was never reached.
    """

    def __init__(self, reason: str, after: float | None = None, *, maybe_accepted: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.maybe_accepted = maybe_accepted


class Rejected(Exception):  # noqa: N818 -- the same
    """The vendor will never take this. Do not try again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Another incident of the same message."""

    incident_id: str
    title: str
    service: str
    severity: Severity
    status: str
    total: int  # events


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One transition of one incident, with all that a message about it says.

    A `summary` is about no incident: `title` and `reasons` say what was held back.
    """

    delivery_id: int  # the same at every attempt
    transition_id: str
    incident_id: str
    target: str  # the channel's address: a Slack channel, a PagerDuty service
    kind: str  # open, update, escalate, deescalate, acknowledge, resolve
    status: str  # the incident's, now
    severity: Severity
    title: str
    service: str
    environment: str
    at: datetime
    opened_at: datetime
    reasons: list[str] = field(default_factory=list)
    activity: dict[str, Any] = field(default_factory=dict)  # models.wire.Activity as a mapping
    error_type: str | None = None
    culprit: str | None = None
    release: str | None = None
    rule: str | None = None
    group_id: str | None = None
    event_id: str | None = None
    trace_id: str | None = None
    links: dict[str, str] = field(default_factory=dict)  # label -> URL
    facts: dict[str, str | None] = field(default_factory=dict)  # what routes match: team, owner …
    trend: Trend | None = None  # how events came before it
    message: str = ""  # what it is told of in: an id, the same for all incidents that share a message
    grouped: bool = False  # others may share it
    also: list[Also] = field(default_factory=list)  # the others in it that are live, the worst first
    also_more: int = 0  # beside those in `also`
    assignee: str | None = None
    actor: str = "seawall"  # who did it
    ref: dict[str, Any] | None = None  # what the vendor called the incident's message so far
    in_doubt: bool = False  # an earlier attempt may have reached the vendor
    attempted_at: datetime | None = None  # when in doubt: the first attempt that may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The vendor accepted the notice."""

    reply: str  # short; stored
    ref: dict[str, Any] | None = None  # what the vendor calls the message: comes back in the next Notice
    shown: bool = True  # False: nothing was sent, the channel does not show such transitions


class Channel(Protocol):
    """A vendor. `send` raises only Retryable or Rejected; retry, deadline, rate limit and metrics are the caller's."""

    async def open(self) -> None:
        """Make connections. May be called once."""

    async def send(self, notice: Notice) -> Receipt:
        """Deliver one notice. May wait for the network, at most for the client's own time-out."""

    async def close(self) -> None:
        """Release connections."""
