"""First messages of new incidents by route: how many there were lately decides how many more there may be."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection, AsyncCursor

__all__ = ["Most", "note_messages", "told_lately"]

Connection = AsyncConnection[Any]


class Most(NamedTuple):
    """So many first messages a route may send in so many seconds."""

    route: str
    most: int
    seconds: int


async def told_lately(connection: Connection, routes: Iterable[Most], now: datetime) -> AsyncCursor[tuple[str, int]]:
    """Rows to be fetched: routes, and how many first messages each has sent within its last seconds.

    Until the transaction ends, nobody else counts those of a route that may send more. Ask after bundles are locked.
    """
    wanted = sorted(routes)  # in one order in every transaction: workers never deadlock
    return await connection.execute(
        "SELECT name, told FROM told_lately(%s, %s, %s, %s)",
        [[one.route for one in wanted], [one.seconds for one in wanted], [one.most for one in wanted], now],
    )


async def note_messages(connection: Connection, messages: Mapping[str, int], now: datetime) -> None:
    """Count first messages that are sent now, by route."""
    await connection.execute(_NOTE, [now, list(messages), list(messages.values())])


_NOTE = """
    INSERT INTO route_messages (at, route, messages)
    SELECT %s::timestamptz, * FROM unnest(%s::text[], %s::int[])"""
