"""Summaries of what was held back: planned when the first of it is, told once it is over."""

from collections.abc import Collection, Sequence
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
    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIncident:
    """An incident of which a channel was not told something."""

    id: str
    title: str
    service: str
    severity: str
    status: str
    total: int  # events
    changes: int  # that were held back


async def plan_summaries(connection: Connection, plans: Sequence[Plan], now: datetime) -> dict[str, datetime]:
    """Plan what is not planned yet; the new ones by id, with the time they are due."""
    if not plans:
        return {}
    names = ("id", "why", "by", "channel", "due_at")
    cursor = await connection.execute(
        _PLAN, {"now": now, **{name: [getattr(plan, name) for plan in plans] for name in names}}
    )
    return dict(await cursor.fetchall())


async def take_summary(connection: Connection, summary_id: str) -> SummaryRow | None:
    """A summary that is still to be told, kept from others until the transaction ends."""
    async with connection.cursor(row_factory=class_row(SummaryRow)) as cursor:
        await cursor.execute(_TAKE, [summary_id])
        return await cursor.fetchone()


async def held_incidents(
    connection: Connection, summary: SummaryRow, now: datetime, limit: int
) -> tuple[list[HeldIncident], int, int]:
    """What it is about, the live and worst first and so many at most; how many there are, and are live."""
    async with connection.cursor(row_factory=class_row(HeldIncident)) as cursor:
        given = {"why": summary.why, "by": summary.by, "channel": summary.channel, "since": summary.since, "now": now}
        await cursor.execute(
            _HELD + " ORDER BY i.status IN ('resolved', 'ignored'), i.severity DESC, i.opened_at", given
        )
        found = await cursor.fetchall()
    return found[:limit], len(found), sum(one.status not in ("resolved", "ignored") for one in found)


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
    cursor = await connection.execute(
        "UPDATE summaries SET due_at = %s WHERE why = %s AND by = %s AND told_at IS NULL RETURNING id::text, due_at",
        [now, why, by],
    )
    return dict(await cursor.fetchall())


_PLAN = """
    INSERT INTO summaries (id, why, by, channel, since, due_at)
    SELECT id, why, by, channel, %(now)s, due_at FROM unnest(%(id)s::uuid[], %(why)s::text[], %(by)s::text[],
        %(channel)s::text[], %(due_at)s::timestamptz[]) AS plan (id, why, by, channel, due_at)
    ON CONFLICT DO NOTHING RETURNING id::text, due_at"""

_TAKE = """
    SELECT id::text, why, by, channel, since, due_at FROM summaries WHERE id = %s AND told_at IS NULL FOR UPDATE"""

_HELD = """
    SELECT i.id::text, i.title, i.service, i.severity::text, i.status::text,
        coalesce((i.activity->>'total')::bigint, 0) AS total, held.changes
    FROM (SELECT held_back.incident_id, count(DISTINCT transition_id)::int AS changes
          FROM held_back JOIN bundle_incidents AS member USING (bundle_id, incident_id)
          WHERE why = %(why)s AND by = %(by)s AND at BETWEEN %(since)s AND %(now)s
              AND %(channel)s = ANY (member.channels)
          GROUP BY 1) AS held
        JOIN incidents AS i ON i.id = held.incident_id"""
