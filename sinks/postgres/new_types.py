"""Error types that an environment had none of before."""

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

from models.wire import GroupRef

__all__ = ["new_types"]


async def new_types(connection: AsyncConnection[Any], made: Iterable[GroupRef]) -> frozenset[str]:
    """The ids of groups that are the first of their type in their environment; of several new ones, one.

    Args:
        connection: in the batch's transaction.
        made: the groups that the batch made.
    """
    groups = list(made)
    first: dict[tuple[str, str], str] = {}
    for group in groups:
        if group.error_type:
            first.setdefault((group.environment, group.error_type), group.group_id)
    if not first:
        return frozenset()
    cursor = await connection.execute(
        _KNOWN,
        [
            [environment for environment, _ in first],
            [error_type for _, error_type in first],
            [group.group_id for group in groups],
        ],
    )
    known = set(await cursor.fetchall())
    return frozenset(group_id for pair, group_id in first.items() if pair not in known)


_KNOWN = """
    SELECT asked.environment, asked.type FROM unnest(%s::text[], %s::text[]) AS asked (environment, type)
    WHERE EXISTS (
        SELECT FROM groups
        WHERE groups.environment = asked.environment AND groups.type = asked.type AND groups.id <> ALL (%s::uuid[])
    )
"""
