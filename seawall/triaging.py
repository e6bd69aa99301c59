"""Incidents for commands: found by some characters of their id, acted on, listed, and told with their history."""

import time
from typing import TYPE_CHECKING, Any

from seawall.errors import SeawallError
from seawall.escalations import escalations
from seawall.ids import find_id
from seawall.postgres import connected

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from models.triage import Action
    from seawall.settings import Settings
    from triage.acting import Applied

__all__ = ["act", "history", "listed", "split"]

FEEDBACK = 20  # the latest that is shown with an incident


async def act(
    settings: "Settings", target: str, action: "Action", *, actor: str, version: int | None = None
) -> "Applied":
    """Carry out an action on an incident or a group. Raises SeawallError where that cannot be."""
    from rules.triage import RefusedError  # noqa: PLC0415 -- start-up time of other commands
    from triage.acting import ConflictError, NotFoundError, apply  # noqa: PLC0415

    async with connected(settings) as connection:
        kind, whole = await find_id(connection, target)
        try:
            return await apply(
                connection, action, actor=actor, at=time.time(), version=version, **{f"{kind}_id": whole}
            )
        except RefusedError as error:
            raise SeawallError(f"{action.kind}: {error}") from None
        except (ConflictError, NotFoundError) as error:
            raise SeawallError(str(error)) from None


async def split(settings: "Settings", target: str, *, actor: str) -> str:
    """Let an incident follow no other any more; its id. Raises SeawallError where it follows none."""
    from triage.correlating import split as split_off  # noqa: PLC0415

    async with connected(settings) as connection:
        kind, whole = await find_id(connection, target)
        if kind != "incident" or not await split_off(connection, whole, actor=actor, at=time.time()):
            raise SeawallError(f"{target} follows no other incident")
        return whole


async def listed(
    settings: "Settings", *, live_only: bool, service: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Incidents, the newest first."""
    async with connected(settings) as connection:
        return await _dicts(connection, _LISTED, {"live": live_only, "service": service, "limit": limit})


async def history(settings: "Settings", target: str) -> dict[str, Any]:
    """An incident (of a group: its newest one) and all that happened to it. Raises SeawallError where there is none."""
    from sinks.postgres.feedback import list_feedback  # noqa: PLC0415 -- start-up time

    async with connected(settings) as connection:
        kind, whole = await find_id(connection, target)
        found = await _dicts(connection, _ONE, {"group": kind == "group", "id": whole})
        if not found:
            raise SeawallError(f"the group {whole} has no incident")
        steps = await _dicts(connection, _HISTORY, {"id": found[0]["id"]})
        return {
            "incident": found[0],
            "history": steps,
            "escalations": await escalations(connection, settings, found[0]["id"]),
            "feedback": await list_feedback(connection, group_id=found[0]["group_id"], limit=FEEDBACK),
        }


async def _dicts(connection: "AsyncConnection[Any]", query: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row  # noqa: PLC0415

    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, arguments)
        return await cursor.fetchall()


_LISTED = """
    SELECT id::text, status::text, severity::text, service, environment, title, culprit, assignee, opened_at,
        updated_at, version, group_id::text
    FROM incidents
    WHERE (NOT %(live)s OR status NOT IN ('resolved', 'ignored'))
        AND (%(service)s::text IS NULL OR service = %(service)s)
    ORDER BY opened_at DESC LIMIT %(limit)s"""

_ONE = """
    SELECT id::text, status::text, severity::text, service, environment, title, culprit, rule, reasons, assignee,
        opened_at, acknowledged_at, resolved_at, updated_at, version, group_id::text,
        (SELECT suspect FROM groups WHERE groups.id = incidents.group_id) AS suspect
    FROM incidents WHERE CASE WHEN %(group)s THEN group_id = %(id)s ELSE id = %(id)s END
    ORDER BY opened_at DESC LIMIT 1"""

_HISTORY = """
    SELECT log.at, log.kind, log.actor, log.severity::text, log.reasons,
        coalesce(array_agg(told.channel ORDER BY told.channel) FILTER (WHERE told.status = 'sent'), '{}') AS told
    FROM incident_log AS log LEFT JOIN deliveries AS told USING (transition_id)
    WHERE log.incident_id = %(id)s GROUP BY log.transition_id ORDER BY log.at, min(told.id)"""
