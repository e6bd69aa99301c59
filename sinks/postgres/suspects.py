"""Groups that are new, or are back, and whose suspect commit nobody has looked for yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from models.suspect import Suspect

__all__ = ["Unsuspected", "claim_unsuspected", "services_unsuspected", "set_suspect"]

Connection = AsyncConnection[Any]

AT_ONCE = 5  # groups that one worker takes
MOST_SERVICES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsuspected:
    """A group with its latest event, and the commits or names of the event's release and of the one before."""

    group_id: str
    service: str
    regressions: int
    payload: dict[str, Any]
    release: str | None
    previous: str | None


async def services_unsuspected(connection: Connection) -> list[str]:
    """The services that have such groups."""
    cursor = await connection.execute(_SERVICES, [MOST_SERVICES])
    return [row[0] for row in await cursor.fetchall()]


async def claim_unsuspected(connection: Connection, services: Sequence[str]) -> list[Unsuspected]:
    """Some such groups of these services, which nobody else is given for a minute.

    The groups are not locked meanwhile: batches go on counting them.
    """
    if not services:
        return []
    async with connection.transaction():
        cursor = await connection.execute(_CLAIM, [list(services), AT_ONCE])
        claimed = [row[0] for row in await cursor.fetchall()]
    cursor = await connection.execute(_READ, [claimed])
    return [
        Unsuspected(
            group_id=group_id, service=service, regressions=regressions,
            payload=orjson.loads(payload) if payload else {}, release=release, previous=previous,
        )
        for group_id, service, regressions, payload, release, previous in await cursor.fetchall()
    ]  # fmt: skip


async def set_suspect(connection: Connection, group: Unsuspected, found: Suspect | None) -> None:
    """Note what was found; nothing leaves what was found before."""
    await connection.execute(
        "UPDATE groups SET suspect = coalesce(%s, suspect), suspected_for = %s, suspected_until = NULL WHERE id = %s",
        [Jsonb(msgspec.to_builtins(found)) if found else None, group.regressions, group.group_id],
    )


_SERVICES = """
    SELECT DISTINCT service FROM groups
    WHERE status = 'new' AND suspected_for IS DISTINCT FROM regressions AND last_seen > now() - interval '1 day'
    LIMIT %s"""

_CLAIM = """
    UPDATE groups SET suspected_until = now() + interval '1 minute'
    WHERE id IN (
        SELECT id FROM groups
        WHERE service = ANY (%s) AND status = 'new' AND suspected_for IS DISTINCT FROM regressions
            AND last_seen > now() - interval '1 day' AND coalesce(suspected_until < now(), true)
        ORDER BY last_seen DESC LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id"""

# A release that was made known counts by its commit; of the one before, the newest that was out earlier.
_READ = """
    SELECT groups.id::text, groups.service, groups.regressions, event.payload::text,
        coalesce(named.commit, event.release), coalesce(earlier.commit, named.previous, earlier.release)
    FROM groups
    LEFT JOIN LATERAL (
        SELECT payload, release, environment FROM occurrences
        WHERE group_id = groups.id AND occurred_at >= groups.last_seen - interval '1 hour'
        ORDER BY occurred_at DESC LIMIT 1
    ) AS event ON true
    LEFT JOIN LATERAL (
        SELECT * FROM releases
        WHERE service = groups.service AND release = event.release AND environment IN ('', event.environment)
        ORDER BY environment DESC LIMIT 1
    ) AS named ON true
    LEFT JOIN LATERAL (
        SELECT * FROM releases AS older
        WHERE older.service = groups.service AND older.environment = named.environment
            AND CASE WHEN named.previous IS NULL THEN older.at < named.at ELSE older.release = named.previous END
        ORDER BY older.at DESC LIMIT 1
    ) AS earlier ON true
    WHERE groups.id = ANY (%s)"""
