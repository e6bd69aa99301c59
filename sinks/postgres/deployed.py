"""Which release came shortly before an incident."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, AsyncCursor

from sinks.postgres.incidents import IncidentRow

__all__ = ["RECENT", "ask_released"]

RECENT = timedelta(minutes=30)


async def ask_released(
    connection: AsyncConnection[Any], incidents: Sequence[IncidentRow]
) -> AsyncCursor[tuple[str, str, datetime]]:
    """Rows to be fetched: incidents, the newest release of the service within RECENT before, and when that came."""
    columns = ("id", "service", "environment", "opened_at")
    return await connection.execute(_NEWEST, [*([getattr(one, name) for one in incidents] for name in columns), RECENT])


_NEWEST = """
    SELECT incident.id, newest.release, newest.at
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS incident (id, service, environment, opened_at)
        CROSS JOIN LATERAL (
            SELECT release, at FROM releases AS one
            WHERE one.service = incident.service AND one.environment IN ('', incident.environment)
                AND at BETWEEN incident.opened_at - %s AND incident.opened_at
            ORDER BY at DESC LIMIT 1) AS newest"""
