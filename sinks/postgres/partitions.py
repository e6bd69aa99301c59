"""Daily partitions of occurrences and minute_stats: made ahead and on demand, dropped by retention."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, sql

from sinks.postgres.expiring import remove_expired

__all__ = ["DAYS_AHEAD", "PARTITIONED", "drop_expired", "ensure_days", "maintain", "partition_days"]

PARTITIONED = ("occurrences", "minute_stats")
DAYS_AHEAD = 3
IDS_A_CHUNK = 10_000  # event ids deleted in one statement, so that no lock is held for long
PROCESS_DAYS = 1  # a process unseen for longer is forgotten
_LOCK_KEY = 0x5EA3A110002  # advisory: only one session makes or drops partitions at a time
_FILLFACTOR = {"occurrences": 100, "minute_stats": 80}  # minute_stats rows are updated while their minute lasts


async def ensure_days(connection: AsyncConnection[Any], days: Iterable[date]) -> None:
    """Make the partitions of some days (UTC) where they are missing. The connection must be in autocommit.

    A table is made apart and attached, which unlike `PARTITION OF` does not wait for the readers and writers of the
    parent, nor hold them up.
    """
    wanted = sorted(set(days))
    existing = await partition_days(connection)
    missing = [(table, day) for table in PARTITIONED for day in wanted if day not in existing[table]]
    if not missing:
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
        existing = await partition_days(connection)
        for table, day in missing:
            if day not in existing[table]:
                await _make(connection, table, day)


async def partition_days(connection: AsyncConnection[Any]) -> dict[str, set[date]]:
    """The days that each partitioned table has a partition for."""
    found: dict[str, set[date]] = {table: set() for table in PARTITIONED}
    for table, child, _ in await _partitions(connection):
        found[table].add(_day_of(child))
    return found


async def drop_expired(connection: AsyncConnection[Any], retention_days: int, today: date | None = None) -> list[str]:
    """Drop the partitions of days that lie more than `retention_days` before today; returns their names.

    Detached first, concurrently, so that neither writers nor a long query of an analyst stop the world: while such a
    query runs, only this function waits, until its lock or statement time-out. What it leaves half detached then is
    finished by the next call. The connection must be in autocommit.
    """
    oldest = (today or datetime.now(UTC).date()) - timedelta(days=retention_days)
    dropped = []
    for table, child, pending in await _partitions(connection):
        if _day_of(child) >= oldest:
            continue
        how = sql.SQL("FINALIZE") if pending else sql.SQL("CONCURRENTLY")
        parent, partition = sql.Identifier("seawall", table), sql.Identifier("seawall", child)
        await connection.execute(sql.SQL("ALTER TABLE {} DETACH PARTITION {} {}").format(parent, partition, how))
        await connection.execute(sql.SQL("DROP TABLE {}").format(partition))
        dropped.append(child)
    return dropped


async def maintain(
    connection: AsyncConnection[Any], *, retention_days: int, dedupe_horizon: float, today: date | None = None
) -> None:
    """The upkeep, to be called every few minutes by any process: partitions ahead, and what has expired.

    Args:
        connection: in autocommit.
        retention_days: days for which occurrences are kept.
        dedupe_horizon: seconds for which event ids are kept.
        today: for tests; otherwise the clock's, in UTC.
    """
    day = today or datetime.now(UTC).date()
    await ensure_days(connection, (day + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)))
    for table in ("event_ids", "traffic_ids"):
        await _forget_ids(connection, table, dedupe_horizon)
    await connection.execute("DELETE FROM processes WHERE seen_at < now() - make_interval(days => %s)", [PROCESS_DAYS])
    await remove_expired(connection, retention_days)
    await drop_expired(connection, retention_days, day)  # last: a long query of an analyst may hold it up


async def _make(connection: AsyncConnection[Any], table: str, day: date) -> None:
    child = sql.Identifier("seawall", f"{table}_{day:%Y%m%d}")
    parent = sql.Identifier("seawall", table)
    await connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL) WITH (fillfactor = {})").format(
            child, parent, sql.Literal(_FILLFACTOR[table])
        )
    )
    first, after = f"{day} 00:00:00+00", f"{day + timedelta(days=1)} 00:00:00+00"
    await connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            parent, child, sql.Literal(first), sql.Literal(after)
        )
    )


async def _partitions(connection: AsyncConnection[Any]) -> list[tuple[str, str, bool]]:
    """Table, partition, and whether its detaching was begun but not finished."""
    cursor = await connection.execute(
        "SELECT parent.relname, child.relname, inhdetachpending FROM pg_inherits"
        " JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent"
        " WHERE inhparent = ANY (%s::regclass[]) ORDER BY 1, 2",
        [[f"seawall.{table}" for table in PARTITIONED]],
    )
    return [(table, child, pending) for table, child, pending in await cursor.fetchall()]


def _day_of(partition: str) -> date:
    return datetime.strptime(partition[-8:], "%Y%m%d").replace(tzinfo=UTC).date()


async def _forget_ids(connection: AsyncConnection[Any], table: str, horizon: float) -> None:
    ids = sql.Identifier(table)
    while True:
        cursor = await connection.execute(
            sql.SQL(
                "DELETE FROM {ids} WHERE ctid = ANY (ARRAY("
                " SELECT ctid FROM {ids} WHERE stored_at < now() - make_interval(secs => %s) LIMIT %s))"
            ).format(ids=ids),
            [horizon, IDS_A_CHUNK],
        )
        if cursor.rowcount < IDS_A_CHUNK:
            return
