"""Records between agents: small, typed, versioned (`v`), as JSON that a person can read off the topic.

Times are seconds since the epoch, UTC. Unknown fields are ignored, so that a newer worker may add some; a change that
an older one would misread takes a new `v`, and a record of a newer `v` is refused.
"""

from typing import Literal

import msgspec

from models.severity import Severity

__all__ = [
    "BUCKET_SECONDS",
    "LATE",
    "WIRE_VERSION",
    "Activity",
    "Alert",
    "AlertKind",
    "Combined",
    "GroupRef",
    "Part",
    "RateDelta",
    "Recent",
    "Run",
    "Signal",
    "SignalKind",
    "Source",
    "Tick",
]

WIRE_VERSION = 1
BUCKET_SECONDS = 10  # the grain of every window, seconds
LATE = 0  # the bucket of events that are too late to fire anything; they are counted all the same

Run = tuple[int, int, int]  # first offset, number of consecutive offsets, events in each


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    v: int = WIRE_VERSION


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The partition that the counted records lay in. `generation` grows when its topic was deleted and made anew."""

    topic: str
    partition: int
    generation: int = 0

    @property
    def key(self) -> str:
        """What a watermark is kept by."""
        return f"{self.topic}/{self.partition}"


class Part(msgspec.Struct, frozen=True, array_like=True):
    """The offsets counted in one bucket of event time: `bucket` is its start in epoch seconds, or LATE."""

    bucket: int
    runs: list[Run]


class GroupRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an alert needs to say about a group."""

    group_id: str
    fingerprint: str
    service: str
    environment: str
    title: str
    error_type: str | None = None
    culprit: str | None = None
    release: str | None = None
    team: str | None = None  # that owns the service
    owner: str | None = None  # of the code
    tier: str | None = None  # of the service


class Combined(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """All of one group's occurrences in one batch (topic `groups`, key: group id)."""

    group: GroupRef
    severity: Severity  # the worst in the batch
    source: Source
    parts: list[Part]
    first_at: float
    last_at: float
    total: int  # the group's occurrences in the store, this batch included
    users_total: int = 0  # its distinct users in the store, this batch included
    new: bool = False  # this batch made the group
    new_type: bool = False  # and it is the first of its type in its environment
    new_in: list[str] = []  # releases that it was not seen in before, at most 20
    released: tuple[str, float] | None = None  # its service's release before its first event, and how many s before
    back: str | None = None  # why it is new again: it was resolved, or ignored
    hosts: list[str] = []  # distinct, at most 50
    users: list[str] = []  # distinct user keys (hashes), at most 50
    regions: list[str] = []  # distinct, at most 50
    paid_users: list[str] = []  # keys of distinct users who pay, at most 50
    event_id: str | None = None  # a sample
    trace_id: str | None = None


class RateDelta(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """What one batch adds to one threshold's window (topic `rates`, key: rule and group-by values)."""

    rule: str
    by: dict[str, str]  # group-by field -> value
    source: Source
    parts: list[Part]
    last_at: float
    group: GroupRef  # of the last event counted: a sample to show
    groups: list[str] = []  # group ids counted, distinct, at most 20
    base: list[Part] = []  # what they are a share of: all errors, or requests told of
    seen: dict[str, list[tuple[int, list[int] | str]]] = {}  # what is told apart -> (pane, see rules.limits.spread)


class Tick(_Record, frozen=True, kw_only=True, tag="tick"):
    """Time passing, told to one partition of a keyed topic by the worker that owns it."""

    at: float


class Recent(msgspec.Struct, frozen=True):
    """Events by columns of time, the last one ending now."""

    counts: list[int]
    seconds: int  # of a column


class Activity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a key is doing: what the escalation ladder looks at."""

    count_1m: int = 0
    count_5m: int = 0
    count_1h: int = 0
    hosts_1h: int = 0
    users_1h: int = 0
    total: int = 0
    users_total: int = 0
    regions_1h: int = 0
    paid_users_1h: int = 0
    recent: Recent | None = None  # of a threshold: how its events came within its window


SignalKind = Literal[
    "new_type",
    "new",
    "new_in_release",
    "regressed",
    "storm",
    "storm_over",
    "milestone",
    "activity",
    "over",
    "under",
]


class Signal(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """What dedupe and rates noticed (topic `signals`, key: alert key). `id` is the same however often it is made."""

    id: str
    kind: SignalKind
    key: str  # alert key: `group:<group id>` or `rule:<rule>:<group-by values>`
    at: float
    severity: Severity
    group: GroupRef
    activity: Activity = Activity()
    rule: str | None = None  # the threshold's name, for over and under
    by: dict[str, str] = {}
    value: float = 0.0  # for over and under: the window's count; for milestone: which one
    why: str | None = None  # for new_in_release, regressed and over, in words
    released: tuple[str, float] | None = None  # the release before what is new, and how many s before
    again: bool = False  # for over: people are told once more
    event_id: str | None = None
    trace_id: str | None = None


AlertKind = Literal["open", "update", "escalate", "deescalate", "resolve"]


class Alert(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """A decision for people (topic `alerts`, key: alert key). `id` is deterministic: shown once."""

    id: str
    kind: AlertKind
    key: str
    at: float
    severity: Severity
    reasons: list[str]
    group: GroupRef
    activity: Activity = Activity()
    rule: str | None = None  # the alert rule or threshold that decided
    by: dict[str, str] = {}
    again: bool = False  # of an update: worth a new message, since it goes on
    event_id: str | None = None
    trace_id: str | None = None
