"""Who is running: each process writes itself into the table `processes` every few seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

__all__ = ["Process", "beat", "leave", "processes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process as it last wrote itself down, by the database's clock."""

    id: str
    role: str
    host: str
    pid: int
    since: datetime
    seen_at: datetime
    silent: float  # seconds since it was seen
    info: dict[str, Any]


async def beat(  # noqa: PLR0917 -- role, host, pid, since: the table's own order
    connection: AsyncConnection[Any], role: str, host: str, pid: int, since: datetime, info: Mapping[str, Any]
) -> None:
    """Write that this process is alive.

    Args:
        connection: any of ours.
        role: `worker`, `notifier` …
        host: the host's name.
        pid: the process's id on that host.
        since: when it started.
        info: what else `seawall status` should show.
    """
    await connection.execute(
        "INSERT INTO processes (id, role, host, pid, since, seen_at, info) VALUES (%s, %s, %s, %s, %s, now(), %s)"
        " ON CONFLICT (id) DO UPDATE SET since = excluded.since, seen_at = now(), info = excluded.info",
        [_id(role, host, pid), role, host, pid, since, Jsonb(dict(info))],
    )


async def leave(connection: AsyncConnection[Any], role: str, host: str, pid: int) -> None:
    """Take this process off the list: it ends as it should."""
    await connection.execute("DELETE FROM processes WHERE id = %s", [_id(role, host, pid)])


async def processes(connection: AsyncConnection[Any]) -> list[Process]:
    """All processes that have not been forgotten, by role and age."""
    async with connection.cursor(row_factory=class_row(Process)) as cursor:
        await cursor.execute(
            "SELECT id, role, host, pid, since, seen_at, info,"
            " extract(epoch FROM clock_timestamp() - seen_at)::float8 AS silent"
            " FROM processes ORDER BY role, since, id"
        )
        return await cursor.fetchall()


def _id(role: str, host: str, pid: int) -> str:
    return f"{role}@{host}:{pid}"
