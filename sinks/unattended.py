"""Deliveries of kinds of channel that no notifier has set up: nobody takes their jobs, so they would wait for ever."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection

from sinks.postgres.processes import Process

__all__ = ["REASON", "attended_kinds", "drop_unattended", "unattended"]

REASON = "no notifier has such a channel set up"
ROWS = 1_000  # dropped in one call
WITHIN = timedelta(minutes=1)  # a notifier takes a delivery within this, unless all of them are busy or away


def attended_kinds(processes: Iterable[Process]) -> set[str]:
    """The kinds that some notifier has set up, as each says of itself: not all need have the same."""
    return {str(kind) for one in processes if one.role == "notifier" for kind in one.info.get("channels", ())}


async def unattended(connection: AsyncConnection[Any], kinds: Collection[str]) -> dict[str, int]:
    """Deliveries that nobody has attempted and that are of none of these kinds, by kind."""
    cursor = await connection.execute(_WAITING, {"kinds": list(kinds), "age": WITHIN})
    return dict(await cursor.fetchall())


async def drop_unattended(
    connection: AsyncConnection[Any], kinds: Collection[str], give_up: timedelta
) -> dict[str, int]:
    """Refuse those that have waited for longer than `give_up`, a bounded number of them; how many, by kind.

    A delivery that some notifier has attempted is its business, here and wherever the kind is set up.
    """
    cursor = await connection.execute(
        _DROP, {"kinds": list(kinds), "age": give_up, "rows": ROWS, "reason": f"{REASON}; dropped after {give_up}"}
    )
    return dict(await cursor.fetchall())


_WAITING = """
    SELECT split_part(channel, ':', 1), count(*)::int FROM deliveries
    WHERE status = 'pending' AND attempts = 0 AND created_at < now() - %(age)s
        AND split_part(channel, ':', 1) <> ALL (%(kinds)s::text[])
    GROUP BY 1 ORDER BY 1"""

# The job goes with its delivery, unless a notifier has it in hand after all: that finds nothing left to do.
_DROP = """
    WITH late AS (
        SELECT id FROM deliveries
        WHERE status = 'pending' AND attempts = 0 AND created_at < now() - %(age)s
            AND split_part(channel, ':', 1) <> ALL (%(kinds)s::text[])
        ORDER BY id LIMIT %(rows)s FOR UPDATE SKIP LOCKED
    ), dropped AS (
        UPDATE deliveries SET status = 'rejected', reply = %(reason)s, finished_at = now()
        FROM late WHERE deliveries.id = late.id RETURNING deliveries.id, split_part(channel, ':', 1) AS kind
    ), jobs AS (
        DELETE FROM procrastinate_jobs USING dropped
        WHERE queue_name = kind AND procrastinate_jobs.status = 'todo'
            AND (args ->> 'delivery_id')::bigint = dropped.id
    )
    SELECT kind, count(*)::int FROM dropped GROUP BY 1"""
