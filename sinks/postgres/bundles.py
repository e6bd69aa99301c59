"""Bundles of incidents, what they have told, and what they held back: read under a lock, written once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

__all__ = [
    "BundleRow",
    "HeldRow",
    "Join",
    "MemberRow",
    "StepRow",
    "bundles_held_by",
    "hold_back",
    "join_bundles",
    "known_channels",
    "lock_bundles",
    "mark",
    "members",
    "steps",
    "take_up_again",
    "told_lately",
]

Connection = AsyncConnection[Any]
HELD = ("bundle_id", "incident_id", "transition_id", "kind", "why", "by", "source_id")


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


async def known_channels(connection: Connection, incidents: Collection[str]) -> dict[str, dict[str, list[str]]]:
    """Incident -> route -> the channels that are told of it there, or will be."""
    cursor = await connection.execute(_KNOWN_CHANNELS, [list(incidents)])
    known: dict[str, dict[str, list[str]]] = {}
    for incident_id, route, channels in await cursor.fetchall():
        known.setdefault(incident_id, {})[route] = channels
    return known


async def join_bundles(connection: Connection, joins: Sequence[Join], now: datetime) -> None:
    """Let incidents join bundles, which are made where they are missing.

    A bundle that exists takes over what its route says by now.
    """
    made = {join.bundle.id: join.bundle for join in joins}
    cursor = connection.cursor()
    await cursor.executemany(_MAKE_BUNDLE, [_bundle_arguments(made[key]) for key in sorted(made)])
    await cursor.executemany(_JOIN, [(join.bundle.id, join.incident_id, list(join.channels), now) for join in joins])


async def bundles_held_by(connection: Connection, why: str, by: Collection[str]) -> list[str]:
    """The ids of bundles in which something was held back by one of these."""
    cursor = await connection.execute(
        "SELECT DISTINCT bundle_id::text FROM held_back WHERE why = %s AND by = ANY (%s)", [why, list(by)]
    )
    return [row[0] for row in await cursor.fetchall()]


async def take_up_again(connection: Connection, incident_id: str) -> list[str]:
    """The ids of the bundles that an incident is in, and of those that it inhibits: something was done to it."""
    cursor = await connection.execute(_TAKE_UP_AGAIN, {"incident": incident_id})
    return [row[0] for row in await cursor.fetchall()]


async def lock_bundles(
    connection: Connection, ids: Collection[str] = (), *, incidents: Collection[str] = ()
) -> list[BundleRow]:
    """Read bundles: these, and those that the incidents are in or inhibit. Nobody else decides on them until the end.

    Locked in the order of their ids, all at once, so that transactions do not wait for each other in a circle.
    """
    async with connection.cursor(row_factory=class_row(BundleRow)) as cursor:
        await cursor.execute(_LOCK, {"ids": list(ids), "incidents": list(incidents)})
        return await cursor.fetchall()


async def members(connection: Connection, bundles: Collection[str]) -> list[MemberRow]:
    """The incidents of bundles that are not done with, the oldest first."""
    async with connection.cursor(row_factory=class_row(MemberRow)) as cursor:
        await cursor.execute(_MEMBERS, [list(bundles)])
        return await cursor.fetchall()


async def steps(connection: Connection, bundles: Collection[str]) -> list[StepRow]:
    """What happened to the incidents of bundles that they have not decided on, in order."""
    async with connection.cursor(row_factory=class_row(StepRow)) as cursor:
        await cursor.execute(_STEPS, [list(bundles)])
        return await cursor.fetchall()


async def told_lately(connection: Connection, routes: Mapping[str, int], now: datetime) -> dict[str, int]:
    """How many incidents each route has told of for the first time within its last so many seconds."""
    longest = now - timedelta(seconds=max(routes.values(), default=0))
    cursor = await connection.execute(_TOLD_LATELY, [longest, list(routes), list(routes.values()), now])
    return dict(await cursor.fetchall())


async def mark(
    connection: Connection,
    *,
    bundles: Iterable[tuple[datetime | None, datetime | None, str]],
    told: Iterable[tuple[str, str, str]],
    seen: Mapping[tuple[str, str], tuple[int, int]],
    now: datetime,
) -> None:
    """Write what was decided.

    Args:
        connection: in the transaction that locked the bundles.
        bundles: when it took its turn (None: not now), when it is looked at again, and its id.
        told: bundle, incident of which something was told now, and the message that it is in.
        seen: (bundle, incident) -> the new `seen` and `said`.
        now: the time.
    """
    cursor = connection.cursor()
    await cursor.executemany(_FLUSHED, list(bundles))
    await cursor.executemany(_TOLD, [(now, now, message, bundle, one) for bundle, one, message in sorted(set(told))])
    await cursor.executemany(_SEEN, [(*numbers, *pair) for pair, numbers in sorted(seen.items())])


async def hold_back(connection: Connection, held: Sequence[HeldRow], now: datetime) -> list[HeldRow]:
    """Note what was held back; returns what was not noted before."""
    if not held:
        return []
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            _HOLD_BACK,
            {
                "now": now,
                **{name: [getattr(one, name) for one in held] for name in HELD},
            },
        )
        return [HeldRow(**row) for row in await cursor.fetchall()]


def _bundle_arguments(bundle: BundleRow) -> dict[str, Any]:
    names = ("id", "route", "grouped", "policy", "wait", "critical_wait", "pause", "repeat", "most", "most_per")
    lists = {name: list(getattr(bundle, name)) for name in ("channels", "mute_times", "only_times")}
    return {name: getattr(bundle, name) for name in names} | lists | {"labels": Jsonb(dict(bundle.labels))}


_MAKE_BUNDLE = """
    INSERT INTO bundles (id, route, labels, grouped, channels, policy, wait, critical_wait, pause, repeat,
        mute_times, only_times, most, most_per)
    VALUES (%(id)s, %(route)s, %(labels)s, %(grouped)s, %(channels)s, %(policy)s, %(wait)s, %(critical_wait)s,
        %(pause)s, %(repeat)s, %(mute_times)s, %(only_times)s, %(most)s, %(most_per)s)
    ON CONFLICT (id) DO UPDATE SET channels = excluded.channels, policy = excluded.policy, wait = excluded.wait,
        critical_wait = excluded.critical_wait, pause = excluded.pause, repeat = excluded.repeat,
        mute_times = excluded.mute_times, only_times = excluded.only_times, most = excluded.most,
        most_per = excluded.most_per"""

_JOIN = """
    INSERT INTO bundle_incidents (bundle_id, incident_id, channels, joined_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING"""

_KNOWN_CHANNELS = """
    SELECT incident_id::text, route, member.channels FROM bundle_incidents AS member JOIN bundles ON id = bundle_id
    WHERE incident_id = ANY (%s::uuid[])"""

_TAKE_UP_AGAIN = """
    WITH again AS (UPDATE bundle_incidents SET done = false WHERE incident_id = %(incident)s RETURNING bundle_id)
    SELECT bundle_id::text FROM again
    UNION SELECT bundle_id::text FROM held_back WHERE source_id = %(incident)s ORDER BY 1"""

_LOCK = """
    SELECT id::text, route, labels, grouped, channels, policy, wait, critical_wait, pause, repeat, mute_times,
        only_times, most, most_per, flushed_at, flush_at
    FROM bundles
    WHERE id IN (SELECT unnest(%(ids)s::uuid[])
        UNION SELECT bundle_id FROM bundle_incidents WHERE incident_id = ANY (%(incidents)s::uuid[])
        UNION SELECT bundle_id FROM held_back WHERE source_id = ANY (%(incidents)s::uuid[]))
    ORDER BY bundles.id FOR NO KEY UPDATE"""

_MEMBERS = """
    SELECT bundle_id::text, incident_id::text, channels, message_id::text, joined_at, seen, said, first_told,
        last_told, status::text, severity::text, facts, flaps
    FROM bundle_incidents JOIN incidents ON incidents.id = incident_id
    WHERE bundle_id = ANY (%s::uuid[]) AND NOT done ORDER BY opened_at, incident_id"""

_STEPS = """
    SELECT bundle_id::text, log.incident_id::text, log.number, log.transition_id, log.kind
    FROM bundle_incidents AS one JOIN incident_log AS log ON log.incident_id = one.incident_id AND log.number > one.seen
    WHERE bundle_id = ANY (%s::uuid[]) AND NOT done AND log.kind <> 'remind' ORDER BY log.number"""

_TOLD_LATELY = """
    WITH lately AS MATERIALIZED (SELECT bundle_id, first_told FROM bundle_incidents WHERE first_told > %s)
    SELECT asked.route, count(*)::int
    FROM lately JOIN bundles ON bundles.id = bundle_id
        JOIN unnest(%s::text[], %s::int[]) AS asked (route, seconds) ON bundles.route = asked.route
    WHERE first_told > %s - make_interval(secs => asked.seconds)
    GROUP BY asked.route"""

_FLUSHED = "UPDATE bundles SET flushed_at = coalesce(%s, flushed_at), flush_at = %s WHERE id = %s"

_TOLD = """
    UPDATE bundle_incidents SET first_told = coalesce(first_told, %s), last_told = %s,
        message_id = coalesce(message_id, %s)
    WHERE bundle_id = %s AND incident_id = %s"""

_SEEN = """
    UPDATE bundle_incidents AS one SET seen = seen.number, said = greatest(said, seen.also),
        done = incidents.status = 'resolved'
            AND NOT EXISTS (SELECT FROM incident_log WHERE incident_id = one.incident_id AND number > seen.number)
    FROM (VALUES (%s::bigint, %s::bigint)) AS seen (number, also), incidents
    WHERE bundle_id = %s AND incident_id = %s AND incidents.id = one.incident_id"""

_HOLD_BACK = """
    INSERT INTO held_back (at, bundle_id, incident_id, transition_id, kind, why, by, source_id)
    SELECT %(now)s, * FROM unnest(%(bundle_id)s::uuid[], %(incident_id)s::uuid[], %(transition_id)s::text[],
        %(kind)s::text[], %(why)s::text[], %(by)s::text[], %(source_id)s::uuid[])
    ON CONFLICT DO NOTHING
    RETURNING bundle_id::text, incident_id::text, transition_id, kind, why, by, source_id::text"""
