"""What is open, in a few lines for Slack."""

from typing import Any

from psycopg import AsyncConnection

from sinks.slack.text import escape

__all__ = ["listed"]

MOST = 15
_TITLE = 120


async def listed(connection: AsyncConnection[Any], service: str | None = None) -> str:
    """The newest open incidents, of one service or of all. Raises psycopg.Error."""
    cursor = await connection.execute(
        "SELECT id::text, severity::text, status::text, service, title FROM incidents"
        " WHERE status NOT IN ('resolved', 'ignored') AND (%(service)s::text IS NULL OR service = %(service)s)"
        " ORDER BY opened_at DESC LIMIT %(most)s",
        {"service": service, "most": MOST + 1},
    )
    rows = await cursor.fetchall()
    if not rows:
        return "Nothing is open."
    lines = [
        f"`{row[0][:8]}` {row[1]} · {row[2].replace('_', ' ')} · {escape(row[3], 60)} · {escape(row[4], _TITLE)}"
        for row in rows[:MOST]
    ]
    return "\n".join([*lines, *(["… and more"] if len(rows) > MOST else [])])
