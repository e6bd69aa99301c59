"""Silences: what nobody wants to hear of for a while."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, AsyncCursor
from psycopg.types.json import Jsonb

from models.notifying import Matcher, Silence

__all__ = ["add_silence", "ask_version", "end_silence", "find_silence", "silences", "unended_silences"]

Connection = AsyncConnection[Any]


async def ask_version(connection: Connection) -> AsyncCursor[tuple[UUID]]:
    """One row, to be fetched: what is another one whenever silences have changed."""
    return await connection.execute("SELECT version FROM silences_version")


async def unended_silences(connection: Connection, now: datetime) -> list[Silence]:
    """Those that hold at a time, or will."""
    cursor = await connection.execute(_SELECT + "WHERE ends_at > %s ORDER BY id", [now])
    return [_silence(row) for row in await cursor.fetchall()]


async def silences(connection: Connection, *, ended_since: datetime) -> list[Silence]:
    """Those that hold, will hold, or ended since then; the newest last."""
    cursor = await connection.execute(_SELECT + "WHERE ends_at > %s ORDER BY made_at", [ended_since])
    return [_silence(row) for row in await cursor.fetchall()]


async def add_silence(connection: Connection, silence: Silence) -> None:
    """Add one; one of its id that is there already stays as it is."""
    await connection.execute(
        "INSERT INTO silences (id, matchers, starts_at, ends_at, author, comment) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [
            silence.id,
            Jsonb(msgspec.to_builtins(silence.matchers)),
            datetime.fromtimestamp(silence.starts_at, UTC),
            datetime.fromtimestamp(silence.ends_at, UTC),
            silence.author,
            silence.comment,
        ],
    )


async def end_silence(connection: Connection, silence_id: str, now: datetime) -> bool:
    """Let it end now; False where there is none that still holds."""
    cursor = await connection.execute(
        "UPDATE silences SET ends_at = greatest(%s, starts_at) WHERE id = %s AND ends_at > %s", [now, silence_id, now]
    )
    return cursor.rowcount == 1


async def find_silence(connection: Connection, silence_id: str) -> Silence | None:
    """A silence by its id."""
    row = await (await connection.execute(_SELECT + "WHERE id = %s", [silence_id])).fetchone()
    return _silence(row) if row else None


def _silence(row: Sequence[Any]) -> Silence:
    silence_id, matchers, starts_at, ends_at, author, comment = row
    return Silence(
        id=silence_id,
        matchers=msgspec.json.decode(matchers, type=tuple[Matcher, ...]),
        starts_at=starts_at,
        ends_at=ends_at,
        author=author,
        comment=comment,
    )


_SELECT = """
    SELECT id::text, matchers::text, extract(epoch FROM starts_at)::float8, extract(epoch FROM ends_at)::float8, author,
        comment
    FROM silences """
