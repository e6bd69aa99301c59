"""Rows of bundles of incidents, and of what they told and held back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

__all__ = ["BundleRow", "HeldRow", "Join", "MemberRow", "StepRow", "TogetherRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """A row of `bundles`."""

    id: str
    route: str
    labels: Mapping[str, str]
    grouped: bool
    channels: Sequence[str]
    policy: str | None
    wait: int
    critical_wait: int
    pause: int
    repeat: int | None
    mute_times: Sequence[str]
    only_times: Sequence[str]
    most: int
    most_per: int
    flushed_at: datetime | None = None
    flush_at: datetime | None = None
    escalated: bool = False  # people are, or were, asked about one of its incidents
    explained: bool = False  # one of the incidents that the caller names holds something back in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """An incident that comes into a bundle."""

    bundle: BundleRow
    incident_id: str
    channels: Sequence[str]  # those of the bundle that are told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """An incident in a bundle, as it is now."""

    bundle_id: str
    incident_id: str
    channels: Sequence[str]
    message_id: str | None
    joined_at: datetime
    seen: int
    said: int
    first_told: datetime | None
    last_told: datetime | None
    status: str
    severity: str
    facts: Mapping[str, str | None]
    flaps: int
    acknowledged_at: datetime | None = None
    pending: bool = True  # there may be something to decide on


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherRow:
    """What people know of the live incidents of a bundle."""

    bundle_id: str
    message_id: str | None  # that they are told of in
    told_at: datetime | None  # when they last heard of the one of which it is time to remind them next


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A transition that a bundle has not decided on yet."""

    bundle_id: str
    incident_id: str
    number: int
    transition_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A row of `held_back`."""

    bundle_id: str
    incident_id: str
    transition_id: str
    kind: str
    why: str
    by: str
    source_id: str | None
