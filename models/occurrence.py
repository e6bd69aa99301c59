"""What the normalize agent makes of one record: occurrences, a deliberate drop, or a dead letter."""

from dataclasses import dataclass

from models.reasons import DeadReason, DropReason
from models.severity import Severity
from models.wire import GroupRef

__all__ = ["Dead", "Dropped", "Occurrence"]


@dataclass(slots=True, frozen=True, kw_only=True)
class Occurrence:
    """One stored error. Times are seconds since the epoch, UTC."""

    offset: int
    ordinal: int  # which of the record's events, from 0
    event_id: bytes  # 16 bytes: the producer's id, or one made from the record's place
    own_id: bool  # the producer gave the id, so that a repeated one is a retry
    occurred_at: float
    received_at: float
    bucket: int  # the start of its bucket of event time, or wire.LATE
    group: GroupRef
    severity: Severity
    message: str
    hostname: str | None = None
    release: str | None = None
    user_id: str | None = None
    user_key: bytes | None = None  # keyed hash of the user id, 16 bytes
    trace_id: str | None = None
    payload: bytes  # the masked event, as JSON
    # By which it may join another group than `group`: hashes of its service and environment, spelled as UUIDs, of which
    # the first is that of `group`; none: it stays in `group`. Its group comes to own the first `owned` of them; the
    # others only lead to groups that earlier rules made.
    hashes: tuple[str, ...] = ()
    owned: int | None = None  # all
    pattern: str | None = None  # its message without parameters, where it is grouped by that


@dataclass(slots=True, frozen=True, kw_only=True)
class Dropped:
    """A readable record, passed over on purpose."""

    offset: int
    reason: DropReason
    service: str = ""
    rule: str = ""  # the filter that dropped it
    ordinal: int = 0  # which of the record's events
    alone: bool = True  # it is the record's only event


@dataclass(slots=True, frozen=True, kw_only=True)
class Dead:
    """A record that could not be read. `detail` is for a person and holds nothing of the record."""

    offset: int
    reason: DeadReason
    detail: str
    size: int  # bytes
    received_at: float
