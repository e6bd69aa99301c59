"""Silences and what they hold back, and looking at it again when one begins or ends."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from procrastinate import App
from psycopg import AsyncConnection

from models.notifying import HeldBack, Matcher, Silence
from rules.quiet import Silences, matches
from sinks.jobs import defer_flushes, defer_only_app, defer_summaries
from sinks.postgres import silences as rows
from sinks.postgres.bundles import bundles_held_by
from sinks.postgres.summaries import hasten_summaries

__all__ = ["hidden_by", "silence", "silences_in_force", "unsilence"]

Connection = AsyncConnection[Any]
_JOBS = defer_only_app()
_KNOWN: dict[UUID, Silences] = {}  # as read last: unended ones then, of which some may have ended since
VERSIONS = 4  # of them that are kept
PREVIEW = 1_000  # live incidents that a preview looks at


async def silences_in_force(connection: Connection, version: UUID, at: float) -> Silences:
    """The silences that hold at an epoch second, or will, compiled; read where they are not known of this version.

    The version must be read before: what changes meanwhile is found the next time. Raises psycopg.Error.
    """
    if version not in _KNOWN:
        read = await rows.unended_silences(connection, datetime.fromtimestamp(at, UTC))
        while len(_KNOWN) >= VERSIONS:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[version] = Silences(read)
    return _KNOWN[version]


async def silence(
    connection: Connection,
    matchers: Sequence[Matcher],
    *,
    starts_at: float,
    ends_at: float,
    author: str,
    comment: str = "",
    silence_id: str | None = None,
) -> Silence:
    """Make a silence; one of the same id that is there already stays. Raises ValueError, psycopg.Error.

    What it holds back is noted when it is, together with when to look at it again.
    """
    if not matchers:
        raise ValueError("a silence needs at least one matcher: without one it would hide everything")
    if ends_at <= starts_at:
        raise ValueError("a silence must end after it starts")
    made = Silence(
        id=silence_id or str(uuid4()),
        matchers=tuple(matchers),
        starts_at=starts_at,
        ends_at=ends_at,
        author=author,
        comment=comment,
    )
    await rows.add_silence(connection, made)
    return made


async def unsilence(connection: Connection, silence_id: str, at: float, jobs: App = _JOBS) -> bool:
    """Let a silence end now; what it held back is told, where it is still so. False: there is none that holds."""
    now = datetime.fromtimestamp(at, UTC)
    async with connection.transaction():
        if not await rows.end_silence(connection, silence_id, now):
            return False
        held = await bundles_held_by(connection, HeldBack.SILENCE, [silence_id])
        await defer_flushes(jobs, connection, dict.fromkeys(held))
        summaries = await hasten_summaries(connection, HeldBack.SILENCE, silence_id, now)
        await defer_summaries(jobs, connection, dict.fromkeys(summaries))
    return True


async def hidden_by(connection: Connection, matchers: Sequence[Matcher]) -> list[dict[str, Any]]:
    """The live incidents that matchers fit, as a preview."""
    cursor = await connection.execute(
        "SELECT id::text, title, service, severity::text, facts FROM incidents"
        " WHERE status NOT IN ('resolved', 'ignored') ORDER BY opened_at DESC LIMIT %s",
        [PREVIEW],
    )
    return [
        {"id": row[0], "title": row[1], "service": row[2], "severity": row[3]}
        for row in await cursor.fetchall()
        if matches(matchers, row[4])
    ]
