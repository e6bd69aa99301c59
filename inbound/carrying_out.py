"""What was asked for, carried out; the outcome in words for whoever asked."""

import time
from typing import Any

from psycopg import AsyncConnection

from inbound.contract import Asked
from rules.triage import RefusedError
from triage.acting import ConflictError, NotFoundError, apply

__all__ = ["carry_out", "whole_id"]

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


async def whole_id(connection: Connection, given: str) -> str | None:
    """The id of the one incident whose id begins so."""
    text = given.strip().lower()
    if len(text) < _SHORTEST or not set(text) <= _HEX:
        return None
    cursor = await connection.execute("SELECT id::text FROM incidents WHERE id::text LIKE %s LIMIT 2", [f"{text}%"])
    found = await cursor.fetchall()
    return found[0][0] if len(found) == 1 else None
