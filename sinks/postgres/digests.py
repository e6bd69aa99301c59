"""What a digest holds: deliveries put into it, and the incidents that they are about."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

__all__ = ["DIGEST", "DigestedIncident", "digested", "lock_untold", "put_into"]

Connection = AsyncConnection[Any]

DIGEST = "digest"  # `why` of such summaries


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestedIncident:
    """An incident of a digest, as it is now."""

    id: str
    title: str
    service: str
    severity: str
    status: str
    total: int  # events
    kinds: list[str]  # of the changes that the digest tells of, in their order
    seconds: float | None  # from its opening to its end, where it is over


async def lock_untold(connection: Connection, delivery_id: int) -> bool:
    """Whether a channel certainly does not know of a delivery yet, which stays so until the transaction ends."""
    cursor = await connection.execute(
        "SELECT FROM deliveries WHERE id = %s AND status = 'pending' FOR UPDATE", [delivery_id]
    )
    return await cursor.fetchone() is not None


async def put_into(connection: Connection, digest_id: str, delivery_id: int) -> None:
    """Let a delivery be told by a digest. The caller has locked it."""
    await connection.execute(_PUT, [digest_id, delivery_id])


async def digested(connection: Connection, digest_id: str, limit: int) -> tuple[list[DigestedIncident], int, int]:
    """What a digest is about, the live and worst first and so many at most; how many there are, and are live."""
    async with connection.cursor(row_factory=class_row(DigestedIncident)) as cursor:
        await cursor.execute(_DIGESTED, [digest_id])
        found = await cursor.fetchall()
    return found[:limit], len(found), sum(one.status not in ("resolved", "ignored") for one in found)


_PUT = """
    UPDATE deliveries SET digest_id = %s, status = 'superseded', finished_at = now(), reply = 'told in a digest'
    WHERE id = %s"""

_DIGESTED = """
    SELECT i.id::text, i.title, i.service, i.severity::text, i.status::text,
        coalesce((i.activity->>'total')::bigint, 0) AS total, told.kinds,
        extract(epoch FROM i.resolved_at - i.opened_at)::float8 AS seconds
    FROM (SELECT d.incident_id, array_agg(l.kind ORDER BY l.at, d.id) AS kinds
          FROM deliveries AS d JOIN incident_log AS l USING (transition_id) WHERE d.digest_id = %s GROUP BY 1) AS told
        JOIN incidents AS i ON i.id = told.incident_id
    ORDER BY i.status IN ('resolved', 'ignored'), i.severity DESC, i.opened_at"""
