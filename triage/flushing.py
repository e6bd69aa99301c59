"""Bundles looked at: what their channels are told now, what is held back, and when to look again. One transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from procrastinate import App
from psycopg import AsyncConnection

from models.notifying import HeldBack, Mute
from rules.bundling import Bundle, Flush, Member, Message, Step, flush
from rules.quiet import Quiet
from sinks.jobs import defer_deliveries, defer_flushes
from sinks.postgres import bundles as rows
from sinks.postgres.incidents import Delivery, add_deliveries, add_reminders
from triage.inhibiting import Sources

__all__ = ["FLAPPING", "STAYS_FOR", "Told", "flush_bundles"]

Connection = AsyncConnection[Any]

FLAPPING = 4  # incidents of one alert key within an hour, after which it comes and goes
STAYS_FOR = 600.0  # seconds for which such a one must be live before it is told of


@dataclass(slots=True)
class Told:
    """What came of it, for metrics and for what starts with a first message."""

    messages: int = 0
    held: dict[str, int] = field(default_factory=dict)  # why -> how many, noted for the first time
    first: list[tuple[str, str]] = field(
        default_factory=list
    )  # bundle and incident that were told of for the first time


async def flush_bundles(connection: Connection, ids: Collection[str], quiet: Quiet, jobs: App, at: float) -> Told:
    """Look at bundles.

    Args:
        connection: in a transaction: what is decided moves with whatever else it holds.
        ids: bundles; those that do not exist are passed over.
        quiet: what is held back.
        jobs: for deferring; it need not be open.
        at: now, epoch seconds.

    Raises psycopg.Error.
    """
    if not ids:
        return Told()
    now = datetime.fromtimestamp(at, UTC)
    locked = await rows.lock_bundles(connection, ids)
    members = await rows.members(connection, [bundle.id for bundle in locked])
    steps = _by_member(await rows.steps(connection, [bundle.id for bundle in locked]))
    room = await _room(connection, locked, now)
    sources = await Sources.read(connection, quiet, [member.facts for member in members])
    looked = []
    for bundle in locked:
        mine = [member for member in members if member.bundle_id == bundle.id]
        out = flush(
            _bundle(bundle, room), [_member(one, steps, _mute(bundle, one, quiet, sources, at)) for one in mine], at
        )
        fresh = {one.incident_id for one in mine if one.first_told is None}
        room[bundle.route] -= sum(message.incident_id in fresh for message in out.messages)
        looked.append((bundle, out, fresh))
    return await _write(connection, looked, jobs, now)


def _by_member(found: Iterable[rows.StepRow]) -> dict[tuple[str, str], list[Step]]:
    steps: dict[tuple[str, str], list[Step]] = {}
    for row in found:
        steps.setdefault((row.bundle_id, row.incident_id), []).append(Step(row.number, row.transition_id, row.kind))
    return steps


async def _room(connection: Connection, locked: Sequence[rows.BundleRow], now: datetime) -> dict[str, int]:
    """How many new incidents each route may tell of."""
    told = await rows.told_lately(connection, {bundle.route: bundle.most_per for bundle in locked}, now)
    return {bundle.route: bundle.most - told.get(bundle.route, 0) for bundle in locked}


def _bundle(bundle: rows.BundleRow, room: Mapping[str, int]) -> Bundle:
    return Bundle(
        interval=bundle.pause,
        repeat=bundle.repeat,
        flushed_at=bundle.flushed_at.timestamp() if bundle.flushed_at else 0.0,
        room=max(room[bundle.route], 0),
    )


def _member(row: rows.MemberRow, steps: Mapping[tuple[str, str], list[Step]], mute: Mute | None) -> Member:
    return Member(
        id=row.incident_id,
        status=row.status,
        opened_at=row.opened_at.timestamp(),
        steps=steps.get((row.bundle_id, row.incident_id), []),
        told=row.first_told is not None,
        told_at=row.last_told.timestamp() if row.last_told else 0.0,
        seen=row.seen,
        mute=mute,
        wait=row.wait,
    )


def _mute(bundle: rows.BundleRow, row: rows.MemberRow, quiet: Quiet, sources: Sources, at: float) -> Mute | None:
    if row.status == "ignored":
        return Mute(why=HeldBack.IGNORED, by="its group")
    found = quiet.mute(row.facts, at, row.incident_id, lambda: sources.of(row.facts))
    found = found or quiet.mute_route(bundle.mute, bundle.only, at)
    if found is None and row.flaps >= FLAPPING and at < (stays := row.opened_at.timestamp() + STAYS_FOR):
        return Mute(why=HeldBack.FLAPPING, by=f"{row.flaps + 1} times in 1 h", until=stays)
    return found


async def _write(
    connection: Connection, looked: Sequence[tuple[rows.BundleRow, Flush, set[str]]], jobs: App, now: datetime
) -> Told:
    told = Told()
    deliveries: list[Delivery] = []
    held: list[rows.HeldRow] = []
    heard: list[tuple[str, str]] = []
    for bundle, out, fresh in looked:
        reminders = await add_reminders(connection, out.reminders, now) if out.reminders else {}
        messages = [*out.messages, *(Message(one, step, "remind") for one, step in reminders.items())]
        deliveries += [_delivery(bundle, message, channel) for message in messages for channel in bundle.channels]
        heard += [(bundle.id, message.incident_id) for message in messages]
        told.first += [(bundle.id, one) for one in dict.fromkeys(m.incident_id for m in out.messages) if one in fresh]
        told.messages += len(messages)
        held += [_held(bundle, one.incident_id, one.step, one.mute) for one in out.held]
    for row in await rows.hold_back(connection, held, now):
        told.held[row.why] = told.held.get(row.why, 0) + 1
    await rows.mark(
        connection,
        bundles=[
            (bundle.id, now if out.messages or out.reminders else None, _when(out.again_at))
            for bundle, out, _ in looked
        ],
        told=heard,
        seen={(bundle.id, one): number for bundle, out, _ in looked for one, number in out.seen.items()},
        now=now,
    )
    await defer_deliveries(jobs, connection, await add_deliveries(connection, deliveries))
    await defer_flushes(jobs, connection, _to_defer(looked))
    return told


def _to_defer(looked: Sequence[tuple[rows.BundleRow, Flush, set[str]]]) -> dict[str, datetime]:
    """Which bundles need a job, and when: one that is deferred for an earlier time will do."""
    wanted = {}
    for bundle, out, _ in looked:
        again = _when(out.again_at)
        if again is not None and (bundle.flush_at is None or again < bundle.flush_at):
            wanted[bundle.id] = again
    return wanted


def _when(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _delivery(bundle: rows.BundleRow, message: Message, channel: str) -> Delivery:
    return Delivery(
        transition_id=message.transition_id, incident_id=message.incident_id, channel=channel, bundle_id=bundle.id
    )


def _held(bundle: rows.BundleRow, incident_id: str, step: Step, mute: Mute) -> rows.HeldRow:
    return rows.HeldRow(
        bundle_id=bundle.id,
        incident_id=incident_id,
        transition_id=step.transition_id,
        kind=step.kind,
        why=mute.why,
        by=mute.by,
    )
