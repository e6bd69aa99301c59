"""Make groups one, and take one out again. Counts stay with the group that they were counted for: nothing is moved."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

__all__ = ["MergeError", "MergedGroup", "find_group", "members_of", "merge", "unmerge"]

Connection = AsyncConnection[Any]


class MergeError(Exception):
    """The groups cannot be merged or taken apart; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedGroup:
    """A group as far as merging goes."""

    id: str
    title: str
    service: str
    environment: str
    occurrences: int  # its own
    members: int
    root_id: str | None
    merged_into: str | None


async def find_group(connection: Connection, group_id: str) -> MergedGroup:
    """A group by its id. Raises MergeError where there is none."""
    [group] = await _read(connection, [group_id])
    return group


async def members_of(connection: Connection, group_id: str) -> list[MergedGroup]:
    """The groups that are shown as this one, the oldest first."""
    async with connection.cursor(row_factory=class_row(MergedGroup)) as cursor:
        await cursor.execute(_SELECT + "WHERE root_id = %s ORDER BY first_seen, id", [group_id])
        return await cursor.fetchall()


async def merge(connection: Connection, group_id: str, into_id: str, actor: str) -> MergedGroup:
    """Show `group_id`, and all that was merged into it, as `into_id`; returns the group that it is shown as now.

    Raises:
        MergeError: one of them does not exist, they are the same or of different services, or it is merged already.
    """
    async with connection.transaction():
        group, into = await _locked(connection, group_id, into_id)
        if group.root_id is not None:
            raise MergeError(f"{group_id} is merged into {group.merged_into} already: unmerge it first")
        if group.id == into.id:
            raise MergeError("a group cannot be merged into itself, or into one that was merged into it")
        if (group.service, group.environment) != (into.service, into.environment):
            raise MergeError(
                f"groups belong to a service and an environment: {group.service} in {group.environment} is not"
                f" {into.service} in {into.environment}"
            )
        await connection.execute(_PUT_IN, {"group": group.id, "into": into.id})
        await _count_members(connection, into.id)
        await _log(connection, group.id, actor, "merge", {"into": into.id})
        return into


async def unmerge(connection: Connection, group_id: str, actor: str) -> MergedGroup:
    """Let a merged group be one of its own again, with what was merged into it; returns the one that it was shown as.

    Raises:
        MergeError: it does not exist, or is not merged.
    """
    async with connection.transaction():
        before = await find_group(connection, group_id)
        if before.root_id is None:
            raise MergeError(f"{group_id} is not merged into another group")
        root, _ = await _locked(connection, before.root_id, group_id)
        await connection.execute(_TAKE_OUT, {"group": group_id})
        await connection.execute("UPDATE groups SET merged_into = NULL, root_id = NULL WHERE id = %s", [group_id])
        await _count_members(connection, group_id)
        await _count_members(connection, root.id)
        await _log(connection, group_id, actor, "unmerge", {"from": root.id})
        return root


async def _locked(connection: Connection, first: str, second: str) -> tuple[MergedGroup, MergedGroup]:
    """Two groups, the second as what it is shown as, and everything merged into either, locked in order."""
    into = await find_group(connection, second)
    wanted = [first, into.root_id or into.id]
    await connection.execute(
        "SELECT 1 FROM groups WHERE id = ANY (%s::uuid[]) OR root_id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE",
        [wanted, wanted],
    )
    one, other = await _read(connection, wanted)
    return one, other


async def _read(connection: Connection, wanted: list[str]) -> list[MergedGroup]:
    async with connection.cursor(row_factory=class_row(MergedGroup)) as cursor:
        await cursor.execute(_SELECT + "WHERE id = ANY (%s::uuid[])", [wanted])
        found = {group.id: group for group in await cursor.fetchall()}
    for group_id in wanted:
        if group_id not in found:
            raise MergeError(f"there is no group {group_id}")
    return [found[group_id] for group_id in wanted]


async def _count_members(connection: Connection, group_id: str) -> None:
    await connection.execute(
        "UPDATE groups SET members = (SELECT count(*) FROM groups AS one WHERE one.root_id = groups.id) WHERE id = %s",
        [group_id],
    )


async def _log(connection: Connection, group_id: str, actor: str, action: str, detail: dict[str, Any]) -> None:
    await connection.execute(
        "INSERT INTO group_log (group_id, actor, action, detail) VALUES (%s, %s, %s, %s)",
        [group_id, actor, action, Jsonb(detail)],
    )


_SELECT = """
    SELECT id::text, title, service, environment, occurrences, members, root_id::text, merged_into::text FROM groups """

_PUT_IN = """
    UPDATE groups SET root_id = %(into)s, members = 0,
        merged_into = CASE WHEN id = %(group)s THEN %(into)s ELSE merged_into END
    WHERE id = %(group)s OR root_id = %(group)s"""

# Whatever was merged into it, directly or not, goes with it.
_TAKE_OUT = """
    WITH RECURSIVE below AS (
        SELECT id FROM groups WHERE merged_into = %(group)s
        UNION SELECT groups.id FROM groups JOIN below ON groups.merged_into = below.id
    )
    UPDATE groups SET root_id = %(group)s WHERE id IN (SELECT id FROM below)"""
