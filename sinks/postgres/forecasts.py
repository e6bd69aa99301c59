"""Counts by the hour, and forecasts kept where every worker reads them. What they mean is decided elsewhere."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from models.wire import GroupRef

__all__ = [
    "ForecastRow",
    "HourRow",
    "alone",
    "hourly_counts",
    "made_last",
    "read_forecasts",
    "recent_groups",
    "write_forecasts",
]

Connection = AsyncConnection[Any]

STALE = "3 hours"  # a forecast that was not made anew for so long is of nothing that is asked for
_LOCK_KEY = 0x5EA3A110023  # advisory: one process makes forecasts at a time


class HourRow(NamedTuple):
    """Events of one number in one hour. Times are epoch seconds."""

    number: int
    hour: int  # its start
    events: int
    begun: int  # the first minute in it with an event


class ForecastRow(NamedTuple):
    """A forecast as it is stored."""

    key: str
    rule: str
    rates: Sequence[float]
    weeks: Sequence[int]
    noise: float


async def recent_groups(connection: Connection, since: float) -> list[GroupRef]:
    """The groups that had events since a time, by what thresholds match."""
    cursor = await connection.execute(
        "SELECT id::text, fingerprint, service, environment, title, type FROM groups WHERE last_seen >= %s",
        [_time(since)],
    )
    return [
        GroupRef(
            group_id=row[0], fingerprint=row[1], service=row[2], environment=row[3], title=row[4], error_type=row[5]
        )
        for row in await cursor.fetchall()
    ]


async def hourly_counts(
    connection: Connection, numbers: Sequence[tuple[str, int]], since: float, until: float
) -> list[HourRow]:
    """Events by number and hour in [since, until), epoch seconds.

    Args:
        connection: any.
        numbers: group id and the number that its events count for; a group may have several.
        since: from when on.
        until: up to when.
    """
    cursor = await connection.execute(
        _COUNTS,
        {
            "ids": [one for one, _ in numbers],
            "numbers": [number for _, number in numbers],
            "since": _time(since),
            "until": _time(until),
        },
    )
    return [HourRow(*row) for row in await cursor.fetchall()]


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[bool]:
    """A transaction; whether no other process makes forecasts meanwhile."""
    async with connection.transaction():
        cursor = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK_KEY])
        row = await cursor.fetchone()
        yield bool(row and row[0])


async def made_last(connection: Connection) -> float:
    """When forecasts were made last, epoch seconds; 0: never."""
    cursor = await connection.execute("SELECT coalesce(extract(epoch FROM max(made_at)), 0)::float8 FROM forecasts")
    row = await cursor.fetchone()
    return float(row[0]) if row else 0.0


async def write_forecasts(connection: Connection, made: Sequence[ForecastRow], at: float) -> None:
    """Put forecasts in the place of those before, and forget those that nothing asks for any more."""
    await connection.cursor().executemany(
        _WRITE, [{**one._asdict(), "rates": list(one.rates), "weeks": list(one.weeks), "at": _time(at)} for one in made]
    )
    await connection.execute(f"DELETE FROM forecasts WHERE made_at < %s - interval '{STALE}'", [_time(at)])  # noqa: S608 -- a constant of ours


async def read_forecasts(connection: Connection) -> Mapping[str, ForecastRow]:
    """All forecasts by their keys."""
    cursor = await connection.execute("SELECT alert_key, rule, rates, weeks, noise FROM forecasts")
    return {row[0]: ForecastRow(*row) for row in await cursor.fetchall()}


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


_COUNTS = """
    SELECT counted.number, floor(extract(epoch FROM minute) / 3600)::bigint * 3600, sum(occurrences)::bigint,
        extract(epoch FROM min(minute))::bigint
    FROM unnest(%(ids)s::uuid[], %(numbers)s::int[]) AS counted (id, number)
    JOIN minute_stats ON minute_stats.group_id = counted.id
    WHERE minute >= %(since)s AND minute < %(until)s
    GROUP BY 1, 2"""

_WRITE = """
    INSERT INTO forecasts (alert_key, rule, made_at, rates, weeks, noise)
    VALUES (%(key)s, %(rule)s, %(at)s, %(rates)s, %(weeks)s, %(noise)s)
    ON CONFLICT (alert_key) DO UPDATE SET rule = excluded.rule, made_at = excluded.made_at, rates = excluded.rates,
        weeks = excluded.weeks, noise = excluded.noise"""
