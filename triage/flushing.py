"""Bundles looked at, in one transaction with whatever changed: what is told now, and when to look again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from procrastinate import App
from psycopg import AsyncConnection

from models.notifying import HeldBack, Mute
from models.severity import Severity
from rules.bundling import Bundle, Member, Step, flush
from rules.oncall.people import People
from rules.quiet import Quiet, QuietRules, Sources
from sinks.postgres import bundle_members as rows
from sinks.postgres.bundle_rows import BundleRow, MemberRow, StepRow, TogetherRow
from sinks.postgres.bundles import lock_bundles
from sinks.postgres.route_messages import Most, note_messages, told_lately
from sinks.postgres.silences import ask_version
from sinks.postgres.tracing import Leader, ask_leaders
from triage.asking import ask
from triage.correlating import trace_mute
from triage.inhibiting import ask_sources
from triage.silencing import silences_in_force
from triage.telling import Looked, Told, tell

__all__ = ["FLAPPING", "STAYS_FOR", "flush_bundles"]

Connection = AsyncConnection[Any]
Steps = Mapping[tuple[str, str], list[Step]]

FLAPPING = 4  # earlier incidents of one alert key within an hour, after which it comes and goes
STAYS_FOR = 600.0  # seconds for which such a one must be live before it is told of


async def flush_bundles(
    connection: Connection,
    ids: Collection[str],
    rules: QuietRules,
    jobs: App,
    at: float,
    *,
    people: People,
    incidents: Collection[str] = (),
) -> Told:
    """Look at bundles.

    Args:
        connection: in a transaction: what is decided moves with whatever else it holds.
        ids: bundles; those that do not exist are passed over.
        rules: when not to tell.
        jobs: for deferring; it need not be open.
        at: now, epoch seconds.
        people: whom to ask about what nobody acknowledges.
        incidents: those that changed: the bundles that they are in, and of what they inhibit, are looked at as well.

    Raises psycopg.Error.
    """
    if not ids and not incidents:
        return Told()
    now = datetime.fromtimestamp(at, UTC)
    locked, quiet = await _lock(connection, ids, incidents, rules, at)
    members, steps, together = await _read(connection, locked, ids, incidents, now)
    room, around = await _look_around(connection, locked, members, quiet, at)
    sent: dict[str, int] = {}
    looked = []
    for bundle in locked:
        mine = members.get(bundle.id, [])
        mutes = {one.incident_id: _mute(bundle, one, around) for one in mine}
        known = together.get(bundle.id)
        out = flush(
            _bundle(bundle, room, known), [_member(bundle, one, steps, mutes[one.incident_id]) for one in mine], at
        )
        if first := min(len(out.first), 1) if bundle.grouped else len(out.first):
            room[bundle.route] -= first
            sent[bundle.route] = sent.get(bundle.route, 0) + first
        looked.append(
            Looked(
                bundle,
                {one.incident_id: one for one in mine},
                out,
                mutes,
                {one.incident_id: some[-1].number for one in mine if (some := steps.get((bundle.id, one.incident_id)))},
                known.message_id if known else None,
            )
        )
    asked = await ask(connection, looked, people, at)
    if sent:
        await note_messages(connection, sent, now)
    told = await tell(connection, looked, jobs, now)
    await asked.write(connection, jobs, now)
    return told


@dataclass(frozen=True, slots=True)
class _Around:
    """What may hold an incident back, at one moment."""

    quiet: Quiet
    sources: Sources
    leaders: Mapping[str, Leader]
    at: float


async def _lock(
    connection: Connection, ids: Collection[str], incidents: Collection[str], rules: QuietRules, at: float
) -> tuple[list[BundleRow], Quiet]:
    """The bundles, and what is held back. Silences are read after the wait for the locks: one may be new by then."""
    locking = await lock_bundles(connection, ids, incidents=incidents)
    asking = await ask_version(connection)
    locked = await locking.fetchall()
    version = await asking.fetchone()
    assert version is not None  # a row that is always there
    return locked, Quiet(rules, await silences_in_force(connection, version[0], at))


async def _read(
    connection: Connection,
    locked: Sequence[BundleRow],
    asked: Collection[str],
    incidents: Collection[str],
    now: datetime,
) -> tuple[dict[str, list[MemberRow]], dict[tuple[str, str], list[Step]], dict[str, TogetherRow]]:
    """What is in bundles that is to be decided on, what happened to it, and what else people know of."""
    ids = [bundle.id for bundle in locked]
    # In a storm thousands wait for their bundle's turn: what happens to one of them does not concern the others.
    waiting = [one.id for one in locked if one.id not in asked and not one.explained and _later(one, now)]
    members = await rows.members(connection, ids, incidents, now, waiting=waiting)
    steps = await rows.steps(connection, ids, incidents, waiting=waiting)
    together: list[TogetherRow] = []
    if grouped := [bundle.id for bundle in locked if bundle.grouped]:
        together = await (await rows.told_together(connection, grouped, now)).fetchall()
    return (
        _by_bundle(await members.fetchall()),
        _by_member(await steps.fetchall()),
        {row.bundle_id: row for row in together},
    )


def _later(bundle: BundleRow, now: datetime) -> bool:
    """Whether there is a time at which all of it will be looked at."""
    return bundle.flush_at is not None and bundle.flush_at > now


def _by_bundle(found: Iterable[MemberRow]) -> dict[str, list[MemberRow]]:
    members: dict[str, list[MemberRow]] = {}
    for row in found:
        members.setdefault(row.bundle_id, []).append(row)
    return members


def _by_member(found: Iterable[StepRow]) -> dict[tuple[str, str], list[Step]]:
    steps: dict[tuple[str, str], list[Step]] = {}
    for row in found:
        steps.setdefault((row.bundle_id, row.incident_id), []).append(Step(row.number, row.transition_id, row.kind))
    return steps


async def _look_around(
    connection: Connection,
    locked: Sequence[BundleRow],
    members: Mapping[str, Sequence[MemberRow]],
    quiet: Quiet,
    at: float,
) -> tuple[dict[str, int], _Around]:
    """How many new incidents each route may tell of, and what may hold incidents back. All is asked for at once."""
    everyone = [one for found in members.values() for one in found]
    untold = {one.incident_id for one in everyone if one.first_told is None}
    telling = {one.bundle_id for one in everyone if one.first_told is None}
    routes = {one.route: Most(one.route, one.most, one.most_per) for one in locked if one.id in telling}
    counting = await told_lately(connection, routes.values(), datetime.fromtimestamp(at, UTC)) if routes else None
    leading = await ask_leaders(connection, untold) if untold else None
    explaining = await ask_sources(connection, quiet, [one.facts for one in everyone])
    told = dict(await counting.fetchall()) if counting else {}
    leaders = {row.follower_id: row for row in await leading.fetchall()} if leading else {}
    sources = Sources(await explaining.fetchall() if explaining else [])
    room = {bundle.route: bundle.most - told.get(bundle.route, 0) for bundle in locked}
    return room, _Around(quiet, sources, leaders, at)


def _bundle(bundle: BundleRow, room: Mapping[str, int], known: TogetherRow | None) -> Bundle:
    return Bundle(
        grouped=bundle.grouped,
        interval=bundle.pause,
        repeat=bundle.repeat,
        flushed_at=bundle.flushed_at.timestamp() if bundle.flushed_at else 0.0,
        room=max(room[bundle.route], 0),
        told_at=known.told_at.timestamp() if known and known.told_at else None,
    )


def _member(bundle: BundleRow, row: MemberRow, steps: Steps, mute: Mute | None) -> Member:
    urgent = row.severity == Severity.CRITICAL
    return Member(
        id=row.incident_id,
        status=row.status,
        joined_at=row.joined_at.timestamp(),
        steps=steps.get((row.bundle_id, row.incident_id), []),
        told=row.first_told is not None,
        told_at=row.last_told.timestamp() if row.last_told else 0.0,
        seen=row.seen,
        said=row.said,
        mute=mute,
        wait=bundle.critical_wait if urgent else bundle.wait,
        urgent=urgent,
    )


def _mute(bundle: BundleRow, row: MemberRow, around: _Around) -> Mute | None:
    if row.status == "ignored":
        return Mute(why=HeldBack.IGNORED, by="its group")
    at = around.at
    found = around.quiet.mute(row.facts, at, row.incident_id, around.sources)
    found = found or trace_mute(around.leaders.get(row.incident_id), row.channels, row.severity, at)
    found = found or around.quiet.mute_route(bundle.mute_times, bundle.only_times, at)
    if found is None and row.first_told is None and row.flaps >= FLAPPING:
        stays = row.joined_at.timestamp() + STAYS_FOR
        return Mute(why=HeldBack.FLAPPING, by=f"{row.flaps + 1} times in 1 h", until=stays) if at < stays else None
    return found
