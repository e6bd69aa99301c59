"""Some stored events of each group, read with a cursor of the server: however many there are, memory stays bounded."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg import AsyncConnection

__all__ = ["Sample", "count_groups", "samples"]

_FETCHED = 100  # events at a time: payloads are large


@dataclass(frozen=True, slots=True)
class Sample:
    """An event with the group that it is shown in."""

    group_id: str
    title: str
    service: str
    environment: str
    occurrences: int  # of the group, in all
    event_id: str
    payload: dict[str, Any]


async def count_groups(connection: AsyncConnection[Any], since: datetime, service: str | None = None) -> int:
    """How many groups had an event since then."""
    cursor = await connection.execute(
        "SELECT count(*) FROM groups"
        " WHERE last_seen >= %(since)s AND (%(service)s::text IS NULL OR service = %(service)s)",
        {"since": since, "service": service},
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def samples(
    connection: AsyncConnection[Any], since: datetime, each: int, service: str | None = None
) -> AsyncIterator[Sample]:
    """The latest `each` events since then of every group that had one, group by group.

    Args:
        connection: any of ours; it is in a transaction of its own until the last one is read.
        since: events that happened then or later.
        each: at most so many of a group.
        service: only of this one.
    """
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        async with connection.cursor(name="samples") as cursor:
            cursor.itersize = _FETCHED
            await cursor.execute(_SAMPLES, {"since": since, "each": each, "service": service})
            async for row in cursor:
                yield Sample(row[0], row[1], row[2], row[3], row[4], row[5], orjson.loads(row[6]))


_SAMPLES = """
    SELECT shown.id::text, shown.title, shown.service, shown.environment, shown.occurrences, event.event_id::text,
        event.payload::text
    FROM groups
    JOIN groups AS shown ON shown.id = coalesce(groups.root_id, groups.id)
    CROSS JOIN LATERAL (
        SELECT event_id, payload FROM occurrences
        WHERE group_id = groups.id AND occurred_at >= %(since)s
        ORDER BY occurred_at DESC LIMIT %(each)s
    ) AS event
    WHERE groups.last_seen >= %(since)s AND (%(service)s::text IS NULL OR groups.service = %(service)s)
    ORDER BY groups.first_seen, groups.id"""
