"""Merging groups, and what it means for their incidents: what is merged away is no incident of its own any more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from seawall.errors import SeawallError
from seawall.ids import find_group_id
from seawall.postgres import connected

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from seawall.settings import Settings
    from sinks.postgres.merging import MergedGroup

__all__ = ["merge_groups", "unmerge_groups"]


async def merge_groups(settings: "Settings", groups: Sequence[str], into: str, actor: str) -> "MergedGroup":
    """Merge groups into one; all of them or none. Raises SeawallError where that cannot be."""
    from sinks.postgres.merging import find_group, merge  # noqa: PLC0415 -- start-up time of other commands

    async with _changing(settings) as connection:
        target = await find_group_id(connection, into)
        for group in groups:
            group_id = await find_group_id(connection, group)
            shown = await merge(connection, group_id, target, actor)
            await _close_incident(connection, group_id, f"merged into: {shown.title}", actor)
        return await find_group(connection, shown.id)


async def unmerge_groups(settings: "Settings", groups: Sequence[str], actor: str) -> list["MergedGroup"]:
    """Take groups out of the one that they were merged into; all of them or none. Raises SeawallError."""
    from sinks.postgres.merging import find_group, unmerge  # noqa: PLC0415

    async with _changing(settings) as connection:
        ids = [await find_group_id(connection, group) for group in groups]
        for group_id in ids:
            await unmerge(connection, group_id, actor)
        return [await find_group(connection, group_id) for group_id in ids]


@asynccontextmanager
async def _changing(settings: "Settings") -> "AsyncIterator[AsyncConnection[Any]]":
    from sinks.postgres.merging import MergeError  # noqa: PLC0415

    async with connected(settings) as connection:
        try:
            async with connection.transaction():
                yield connection
        except MergeError as error:
            raise SeawallError(str(error)) from None


async def _close_incident(connection: "AsyncConnection[Any]", group_id: str, reason: str, actor: str) -> None:
    """Resolve the group's live incident, if it has one, and tell whoever was told of it."""
    from sinks.postgres import incidents as rows  # noqa: PLC0415
    from triage.acting import ask_to_tell  # noqa: PLC0415

    key = f"group:{group_id}"
    known = await rows.read_incidents(connection, [key], [])
    incident = known.live.get(key)
    if incident is None:
        return
    now, transition = datetime.now(UTC), f"merge:{uuid4()}"
    entry = rows.LogEntry(
        transition_id=transition,
        kind="resolve",
        at=now,
        severity=incident.severity,
        reasons=[reason],
        activity=incident.activity,
        actor=actor,
    )
    resolved = replace(incident, status="resolved", resolved_at=now, updated_at=now, reasons=[reason])
    await rows.write_incidents(connection, [resolved], [(incident.id, entry)])
    await ask_to_tell(connection, incident.id)
