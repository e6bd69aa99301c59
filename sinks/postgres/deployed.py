"""Which release came shortly before an incident."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

__all__ = ["RECENT", "released_before"]

RECENT = timedelta(minutes=30)


async def released_before(
    connection: AsyncConnection[Any], service: str, environment: str, at: datetime
) -> tuple[str, datetime] | None:
    """The newest release of a service within RECENT before a time, and when it came."""
    cursor = await connection.execute(_NEWEST, [service, environment, at - RECENT, at])
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


_NEWEST = """
    SELECT release, at FROM releases
    WHERE service = %s AND environment IN ('', %s) AND at BETWEEN %s AND %s ORDER BY at DESC LIMIT 1"""
