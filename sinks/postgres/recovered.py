"""Monitors that are well again, and the groups of what they told before."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import class_row

__all__ = ["Recovered", "forget_recovered", "lock_recovered"]

Connection = AsyncConnection[Any]


class Recovered(NamedTuple):
    """A monitor by its number, when it was well again, and the group of its last error, where that is stored."""

    id: int
    recovered_at: datetime
    error_id: str
    group_id: str | None
    group_status: str | None


async def lock_recovered(connection: Connection, limit: int) -> list[Recovered]:
    """Lock monitors whose groups do not know yet, that nobody else has locked: those first that wait longest."""
    async with connection.cursor(row_factory=class_row(Recovered)) as cursor:
        await cursor.execute(_LOCK, [limit])
        return await cursor.fetchall()


async def forget_recovered(connection: Connection, numbers: list[int], before: float) -> None:
    """Note that these are done with, and those that were well again before an epoch second."""
    await connection.execute(_FORGET, [numbers, datetime.fromtimestamp(before, UTC)])


_LOCK = """
    SELECT one.id, one.recovered_at, one.error_id::text AS error_id, found.id::text AS group_id,
        found.status::text AS group_status
    FROM (
        SELECT id, recovered_at, error_id FROM monitors WHERE recovered_at IS NOT NULL AND error_id IS NOT NULL
        ORDER BY recovered_at LIMIT %s FOR UPDATE SKIP LOCKED
    ) AS one
    LEFT JOIN LATERAL (
        SELECT coalesce(root.id, own.id) AS id, coalesce(root.status, own.status) AS status
        FROM occurrences JOIN groups own ON own.id = occurrences.group_id LEFT JOIN groups root ON root.id = own.root_id
        WHERE occurrences.event_id = one.error_id LIMIT 1
    ) AS found ON true
"""
_FORGET = "UPDATE monitors SET recovered_at = NULL WHERE id = ANY (%s) OR recovered_at < %s"
