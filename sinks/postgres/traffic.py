"""Requests told of, in PostgreSQL: so many a service, environment and minute."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from models.traffic import Traffic
from sinks.postgres.told_ids import remember

__all__ = ["add_traffic", "not_counted_yet"]

MINUTE = 60


async def not_counted_yet(connection: AsyncConnection[Any], told: Sequence[Traffic]) -> list[Traffic]:
    """What has no id, and the first of each id that was not seen before; they are remembered in the transaction."""
    new = await remember(connection, (one.id for one in told if one.id is not None))
    found = []
    for one in told:
        if one.id is None or one.id in new:
            found.append(one)
            new.discard(one.id or "")
    return found


async def add_traffic(connection: AsyncConnection[Any], told: Iterable[Traffic]) -> None:
    """Add what was told of, in the caller's transaction."""
    sums: dict[tuple[str, str, int], int] = {}
    for one in told:
        for minute, requests in one.spread(MINUTE):
            key = one.service, one.environment, minute
            sums[key] = sums.get(key, 0) + requests
    if not sums:
        return
    rows = sorted(sums.items())  # in one order in every transaction: workers never deadlock
    await connection.execute(
        _ADD,
        [
            [service for (service, _, _), _ in rows],
            [environment for (_, environment, _), _ in rows],
            [datetime.fromtimestamp(minute, UTC) for (_, _, minute), _ in rows],
            [requests for _, requests in rows],
        ],
    )


_ADD = """
    INSERT INTO traffic AS known (service, environment, minute, requests)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
    ON CONFLICT (service, environment, minute) DO UPDATE SET requests = known.requests + excluded.requests
"""
