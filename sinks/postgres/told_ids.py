"""Ids of what is told beside errors and counts once: of traffic, and of check-ins that name no run."""

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

__all__ = ["remember"]


async def remember(connection: AsyncConnection[Any], ids: Iterable[str]) -> set[str]:
    """Those that were not seen before, of 32 hex characters each; they are remembered in the caller's transaction."""
    wanted = sorted(set(ids))  # in one order in every transaction: workers never deadlock
    if not wanted:
        return set()
    return {row[0].hex for row in await (await connection.execute(_REMEMBER, [wanted])).fetchall()}


_REMEMBER = """
    INSERT INTO traffic_ids (id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING RETURNING id
"""
