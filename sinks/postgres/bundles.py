"""Bundles of incidents, what they have told, and what they held back: read under a lock, written once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from sinks.postgres.bundle_rows import BundleRow, HeldRow, Join

__all__ = [
    "bundles_held_by",
    "hold_back",
    "join_bundles",
    "known_channels",
    "lock_bundles",
    "mark",
    "take_up_again",
]

Connection = AsyncConnection[Any]
HELD = ("bundle_id", "incident_id", "transition_id", "kind", "why", "by", "source_id")


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
    bundles = [_as_row(made[key]) for key in sorted(made)]
    members = [
        {"bundle_id": join.bundle.id, "incident_id": join.incident_id, "channels": list(join.channels)}
        for join in joins
    ]
    await connection.execute(_JOIN, [Jsonb(bundles), now, Jsonb(members)])


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
) -> AsyncCursor[BundleRow]:
    """Read bundles: these, and those that the incidents are in or inhibit. Nobody else decides on them until the end.

    Locked in the order of their ids, all at once, so that transactions do not wait for each other in a circle.
    """
    cursor = connection.cursor(row_factory=class_row(BundleRow))
    return await cursor.execute(_LOCK, {"ids": list(ids), "incidents": list(incidents)})


async def mark(
    connection: Connection,
    *,
    bundles: Iterable[tuple[datetime | None, datetime | None, str]],
    told: Iterable[tuple[str, str, str]],
    seen: Mapping[tuple[str, str], tuple[int, int]],
    pending: Mapping[tuple[str, str], bool],
    now: datetime,
) -> None:
    """Write what was decided.

    Args:
        connection: in the transaction that locked the bundles.
        bundles: when it took its turn (None: not now), when it is looked at again, and its id.
        told: bundle, incident of which something was told now, and the message that it is in.
        seen: (bundle, incident) -> the new `seen` and `said`.
        pending: (bundle, incident) -> whether there is more to decide on; all of the above are among them.
        now: the time.
    """
    messages = {(bundle, incident): message for bundle, incident, message in told}
    pairs = sorted(pending)
    numbers = [seen.get(pair, (None, None)) for pair in pairs]
    flushed = sorted(bundles, key=itemgetter(2))
    given: dict[str, Any] = {"now": now}
    given |= {name: [one[place] for one in flushed] for place, name in enumerate(("turn", "again", "id"))}
    given |= {name: [one[place] for one in pairs] for place, name in enumerate(("bundle_id", "incident_id"))}
    given |= {name: [one[place] for one in numbers] for place, name in enumerate(("seen", "said"))}
    given |= {"message_id": [messages.get(pair) for pair in pairs], "pending": [pending[pair] for pair in pairs]}
    await connection.execute(_MARK, given)


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


def _as_row(bundle: BundleRow) -> dict[str, Any]:
    """As the database reads it off JSON."""
    names = ("id", "route", "grouped", "policy", "wait", "critical_wait", "pause", "repeat", "most", "most_per")
    lists = {name: list(getattr(bundle, name)) for name in ("channels", "mute_times", "only_times")}
    return {name: getattr(bundle, name) for name in names} | lists | {"labels": dict(bundle.labels)}


_JOIN = """
    WITH made AS (
        INSERT INTO bundles (id, route, labels, grouped, channels, policy, wait, critical_wait, pause, repeat,
            mute_times, only_times, most, most_per)
        SELECT id, route, labels, grouped, channels, policy, wait, critical_wait, pause, repeat, mute_times, only_times,
            most, most_per
        FROM jsonb_populate_recordset(NULL::bundles, %s)
        ON CONFLICT (id) DO UPDATE SET channels = excluded.channels, policy = excluded.policy, wait = excluded.wait,
            critical_wait = excluded.critical_wait, pause = excluded.pause, repeat = excluded.repeat,
            mute_times = excluded.mute_times, only_times = excluded.only_times, most = excluded.most,
            most_per = excluded.most_per
    )
    INSERT INTO bundle_incidents (bundle_id, incident_id, channels, joined_at)
    SELECT bundle_id, incident_id, channels, %s FROM jsonb_populate_recordset(NULL::bundle_incidents, %s)
    ON CONFLICT DO NOTHING"""

_KNOWN_CHANNELS = """
    SELECT incident_id::text, route, member.channels FROM bundle_incidents AS member JOIN bundles ON id = bundle_id
    WHERE incident_id = ANY (%s::uuid[])"""

_TAKE_UP_AGAIN = """
    WITH locked AS (
        SELECT id FROM bundles WHERE id IN (SELECT bundle_id FROM bundle_incidents WHERE incident_id = %(incident)s)
        ORDER BY id FOR NO KEY UPDATE
    ), again AS (
        UPDATE bundle_incidents SET done = false, pending = true FROM locked
        WHERE bundle_id = locked.id AND incident_id = %(incident)s RETURNING bundle_id
    )
    SELECT bundle_id::text FROM again
    UNION SELECT bundle_id::text FROM held_back WHERE source_id = %(incident)s ORDER BY 1"""

_LOCK = """
    SELECT id::text, route, labels, grouped, channels, policy, wait, critical_wait, pause, repeat, mute_times,
        only_times, most, most_per, flushed_at, flush_at,
        EXISTS (SELECT FROM escalations WHERE bundle_id = bundles.id) AS escalated,
        EXISTS (SELECT FROM held_back WHERE bundle_id = bundles.id AND source_id = ANY (%(incidents)s::uuid[]))
            AS explained
    FROM bundles
    WHERE id IN (SELECT unnest(%(ids)s::uuid[])
        UNION SELECT bundle_id FROM bundle_incidents WHERE incident_id = ANY (%(incidents)s::uuid[])
        UNION SELECT bundle_id FROM held_back WHERE source_id = ANY (%(incidents)s::uuid[]))
    ORDER BY bundles.id FOR NO KEY UPDATE"""

# Without a message nothing was told, without a number nothing more was seen.
_MARK = """
    WITH flushed AS (
        UPDATE bundles SET flushed_at = coalesce(looked.turn, flushed_at), flush_at = looked.again
        FROM unnest(%(turn)s::timestamptz[], %(again)s::timestamptz[], %(id)s::uuid[]) AS looked (turn, again, id)
        WHERE bundles.id = looked.id
    )
    UPDATE bundle_incidents AS one SET
        first_told = CASE WHEN new.message_id IS NULL THEN first_told ELSE coalesce(first_told, %(now)s) END,
        last_told = CASE WHEN new.message_id IS NULL THEN last_told ELSE %(now)s END,
        message_id = coalesce(one.message_id, new.message_id),
        seen = coalesce(new.seen, one.seen), said = greatest(one.said, new.said),
        done = CASE WHEN new.seen IS NULL THEN done ELSE incidents.status = 'resolved'
            AND NOT EXISTS (SELECT FROM incident_log WHERE incident_id = one.incident_id AND number > new.seen) END,
        pending = new.pending
    FROM unnest(%(bundle_id)s::uuid[], %(incident_id)s::uuid[], %(message_id)s::uuid[], %(seen)s::bigint[],
            %(said)s::bigint[], %(pending)s::boolean[])
            AS new (bundle_id, incident_id, message_id, seen, said, pending)
        JOIN incidents ON incidents.id = new.incident_id
    WHERE one.bundle_id = new.bundle_id AND one.incident_id = new.incident_id"""

_HOLD_BACK = """
    INSERT INTO held_back (at, bundle_id, incident_id, transition_id, kind, why, by, source_id)
    SELECT %(now)s, * FROM unnest(%(bundle_id)s::uuid[], %(incident_id)s::uuid[], %(transition_id)s::text[],
        %(kind)s::text[], %(why)s::text[], %(by)s::text[], %(source_id)s::uuid[])
    ON CONFLICT DO NOTHING
    RETURNING bundle_id::text, incident_id::text, transition_id, kind, why, by, source_id::text"""
