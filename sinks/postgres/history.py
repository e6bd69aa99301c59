"""Stored occurrences and requests in the order of their time, for rules to be tried on."""

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from models.occurrence import Occurrence
from models.severity import Severity
from models.traffic import Traffic
from models.wire import BUCKET_SECONDS, LATE, GroupRef

__all__ = ["KnownGroup", "count_occurrences", "known_groups", "occurrences", "releases", "traffic"]

_FETCHED = 1_000  # rows at a time
_FETCHED_WHOLE = 200  # with their payloads
_MINUTE = 60


class KnownGroup(NamedTuple):
    """A group that events since a time are of."""

    total_before: int  # occurrences before that time
    new: bool  # it was first seen since
    first_of_type: bool  # and no group of its type and environment was before it


async def count_occurrences(connection: AsyncConnection[Any], since: datetime) -> int:
    """How many occurrences there are since then."""
    cursor = await connection.execute("SELECT count(*) FROM occurrences WHERE occurred_at >= %s", [since])
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def known_groups(connection: AsyncConnection[Any], since: datetime) -> dict[str, KnownGroup]:
    """The groups of occurrences since then, by their ids."""
    cursor = await connection.execute(_GROUPS, [since, since])
    return {row[0]: KnownGroup(max(row[1], 0), row[2], row[2] and row[3]) for row in await cursor.fetchall()}


async def occurrences(
    connection: AsyncConnection[Any], since: datetime, *, lateness: float, payloads: bool
) -> AsyncIterator[Occurrence]:
    """Every occurrence since then, in the order in which they happened, with rising offsets.

    Args:
        connection: any of ours; it is in a transaction of its own until the last one is read.
        since: those that happened then or later.
        lateness: seconds after which they fired nothing.
        payloads: whether the events are needed in full: that takes many times as long.
    """
    query = _OCCURRENCES % ("payload::text" if payloads else "''")
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        async with connection.cursor(name="history") as cursor:
            cursor.itersize = _FETCHED_WHOLE if payloads else _FETCHED
            await cursor.execute(query, {"since": since})
            offset = 0
            async for row in cursor:
                yield _occurrence(row, offset, lateness)
                offset += 1


async def traffic(connection: AsyncConnection[Any], since: datetime) -> list[Traffic]:
    """Requests since then, minute by minute."""
    cursor = await connection.execute(
        "SELECT service, environment, extract(epoch FROM minute)::bigint, requests FROM traffic"
        " WHERE minute >= %s ORDER BY minute, service, environment",
        [since],
    )
    return [
        Traffic(
            offset=offset,
            service=service,
            environment=environment,
            requests=requests,
            start=float(minute),
            end=float(minute + _MINUTE),
        )
        for offset, (service, environment, minute, requests) in enumerate(await cursor.fetchall())
    ]


async def releases(connection: AsyncConnection[Any], since: datetime) -> list[tuple[float, str, str, str]]:
    """Releases since then, in the order of their time: it, service, environment (empty: any) and release."""
    cursor = await connection.execute(
        "SELECT extract(epoch FROM at)::float8, service, environment, release FROM releases WHERE at >= %s ORDER BY at",
        [since],
    )
    return [(at, service, environment, release) for at, service, environment, release in await cursor.fetchall()]


def _occurrence(row: Any, offset: int, lateness: float) -> Occurrence:
    occurred_at, received_at = row[0], row[1]
    bucket = int(occurred_at) // BUCKET_SECONDS * BUCKET_SECONDS
    return Occurrence(
        offset=offset,
        ordinal=0,
        event_id=row[2].bytes,
        own_id=True,
        occurred_at=occurred_at,
        received_at=received_at,
        bucket=bucket if occurred_at >= received_at - lateness else LATE,
        group=GroupRef(
            group_id=row[3], fingerprint="", service=row[4], environment=row[5], error_type=row[7], title=row[13],
            culprit=row[14], release=row[10],
        ),
        severity=Severity(row[6]),
        message=row[8],
        hostname=row[9],
        release=row[10],
        user_id=row[11],
        user_key=blake2b(row[11].encode(), digest_size=16).digest() if row[11] else None,
        trace_id=row[12],
        payload=row[15].encode(),
    )  # fmt: skip


_GROUPS = """
    SELECT groups.id::text, groups.occurrences - seen.number, groups.first_seen >= %s,
        groups.type IS NOT NULL AND NOT EXISTS (
            SELECT FROM groups AS other WHERE other.environment = groups.environment AND other.type = groups.type
                AND (other.first_seen, other.id) < (groups.first_seen, groups.id)
        )
    FROM (SELECT group_id, count(*) AS number FROM occurrences WHERE occurred_at >= %s GROUP BY group_id) AS seen
    JOIN groups ON groups.id = seen.group_id
"""

_OCCURRENCES = """
    SELECT extract(epoch FROM o.occurred_at)::float8, extract(epoch FROM o.received_at)::float8, o.event_id,
        o.group_id::text, o.service, o.environment, o.severity::text, o.type, o.message, o.hostname, o.release,
        o.user_id, o.trace_id, g.title, g.culprit, %s
    FROM occurrences AS o JOIN groups AS g ON g.id = o.group_id
    WHERE o.occurred_at >= %%(since)s
    ORDER BY o.occurred_at, o.topic, o.partition, o."offset", o.ordinal
"""
