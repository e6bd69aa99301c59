"""Which release came shortly before an incident."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from sinks.postgres.incidents import IncidentRow

__all__ = ["RECENT", "released_before"]

RECENT = timedelta(minutes=30)


async def released_before(
    connection: AsyncConnection[Any], incidents: Sequence[IncidentRow]
) -> dict[str, tuple[str, datetime]]:
    """By incident the newest release of its service within RECENT before it opened, and when that came."""
    columns = ("id", "service", "environment", "opened_at")
    cursor = await connection.execute(
        _NEWEST, [*([getattr(one, name) for one in incidents] for name in columns), RECENT]
    )
    return {incident_id: (release, at) for incident_id, release, at in await cursor.fetchall()}


_NEWEST = """
    SELECT incident.id, newest.release, newest.at
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS incident (id, service, environment, opened_at)
        CROSS JOIN LATERAL (
            SELECT release, at FROM releases AS one
            WHERE one.service = incident.service AND one.environment IN ('', incident.environment)
                AND at BETWEEN incident.opened_at - %s AND incident.opened_at
            ORDER BY at DESC LIMIT 1) AS newest"""
