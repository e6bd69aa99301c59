"""Summaries of what was held back: planned when the first of it is, told once it is over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from sinks.postgres.incidents import Delivery

__all__ = [
    "HeldIncident",
    "Plan",
    "SummaryRow",
    "add_incidents",
    "hasten_summaries",
    "held_incidents",
    "plan_summaries",
    "take_summary",
    "tell_summary",
]

Connection = AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A summary that is wanted. `id` is for the case that there is none yet."""

    id: str
    why: str
    by: str
    channel: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """A summary that is not told yet."""

    id: str
    why: str
    by: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIncident:
    """An incident of which a channel was not told something."""

    id: str
    title: str
    service: str
    severity: str
    status: str
    total: int  # events


async def plan_summaries(connection: Connection, plans: Sequence[Plan], now: datetime) -> list[Plan]:
    """The summaries that are open, in the order given; those with the `id` of their plan are new.

    None of them is told before the transaction ends: what it holds back until then is in them. So ask late, and in
    the order of why, by and channel, so that transactions do not wait for each other in a circle.
    """
    names = ("id", "why", "by", "channel", "due_at")
    async with connection.cursor(row_factory=class_row(Plan)) as cursor:
        await cursor.execute(_PLAN, {"now": now, **{name: [getattr(plan, name) for plan in plans] for name in names}})
        return await cursor.fetchall()


async def add_incidents(connection: Connection, incidents: Mapping[str, Collection[str]]) -> None:
    """Let summaries that the caller keeps from being told be about incidents as well, by summary."""
    pairs = [(summary, incident) for summary, some in incidents.items() for incident in some]
    await connection.execute(_ADD, [[summary for summary, _ in pairs], [incident for _, incident in pairs]])


async def take_summary(connection: Connection, summary_id: str) -> SummaryRow | None:
    """A summary that is still to be told, kept from others until the transaction ends."""
    async with connection.cursor(row_factory=class_row(SummaryRow)) as cursor:
        await cursor.execute(_TAKE, [summary_id])
        return await cursor.fetchone()


async def held_incidents(connection: Connection, summary_id: str, limit: int) -> tuple[list[HeldIncident], int, int]:
    """What it is about, the live and worst first and so many at most; how many there are, and are live."""
    counted = await connection.execute(_COUNT, [summary_id])
    async with connection.cursor(row_factory=class_row(HeldIncident)) as cursor:
        await cursor.execute(_HELD, [summary_id, limit])
        found = await cursor.fetchall()
    row = await counted.fetchone()
    assert row is not None  # one of counts
    return found, row[0], row[1]


async def tell_summary(
    connection: Connection, summary: SummaryRow, title: str, lines: Collection[str], now: datetime
) -> dict[int, Delivery]:
    """Write what it says, and note its delivery: to be deferred, by id."""
    await connection.execute(
        "UPDATE summaries SET told_at = %s, title = %s, lines = %s WHERE id = %s", [now, title, list(lines), summary.id]
    )
    cursor = await connection.execute(
        "INSERT INTO deliveries (summary_id, channel, message_id) VALUES (%s, %s, %s) RETURNING id",
        [summary.id, summary.channel, summary.id],
    )
    row = await cursor.fetchone()
    assert row is not None
    transition = f"summary:{summary.id}"
    return {row[0]: Delivery(transition_id=transition, incident_id="", channel=summary.channel, message_id=summary.id)}


async def hasten_summaries(connection: Connection, why: str, by: str, now: datetime) -> dict[str, datetime]:
    """Let the open summaries about something be due now: it is over before its time."""
    cursor = await connection.execute(_HASTEN, [why, by, now])
    return dict(await cursor.fetchall())


# Nothing is changed of one that is open: it is locked, and whoever would tell it waits.
_PLAN = """
    INSERT INTO summaries (id, why, by, channel, since, due_at)
    SELECT id, why, by, channel, %(now)s, due_at FROM unnest(%(id)s::uuid[], %(why)s::text[], %(by)s::text[],
        %(channel)s::text[], %(due_at)s::timestamptz[]) AS plan (id, why, by, channel, due_at)
    ON CONFLICT (why, by, channel) WHERE told_at IS NULL DO UPDATE SET due_at = summaries.due_at
    RETURNING id::text, why, by, channel, due_at"""

_ADD = """
    INSERT INTO summary_incidents (summary_id, incident_id)
    SELECT * FROM unnest(%s::uuid[], %s::uuid[]) ON CONFLICT DO NOTHING"""

_HASTEN = """
    WITH open AS (
        SELECT id FROM summaries WHERE why = %s AND by = %s AND told_at IS NULL ORDER BY channel FOR NO KEY UPDATE
    )
    UPDATE summaries SET due_at = %s FROM open WHERE summaries.id = open.id RETURNING open.id::text, due_at"""

_TAKE = """
    SELECT id::text, why, by, channel FROM summaries WHERE id = %s AND told_at IS NULL FOR UPDATE"""

_COUNT = """
    SELECT count(*)::int, (count(*) FILTER (WHERE status NOT IN ('resolved', 'ignored')))::int
    FROM summary_incidents JOIN incidents ON incidents.id = incident_id WHERE summary_id = %s"""

_HELD = """
    SELECT i.id::text, i.title, i.service, i.severity::text, i.status::text,
        coalesce((i.activity->>'total')::bigint, 0) AS total
    FROM summary_incidents JOIN incidents AS i ON i.id = incident_id
    WHERE summary_id = %s
    ORDER BY i.status IN ('resolved', 'ignored'), i.severity DESC, i.opened_at LIMIT %s"""
