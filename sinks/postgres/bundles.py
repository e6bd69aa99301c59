"""Bundles of incidents, what they have told, and what they held back: read under a lock, written once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

__all__ = [
    "BundleRow",
    "HeldRow",
    "MemberRow",
    "StepRow",
    "bundles_of",
    "hold_back",
    "join_bundles",
    "lock_bundles",
    "mark",
    "members",
    "steps",
    "told_lately",
]

Connection = AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """A row of `bundles`."""

    id: str
    route: str
    labels: Mapping[str, str]
    grouped: bool
    channels: Sequence[str]
    policy: str | None
    pause: int
    repeat: int | None
    mute: Sequence[str]
    only: Sequence[str]
    most: int
    most_per: int
    flushed_at: datetime | None = None
    flush_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """An incident in a bundle, as it is now."""

    bundle_id: str
    incident_id: str
    wait: int
    seen: int
    first_told: datetime | None
    last_told: datetime | None
    status: str
    opened_at: datetime
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


async def join_bundles(connection: Connection, joins: Iterable[tuple[BundleRow, str, int]]) -> None:
    """Let incidents join bundles, which are made where they are missing: (bundle, incident id, seconds to wait).

    A bundle that exists takes over what its route says by now.
    """
    wanted = sorted(joins, key=lambda join: (join[0].id, join[1]))
    made = {bundle.id: bundle for bundle, _, _ in wanted}
    cursor = connection.cursor()
    await cursor.executemany(_MAKE_BUNDLE, [_bundle_arguments(bundle) for bundle in made.values()])
    await cursor.executemany(
        "INSERT INTO bundle_incidents (bundle_id, incident_id, wait) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [(bundle.id, incident_id, wait) for bundle, incident_id, wait in wanted],
    )


async def bundles_of(connection: Connection, incidents: Collection[str]) -> list[str]:
    """The ids of the bundles that some incidents are in."""
    cursor = await connection.execute(
        "SELECT DISTINCT bundle_id::text FROM bundle_incidents WHERE incident_id = ANY (%s::uuid[]) ORDER BY 1",
        [list(incidents)],
    )
    return [row[0] for row in await cursor.fetchall()]


async def lock_bundles(connection: Connection, ids: Collection[str]) -> list[BundleRow]:
    """Read bundles; nobody else decides on them until the transaction ends."""
    async with connection.cursor(row_factory=class_row(BundleRow)) as cursor:
        await cursor.execute(_LOCK, [sorted(set(ids))])
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
    cursor = await connection.execute(_TOLD_LATELY, [list(routes), list(routes.values()), now])
    return dict(await cursor.fetchall())


async def mark(
    connection: Connection,
    *,
    bundles: Iterable[tuple[str, datetime | None, datetime | None]],
    told: Iterable[tuple[str, str]],
    seen: Mapping[tuple[str, str], int],
    now: datetime,
) -> None:
    """Write what was decided.

    Args:
        connection: in the transaction that locked the bundles.
        bundles: id, when it told something (None: nothing now), when it is looked at again.
        told: bundle and incident of which something was told now.
        seen: (bundle, incident) -> the number of the last step that was decided on.
        now: the time.
    """
    cursor = connection.cursor()
    await cursor.executemany(
        "UPDATE bundles SET flushed_at = coalesce(%s, flushed_at), flush_at = %s WHERE id = %s",
        [(flushed, again, bundle_id) for bundle_id, flushed, again in bundles],
    )
    await cursor.executemany(_TOLD, [(now, now, *pair) for pair in sorted(set(told))])
    await cursor.executemany(_SEEN, [(number, *pair) for pair, number in sorted(seen.items())])
    pairs = sorted(seen)
    await connection.execute(_DONE, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])


async def hold_back(connection: Connection, held: Sequence[HeldRow], now: datetime) -> list[HeldRow]:
    """Note what was held back; returns what was not noted before."""
    if not held:
        return []
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            _HOLD_BACK,
            {
                "now": now,
                **{
                    name: [getattr(one, name) for one in held]
                    for name in ("bundle_id", "incident_id", "transition_id", "kind", "why", "by")
                },
            },
        )
        return [HeldRow(**row) for row in await cursor.fetchall()]


def _bundle_arguments(bundle: BundleRow) -> dict[str, Any]:
    names = ("id", "route", "grouped", "policy", "pause", "repeat", "most", "most_per")
    lists = {name: list(getattr(bundle, name)) for name in ("channels", "mute", "only")}
    return {name: getattr(bundle, name) for name in names} | lists | {"labels": Jsonb(dict(bundle.labels))}


_MAKE_BUNDLE = """
    INSERT INTO bundles (id, route, labels, grouped, channels, policy, pause, repeat, mute, only, most, most_per)
    VALUES (%(id)s, %(route)s, %(labels)s, %(grouped)s, %(channels)s, %(policy)s, %(pause)s, %(repeat)s, %(mute)s,
        %(only)s, %(most)s, %(most_per)s)
    ON CONFLICT (id) DO UPDATE SET channels = excluded.channels, policy = excluded.policy, pause = excluded.pause,
        repeat = excluded.repeat, mute = excluded.mute, only = excluded.only, most = excluded.most,
        most_per = excluded.most_per"""

_LOCK = """
    SELECT id::text, route, labels, grouped, channels, policy, pause, repeat, mute, only, most, most_per, flushed_at,
        flush_at
    FROM bundles WHERE id = ANY (%s::uuid[]) ORDER BY bundles.id FOR UPDATE"""

_MEMBERS = """
    SELECT bundle_id::text, incident_id::text, wait, seen, first_told, last_told, status::text, opened_at, facts, flaps
    FROM bundle_incidents JOIN incidents ON incidents.id = incident_id
    WHERE bundle_id = ANY (%s::uuid[]) AND NOT done ORDER BY opened_at, incident_id"""

_STEPS = """
    SELECT bundle_id::text, log.incident_id::text, log.number, log.transition_id, log.kind
    FROM bundle_incidents AS one JOIN incident_log AS log ON log.incident_id = one.incident_id AND log.number > one.seen
    WHERE bundle_id = ANY (%s::uuid[]) AND NOT done ORDER BY log.number"""

_TOLD_LATELY = """
    SELECT asked.route, count(first_told)::int
    FROM unnest(%s::text[], %s::int[]) AS asked (route, seconds)
    JOIN bundles ON bundles.route = asked.route JOIN bundle_incidents ON bundle_id = bundles.id
        AND first_told > %s - make_interval(secs => asked.seconds)
    GROUP BY asked.route"""

_TOLD = """
    UPDATE bundle_incidents SET first_told = coalesce(first_told, %s), last_told = %s
    WHERE bundle_id = %s AND incident_id = %s"""

_SEEN = "UPDATE bundle_incidents SET seen = %s WHERE bundle_id = %s AND incident_id = %s"

_DONE = """
    UPDATE bundle_incidents AS one SET done = true
    FROM unnest(%s::uuid[], %s::uuid[]) AS pairs (bundle, incident), incidents
    WHERE one.bundle_id = pairs.bundle AND one.incident_id = pairs.incident AND incidents.id = pairs.incident
        AND incidents.status = 'resolved'
        AND NOT EXISTS (SELECT FROM incident_log WHERE incident_id = one.incident_id AND number > one.seen)"""

_HOLD_BACK = """
    INSERT INTO held_back (at, bundle_id, incident_id, transition_id, kind, why, by)
    SELECT %(now)s, * FROM unnest(%(bundle_id)s::uuid[], %(incident_id)s::uuid[], %(transition_id)s::text[],
        %(kind)s::text[], %(why)s::text[], %(by)s::text[])
    ON CONFLICT DO NOTHING
    RETURNING bundle_id::text, incident_id::text, transition_id, kind, why, by"""
