"""How far it has come with asking people: a row an incident and bundle, under the bundle's lock."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

__all__ = [
    "EscalationRow",
    "PageRow",
    "add_pages",
    "answers",
    "escalations_of",
    "overdue_acknowledgements",
    "read_escalations",
    "take_turns",
    "write_escalations",
]

Connection = AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRow:
    """A row of `escalations`."""

    bundle_id: str
    incident_id: str
    name: str
    policy: Mapping[str, Any]
    give_back: int | None  # seconds
    began_at: datetime
    phase: str
    run: int
    round: int
    step: int
    due_at: datetime
    turn: int
    asked: Sequence[str]
    severity: str
    worst: str
    reminded_of: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """Something that people are asked or told, as it stands in an incident's history."""

    transition_id: str
    incident_id: str
    kind: str
    reasons: Sequence[str]


async def read_escalations(connection: Connection, bundles: Collection[str]) -> list[EscalationRow]:
    """Those of bundles that the caller has locked."""
    async with connection.cursor(row_factory=class_row(EscalationRow)) as cursor:
        await cursor.execute(_SELECT + "WHERE bundle_id = ANY (%s::uuid[])", [list(bundles)])
        return await cursor.fetchall()


async def escalations_of(connection: Connection, incident_id: str) -> list[EscalationRow]:
    """Those of an incident, without a lock."""
    async with connection.cursor(row_factory=class_row(EscalationRow)) as cursor:
        await cursor.execute(_SELECT + "WHERE incident_id = %s ORDER BY began_at", [incident_id])
        return await cursor.fetchall()


async def write_escalations(connection: Connection, rows: Iterable[EscalationRow]) -> None:
    """Write them as they are now."""
    await connection.cursor().executemany(
        _WRITE,
        [
            {name: getattr(row, name) for name in row.__slots__}
            | {"policy": Jsonb(dict(row.policy)), "asked": list(row.asked)}
            for row in rows
        ],
    )


async def take_turns(connection: Connection, wanted: Mapping[str, int]) -> dict[str, int]:
    """By policy the first of so many turns, from 0: nobody else gets them.

    All of a transaction's at once, in order, so that transactions do not wait for each other in a circle.
    """
    if not wanted:
        return {}
    names = sorted(wanted)
    cursor = await connection.execute(_TURNS, [names, [wanted[name] for name in names]])
    return {name: turn - wanted[name] for name, turn in await cursor.fetchall()}


async def add_pages(connection: Connection, pages: Iterable[PageRow], now: datetime) -> None:
    """Add to the histories of incidents; what stands there already stays as it is."""
    await connection.cursor().executemany(
        _PAGE, [(one.transition_id, one.kind, now, list(one.reasons), one.incident_id) for one in pages]
    )


async def answers(connection: Connection, incidents: Collection[str]) -> dict[str, str]:
    """Incident -> the last transition that answered or ended it."""
    cursor = await connection.execute(_ANSWERS, [list(incidents)])
    return dict(await cursor.fetchall())


async def overdue_acknowledgements(connection: Connection, bundle_id: str, now: datetime) -> list[dict[str, Any]]:
    """Incidents of a bundle whose acknowledgement is too old for their policy: `id`, `version`, `since`, `after`."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_OVERDUE, {"bundle": bundle_id, "now": now})
        return await cursor.fetchall()


_SELECT = """
    SELECT bundle_id::text, incident_id::text, name, policy, give_back, began_at, phase, run, round, step, due_at, turn,
        asked, severity, worst, reminded_of, next_at
    FROM escalations """

_WRITE = """
    INSERT INTO escalations (bundle_id, incident_id, name, policy, give_back, began_at, phase, run, round, step, due_at,
        turn, asked, severity, worst, reminded_of, next_at)
    VALUES (%(bundle_id)s, %(incident_id)s, %(name)s, %(policy)s, %(give_back)s, %(began_at)s, %(phase)s, %(run)s,
        %(round)s, %(step)s, %(due_at)s, %(turn)s, %(asked)s, %(severity)s, %(worst)s, %(reminded_of)s, %(next_at)s)
    ON CONFLICT (bundle_id, incident_id) DO UPDATE SET phase = excluded.phase, run = excluded.run,
        round = excluded.round, step = excluded.step, due_at = excluded.due_at, asked = excluded.asked,
        severity = excluded.severity, worst = excluded.worst, reminded_of = excluded.reminded_of,
        next_at = excluded.next_at"""

_TURNS = """
    INSERT INTO escalation_turns AS known (policy, turn) SELECT * FROM unnest(%s::text[], %s::bigint[])
    ON CONFLICT (policy) DO UPDATE SET turn = known.turn + excluded.turn RETURNING policy, turn"""

_PAGE = """
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons, activity)
    SELECT %s, id, %s, %s, severity, %s, activity FROM incidents WHERE id = %s
    ON CONFLICT (transition_id) DO NOTHING"""

_ANSWERS = """
    SELECT DISTINCT ON (incident_id) incident_id::text, transition_id FROM incident_log
    WHERE incident_id = ANY (%s::uuid[]) AND kind IN ('acknowledge', 'start', 'resolve', 'ignore')
    ORDER BY incident_id, number DESC"""

_OVERDUE = """
    SELECT incidents.id::text AS id, incidents.version, incidents.acknowledged_at AS since,
        %(now)s - incidents.acknowledged_at AS after
    FROM escalations JOIN incidents ON incidents.id = incident_id
    WHERE bundle_id = %(bundle)s AND phase = 'answered' AND incidents.status = 'acknowledged'
        AND incidents.acknowledged_at + make_interval(secs => give_back) <= %(now)s"""
