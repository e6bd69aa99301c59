"""What people say of errors, in PostgreSQL."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from models.feedback import Feedback

__all__ = ["add_feedback", "list_feedback"]

Connection = AsyncConnection[Any]


async def add_feedback(connection: Connection, said: Iterable[Feedback]) -> None:
    """Add what was said, in the caller's transaction; what was sent twice is there once."""
    rows = {one.feedback_id: one for one in said}
    await connection.cursor().executemany(
        _ADD,
        [
            (
                one.feedback_id, one.project, one.environment, one.event_id, one.comments, one.name, one.email, one.url,
                datetime.fromtimestamp(one.at, UTC),
            )
            for _, one in sorted(rows.items())  # in one order in every transaction: workers never deadlock
        ],
    )  # fmt: skip


async def list_feedback(
    connection: Connection, *, project: str | None = None, group_id: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The latest of it; of a group: what was said of its errors that are still stored."""
    query, arguments = _LIST, {"project": project, "group_id": group_id, "limit": limit}
    cursor = await connection.cursor(row_factory=dict_row).execute(query, arguments)
    return await cursor.fetchall()


_ADD = """
    INSERT INTO feedback (id, project, environment, event_id, comments, name, email, url, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO NOTHING
"""
_LIST = """
    SELECT feedback_id::text, at, project, environment, event_id::text, group_id::text, comments, name, email, url
    FROM analytics.feedback
    WHERE (%(project)s::text IS NULL OR project = %(project)s)
        AND (%(group_id)s::uuid IS NULL OR group_id = %(group_id)s)
    ORDER BY at DESC LIMIT %(limit)s
"""
