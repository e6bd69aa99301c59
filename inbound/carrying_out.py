"""What was asked for, carried out; the outcome in words for whoever asked."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from psycopg import AsyncConnection

from inbound.contract import Asked, Hush
from models.notifying import Matcher
from rules.triage import RefusedError
from sinks.postgres.incidents import find_incident
from triage.acting import ConflictError, NotFoundError, apply
from triage.silencing import silence

__all__ = ["ALIKE", "carry_out", "hush", "was_told", "whole_id"]

ALIKE = ("service", "environment", "type", "title", "rule")  # in which incidents are alike that one button silences

Connection = AsyncConnection[Any]
_SHORTEST = 6  # characters of an id that may stand for the whole
_HEX = frozenset("0123456789abcdef-")


async def carry_out(connection: Connection, asked: Asked) -> str | None:
    """Do it. Returns why it was not done, for the person; None: it was. Raises psycopg.Error."""
    incident_id = await whole_id(connection, asked.incident)
    if incident_id is None:
        return f"No incident, or several, have an id that begins with {asked.incident[:40]}."
    try:
        await apply(
            connection,
            asked.action,
            actor=asked.actor,
            at=time.time(),
            incident_id=incident_id,
            request_id=asked.request_id,
        )
    except (RefusedError, ConflictError, NotFoundError) as error:
        text = str(error)
        return f"{text[:1].upper()}{text[1:]}."
    return None


async def hush(connection: Connection, asked: Hush) -> str:
    """Silence an incident and its like; says what was done, or why not. Raises psycopg.Error."""
    incident_id = await whole_id(connection, asked.incident)
    row = await find_incident(connection, incident_id) if incident_id else None
    if row is None:
        return f"No incident, or several, have an id that begins with {asked.incident[:40]}."
    now = time.time()
    matchers = [Matcher(name, "=", value) for name in ALIKE if (value := row.facts.get(name))]
    if not matchers:
        return "Nothing is known of it that a silence could go by."
    made = await silence(
        connection,
        matchers,
        starts_at=now,
        ends_at=now + asked.seconds,
        author=asked.actor,
        comment="by a button",
        silence_id=str(uuid5(NAMESPACE_OID, asked.request_id)),
    )
    return f"Silenced for {asked.seconds / 3600:g} h. `seawall silences expire {made.id[:8]}` ends it."


async def whole_id(connection: Connection, given: str) -> str | None:
    """The id of the one incident whose id begins so."""
    text = given.strip().lower()
    if len(text) < _SHORTEST or not set(text) <= _HEX:
        return None
    cursor = await connection.execute("SELECT id::text FROM incidents WHERE id::text LIKE %s LIMIT 2", [f"{text}%"])
    found = await cursor.fetchall()
    return found[0][0] if len(found) == 1 else None


async def was_told(connection: Connection, incident_id: str, channels: Sequence[str]) -> bool:
    """Whether something about the incident was sent to one of the channels."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM deliveries WHERE incident_id = %s AND channel = ANY(%s) AND attempts > 0)",
        [incident_id, list(channels)],
    )
    row = await cursor.fetchone()
    return bool(row and row[0])
