"""A group's row as people triage it, read under a lock and written once, with its history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from models.triage import Ignored, Resolved, Status

__all__ = ["GroupRow", "locked_group", "log_of_group", "newest_release", "write_group"]

Connection = AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """What triage reads and writes of a group, as it is shown."""

    id: str
    title: str
    service: str
    environment: str
    status: Status
    occurrences: int
    users: int
    last_release: str | None
    assignee: str | None
    version: int


async def locked_group(connection: Connection, group_id: str) -> GroupRow | None:
    """The group, or the one that it is merged into; locked until the transaction ends. None: there is none."""
    cursor = await connection.execute(
        "SELECT coalesce(root_id, id)::text FROM groups WHERE id = %s FOR SHARE", [group_id]
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    await connection.execute("SELECT 1 FROM groups WHERE id = %s FOR UPDATE", [row[0]])
    async with connection.cursor(row_factory=class_row(GroupRow)) as rows:
        await rows.execute(
            "SELECT id::text, title, service, environment, status::text, occurrences, users, last_release, assignee,"
            " version FROM shown_groups WHERE id = %s",
            [row[0]],
        )
        return await rows.fetchone()


async def write_group(
    connection: Connection,
    group: GroupRow,
    *,
    resolved: Resolved | None = None,
    ignored: Ignored | None = None,
    at: datetime,
) -> None:
    """Write the group's status and assignee; how it was put away goes where it belongs, and away again otherwise."""
    await connection.execute(
        "UPDATE groups SET status = %s, assignee = %s, resolved_at = %s, resolved_in = %s, ignored = %s,"
        " version = version + 1 WHERE id = %s",
        [
            group.status,
            group.assignee,
            at if group.status == "resolved" else None,
            Jsonb(msgspec.to_builtins(resolved)) if group.status == "resolved" and resolved else None,
            Jsonb(msgspec.to_builtins(ignored)) if group.status == "ignored" and ignored else None,
            group.id,
        ],
    )


async def log_of_group(
    connection: Connection, group_id: str, *, actor: str, action: str, detail: dict[str, Any], at: datetime
) -> None:
    """Note what was done to a group."""
    await connection.execute(
        "INSERT INTO group_log (group_id, at, actor, action, detail) VALUES (%s, %s, %s, %s, %s)",
        [group_id, at, actor, action, Jsonb(detail)],
    )


async def newest_release(connection: Connection, service: str) -> str | None:
    """The newest release of a service that is known, by when it was made known, else by when it was first seen."""
    cursor = await connection.execute(_NEWEST, {"service": service})
    row = await cursor.fetchone()
    return str(row[0]) if row else None


_NEWEST = """
    (SELECT release FROM releases WHERE service = %(service)s ORDER BY at DESC, revision DESC LIMIT 1)
    UNION ALL
    (SELECT last_release FROM groups WHERE service = %(service)s AND last_release IS NOT NULL
        ORDER BY last_seen DESC LIMIT 1)
    LIMIT 1"""
