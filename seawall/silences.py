"""Silences for commands: added, previewed, listed with what they held back, ended."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seawall.errors import SeawallError
from seawall.ids import find_silence_id
from seawall.postgres import connected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection

    from models.notifying import Matcher, Silence
    from seawall.settings import Settings

__all__ = ["added", "ended", "listed", "previewed"]


async def listed(settings: "Settings", *, ended_since: float) -> list[dict[str, Any]]:
    """Those that hold, will hold, or ended since that epoch second; the newest last."""
    from sinks.postgres.silences import silences  # noqa: PLC0415 -- start-up time of other commands

    async with connected(settings) as connection:
        found = await silences(connection, ended_since=datetime.fromtimestamp(ended_since, UTC))
        held = await _held_back(connection, [one.id for one in found])
    return [_told(one) | {"held_back": held.get(one.id, 0)} for one in found]


async def added(
    settings: "Settings",
    matchers: "Sequence[Matcher]",
    *,
    starts_at: float,
    ends_at: float,
    author: str,
    comment: str,
) -> dict[str, Any]:
    """Add one. Raises SeawallError where it makes no sense."""
    from triage.silencing import hidden_by, silence  # noqa: PLC0415

    async with connected(settings) as connection:
        hides = len(await hidden_by(connection, matchers))
        try:
            made = await silence(
                connection, matchers, starts_at=starts_at, ends_at=ends_at, author=author, comment=comment
            )
        except ValueError as error:
            raise SeawallError(str(error)) from None
    return _told(made) | {"hides": hides}


async def previewed(settings: "Settings", matchers: "Sequence[Matcher]") -> list[dict[str, Any]]:
    """The live incidents that matchers fit."""
    from triage.silencing import hidden_by  # noqa: PLC0415

    async with connected(settings) as connection:
        return await hidden_by(connection, matchers)


async def ended(settings: "Settings", given: str) -> dict[str, Any]:
    """End one now. Raises SeawallError where there is none that still holds."""
    from triage.silencing import unsilence  # noqa: PLC0415

    async with connected(settings) as connection:
        whole = await find_silence_id(connection, given)
        if not await unsilence(connection, whole, time.time()):
            raise SeawallError(f"the silence {whole} has ended already")
        held = await _held_back(connection, [whole])
    return {"id": whole, "held_back": held.get(whole, 0)}


async def _held_back(connection: "AsyncConnection[Any]", silences: "Sequence[str]") -> dict[str, int]:
    cursor = await connection.execute(
        "SELECT by, count(DISTINCT incident_id) FROM held_back WHERE why = 'silence' AND by = ANY (%s) GROUP BY 1",
        [list(silences)],
    )
    return dict(await cursor.fetchall())


def _told(one: "Silence") -> dict[str, Any]:
    return {
        "id": one.id,
        "matchers": [f"{matcher.name}{matcher.kind}{matcher.value}" for matcher in one.matchers],
        "starts_at": datetime.fromtimestamp(one.starts_at, UTC),
        "ends_at": datetime.fromtimestamp(one.ends_at, UTC),
        "author": one.author,
        "comment": one.comment,
    }
