"""Which group an event joins: the one that owns any of its hashes, or one with a message like its own, or a new one.

Claims are committed before the batch that they are for, under a lock on their service and environment, and never
change: so every worker comes to the same group for the same event, in whatever order events arrive, and after every
restart. Most events' hashes are known to the process and cost nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec
from psycopg import AsyncConnection

from models.occurrence import Occurrence
from sinks.postgres.arrays import array
from sinks.postgres.connecting import Pool

__all__ = ["NoTemplates", "Owners", "Templates"]

KNOWN_HASHES = 200_000  # remembered a process; forgetting one costs a look-up, nothing else
TEMPLATES_A_BUCKET = 500  # the newest so many are compared with
LOCKS = 64  # that services and environments share: a server has thousands in all

Connection = AsyncConnection[Any]
Scope = tuple[str, str]  # service, environment


class Templates(Protocol):
    """How messages are compared. Pure."""

    def bucket(self, pattern: str) -> str | None:
        """What messages that may be alike have in common; None: this one is compared with no other."""

    def best(self, pattern: str, templates: Sequence[str]) -> int | None:
        """Which template the message is like, if any."""

    def join(self, template: str, pattern: str) -> str:
        """The template, widened so that the message fits it."""


class NoTemplates:
    """Every message is like itself only."""

    def bucket(self, pattern: str) -> str | None:
        """None."""
        del pattern
        return None

    def best(self, pattern: str, templates: Sequence[str]) -> int | None:
        """None."""
        del pattern, templates
        return None

    def join(self, template: str, pattern: str) -> str:
        """Not called."""
        del pattern
        return template


class Owners:
    """Gives events their groups. One a process; safe for concurrent use.

    Args:
        pool: open; a connection of it is used besides the batch's.
        templates: how messages without a stack are compared.
    """

    def __init__(self, pool: Pool, templates: Templates) -> None:
        self._pool = pool
        self._templates = templates
        self._known: dict[str, str] = {}  # hash -> group id

    def forget(self) -> None:
        """What is known may be of a database that was replaced by an older one."""
        self._known.clear()

    async def settle(self, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
        """The occurrences, each in the group that it joins."""
        known = self._known
        unknown = [one for one in occurrences if not all(hash_ in known for hash_ in one.hashes[: one.owned])]
        if unknown:
            found = await self._claim(unknown)
            if len(known) + len(found) > KNOWN_HASHES:
                known.clear()
                # Hashes of this batch that were known before are asked for again.
                found |= await self._claim(occurrences)
            known |= found
        return [_moved(one, known[one.hashes[0]]) if one.hashes else one for one in occurrences]

    async def _claim(self, occurrences: Sequence[Occurrence]) -> dict[str, str]:
        async with self._pool.connection() as connection, connection.transaction():
            await _lock(connection, {(one.group.service, one.group.environment) for one in occurrences})
            claims = _Claims(await _owned(connection, {hash_ for one in occurrences for hash_ in one.hashes}))
            registry = _Registry(connection, self._templates)
            for one in occurrences:
                if one.hashes and not claims.joins(one):
                    claims.give(one, await registry.group_of(one) or one.hashes[0])
            await _store_claims(connection, claims.new)
            await registry.store()
        return claims.owned


def _moved(one: Occurrence, group_id: str) -> Occurrence:
    if one.group.group_id == group_id:
        return one
    told, tells = (b'"group_id":"%b"' % id_.encode() for id_ in (one.group.group_id, group_id))
    ref = msgspec.structs.replace(one.group, group_id=group_id)
    return replace(one, group=ref, payload=one.payload.replace(told, tells))


@dataclass(slots=True)
class _Claims:
    owned: dict[str, str]
    new: dict[str, str] = field(default_factory=dict)

    def joins(self, one: Occurrence) -> bool:
        """Whether a group owns a hash of the event; those that it may own are that group's now."""
        owner = next((found for hash_ in one.hashes if (found := self.owned.get(hash_))), None)
        if owner is None:
            return False
        self.give(one, owner)
        return True

    def give(self, one: Occurrence, group_id: str) -> None:
        for hash_ in one.hashes[: one.owned]:
            if hash_ not in self.owned:
                self.owned[hash_] = self.new[hash_] = group_id


class _Registry:
    """The templates of the messages in one batch of claims, read as far as they are needed."""

    def __init__(self, connection: Connection, templates: Templates) -> None:
        self._connection = connection
        self._templates = templates
        self._read: dict[tuple[Scope, str], list[_Template]] = {}

    async def group_of(self, one: Occurrence) -> str | None:
        """The group of a message like the event's; None where its message is the first of its kind, or it has none."""
        bucket = self._templates.bucket(one.pattern) if one.pattern else None
        if one.pattern is None or bucket is None:
            return None
        scope = (one.group.service, one.group.environment)
        known = self._read.get((scope, bucket))
        if known is None:
            known = self._read[scope, bucket] = await _read_templates(self._connection, scope, bucket)
        best = self._templates.best(one.pattern, [template.text for template in known])
        if best is None:
            known.insert(0, _Template(one.hashes[0], one.pattern, changed=True))
            return None
        template = known[best]
        template.text = self._templates.join(template.text, one.pattern)
        template.messages += 1
        template.changed = True
        return template.group_id

    async def store(self) -> None:
        changed = [
            (template.group_id, *scope, bucket, template.text, template.messages)
            for (scope, bucket), templates in self._read.items()
            for template in templates
            if template.changed
        ]
        if changed:
            await self._connection.cursor().executemany(_STORE_TEMPLATE, changed)


@dataclass(slots=True)
class _Template:
    group_id: str
    text: str
    messages: int = 1
    changed: bool = False


async def _lock(connection: Connection, scopes: Iterable[Scope]) -> None:
    await connection.execute(_LOCK_SCOPES, [LOCKS, [f"{service}\x1f{environment}" for service, environment in scopes]])


async def _owned(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    cursor = await connection.execute(
        "SELECT hash::text, group_id::text FROM group_hashes WHERE hash = ANY (%s::uuid[])", [array(sorted(hashes))]
    )
    return dict(await cursor.fetchall())


async def _store_claims(connection: Connection, claims: dict[str, str]) -> None:
    if claims:
        await connection.execute(_STORE_CLAIMS, [array(claims), array(claims.values())])


async def _read_templates(connection: Connection, scope: Scope, bucket: str) -> list[_Template]:
    cursor = await connection.execute(_READ_TEMPLATES, [*scope, bucket, TEMPLATES_A_BUCKET])
    return [_Template(group_id, text, messages) for group_id, text, messages in await cursor.fetchall()]


# In the order of their numbers, so that two workers cannot wait for each other.
_LOCK_SCOPES = """
    SELECT count(pg_advisory_xact_lock(x'5ea3a11'::int, number))
    FROM (
        SELECT DISTINCT hashtext(scope) & (%s - 1) AS number FROM unnest(%s::text[]) AS scope ORDER BY number
    ) AS numbers"""

_STORE_CLAIMS = """
    INSERT INTO group_hashes (hash, group_id)
    SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS claims (hash, group_id)"""

_READ_TEMPLATES = """
    SELECT group_id::text, template, messages FROM message_templates
    WHERE service = %s AND environment = %s AND bucket = %s ORDER BY made_at DESC, group_id LIMIT %s"""

_STORE_TEMPLATE = """
    INSERT INTO message_templates (group_id, service, environment, bucket, template, messages)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (group_id) DO UPDATE SET template = excluded.template, messages = excluded.messages"""
