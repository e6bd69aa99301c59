"""What was decided about bundles, written: deliveries, what is held back, and when to look again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from procrastinate import App
from psycopg import AsyncConnection

from models.notifying import HeldBack, Mute
from rules.bundling import Flush, Held, Message
from sinks.jobs import defer_deliveries, defer_flushes
from sinks.postgres import bundles as rows
from sinks.postgres.bundle_rows import BundleRow, HeldRow, MemberRow
from sinks.postgres.incidents import Delivery, add_deliveries, add_reminders
from triage.summing_up import HeldNow, plan

__all__ = ["Looked", "Told", "message_ids", "tell"]

Connection = AsyncConnection[Any]


@dataclass(slots=True)
class Told:
    """What came of it, for metrics and for what starts with a first message."""

    messages: int = 0
    held: dict[str, int] = field(default_factory=dict)  # why -> how many, noted for the first time
    first: list[tuple[str, str]] = field(default_factory=list)  # bundle and incident, told of for the first time


@dataclass(frozen=True, slots=True)
class Looked:
    """A bundle, what is in it by incident, and what was decided."""

    bundle: BundleRow
    members: Mapping[str, MemberRow]
    out: Flush
    mutes: Mapping[str, Mute | None] = field(default_factory=dict)  # by incident: what holds it back
    last: Mapping[str, int] = field(default_factory=dict)  # by incident: the number of the last thing to decide on
    message: str | None = None  # in which people know of live incidents of the bundle

    def is_pending(self, incident: str) -> bool:
        """Whether there is more to decide on."""
        return self.last.get(incident, 0) > self.out.seen.get(incident, self.members[incident].seen)


async def tell(connection: Connection, looked: Sequence[Looked], jobs: App, now: datetime) -> Told:
    """Write it, in the transaction that locked the bundles. Raises psycopg.Error."""
    told = Told()
    deliveries: list[Delivery] = []
    heard: list[tuple[str, str, str]] = []
    for one in looked:
        messages = await _messages(connection, one.out, now)
        ids = message_ids(one)
        deliveries += [
            Delivery(
                transition_id=message.transition_id,
                incident_id=message.incident_id,
                channel=channel,
                message_id=ids[message.incident_id],
                grouped=one.bundle.grouped,
            )
            for message in messages
            for channel in one.members[message.incident_id].channels
        ]
        heard += [(one.bundle.id, incident, ids[incident]) for incident in one.out.heard]
        told.first += [(one.bundle.id, incident) for incident in one.out.first]
        told.messages += len(messages)
    told.held, held = await _hold_back(connection, looked, now)
    await _mark(connection, looked, heard, now)
    await defer_deliveries(jobs, connection, await add_deliveries(connection, deliveries))
    await defer_flushes(jobs, connection, {one.bundle.id: at for one in looked if (at := _to_defer(one, now))})
    await plan(connection, held, jobs, now)  # last: it keeps others from the summaries
    return told


async def _messages(connection: Connection, out: Flush, now: datetime) -> list[Message]:
    reminders = await add_reminders(connection, out.reminders, now) if out.reminders else {}
    return [*out.messages, *(Message(one, step, "remind") for one, step in reminders.items())]


def message_ids(one: Looked) -> dict[str, str]:
    """Which message each incident that is heard of is told of in: those of a bundle share one while any is live."""
    if not one.bundle.grouped:
        return dict.fromkeys(one.out.heard, one.bundle.id)
    known = {row.incident_id: row.message_id for row in one.members.values() if row.message_id}
    shared = next(
        (known[row.incident_id] for row in one.members.values() if row.incident_id in known and _is_live(row)),
        one.message,
    )
    first = next((message.transition_id for message in one.out.messages if message.incident_id in one.out.first), "")
    new = shared or str(uuid5(NAMESPACE_OID, f"{one.bundle.id} {first}"))
    return {incident: known.get(incident) or new for incident in one.out.heard}


def _is_live(row: MemberRow) -> bool:
    return row.status not in ("resolved", "ignored")


async def _hold_back(
    connection: Connection, looked: Sequence[Looked], now: datetime
) -> tuple[dict[str, int], list[HeldNow]]:
    """Note it; returns how many were not noted before, by why, and what they are."""
    held = {
        (one.bundle.id, held.step.transition_id, held.mute.why, held.mute.by): (one, held)
        for one in looked
        for held in one.out.held
    }
    noted = await rows.hold_back(connection, [_held(one.bundle, held) for one, held in held.values()], now)
    fresh = []
    for row in noted:
        one, found = held[row.bundle_id, row.transition_id, HeldBack(row.why), row.by]
        channels, flood = one.members[row.incident_id].channels, one.bundle.most_per
        fresh.append(HeldNow(incident_id=row.incident_id, mute=found.mute, channels=channels, flood=flood))
    return Counter(row.why for row in noted), fresh


def _held(bundle: BundleRow, held: Held) -> HeldRow:
    return HeldRow(
        bundle_id=bundle.id,
        incident_id=held.incident_id,
        transition_id=held.step.transition_id,
        kind=held.step.kind,
        why=held.mute.why,
        by=held.mute.by,
        source_id=held.mute.source,
    )


async def _mark(
    connection: Connection, looked: Sequence[Looked], heard: Iterable[tuple[str, str, str]], now: datetime
) -> None:
    seen = {
        (one.bundle.id, incident): (
            one.out.seen.get(incident, one.members[incident].seen),
            one.out.said.get(incident, 0),
        )
        for one in looked
        for incident in {**one.out.seen, **one.out.said}
    }
    await rows.mark(
        connection,
        bundles=[(now if one.out.turn else None, _next_look(one, now), one.bundle.id) for one in looked],
        told=heard,
        seen=seen,
        pending={
            (one.bundle.id, incident): pending
            for one in looked
            for incident, row in one.members.items()
            if (pending := one.is_pending(incident)) is not row.pending
            or incident in one.out.heard
            or (one.bundle.id, incident) in seen
        },
        now=now,
    )


def _to_defer(one: Looked, now: datetime) -> datetime | None:
    """For when the bundle needs a job: one that waits for an earlier time will do, and sees to the later one."""
    again, waiting = _when(one.out.again_at), one.bundle.flush_at
    return again if again is not None and (waiting is None or waiting <= now or again < waiting) else None


def _next_look(one: Looked, now: datetime) -> datetime | None:
    waiting = one.bundle.flush_at if one.bundle.flush_at is not None and one.bundle.flush_at > now else None
    return _to_defer(one, now) or waiting


def _when(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
