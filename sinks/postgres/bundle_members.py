"""What is in bundles of incidents that is to be decided on, and what people know already: read once they are locked."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row

from sinks.postgres.bundle_rows import MemberRow, StepRow, TogetherRow

__all__ = ["members", "steps", "told_together"]

Connection = AsyncConnection[Any]
Row = TypeVar("Row")


async def members(
    connection: Connection,
    bundles: Collection[str],
    incidents: Collection[str],
    now: datetime,
    *,
    waiting: Collection[str] = (),
) -> AsyncCursor[MemberRow]:
    """The incidents of bundles about which there may be something to decide, the oldest first.

    Those to which something happened, now (`incidents`) or before; of which it is time to remind; and all where people
    are asked by a policy. Of the bundles that are `waiting` for their turn, not those to which it happened before.
    """
    given = {"bundles": list(bundles), "incidents": list(incidents), "now": now, "waiting": list(waiting)}
    return await _ask(connection, MemberRow, _MEMBERS, given)


async def steps(
    connection: Connection,
    bundles: Collection[str],
    incidents: Collection[str],
    *,
    waiting: Collection[str] = (),
) -> AsyncCursor[StepRow]:
    """What happened to the incidents of bundles that they have not decided on, in order; of which: see `members`."""
    given = {"bundles": list(bundles), "incidents": list(incidents), "waiting": list(waiting)}
    return await _ask(connection, StepRow, _STEPS, given)


async def told_together(connection: Connection, bundles: Collection[str], now: datetime) -> AsyncCursor[TogetherRow]:
    """Of bundles with several incidents, what people know that is live: where there is any."""
    return await _ask(connection, TogetherRow, _TOGETHER, [now, list(bundles)])


async def _ask(connection: Connection, row: type[Row], query: LiteralString, given: Any) -> AsyncCursor[Row]:
    """Rows that are yet to be fetched: in a pipeline, so that one wait will do for several queries."""
    return await connection.cursor(row_factory=class_row(row)).execute(query, given)


# Each kind by an index of its own: in a storm a bundle has thousands about which there is nothing to decide.
_MEMBERS = """
    WITH concerned AS (
        SELECT bundle_id, incident_id FROM bundle_incidents
        WHERE bundle_id = ANY (%(bundles)s::uuid[]) AND bundle_id <> ALL (%(waiting)s::uuid[]) AND pending AND NOT done
        UNION SELECT bundle_id, incident_id FROM bundle_incidents
        WHERE bundle_id = ANY (%(bundles)s::uuid[]) AND incident_id = ANY (%(incidents)s::uuid[]) AND NOT done
    ), looked_at AS (
        SELECT * FROM concerned
        UNION SELECT bundle_id, incident_id FROM bundles
            JOIN bundle_incidents AS told ON bundle_id = bundles.id JOIN incidents ON incidents.id = incident_id
        WHERE bundles.id = ANY (%(bundles)s::uuid[]) AND NOT done AND first_told IS NOT NULL
            AND last_told <= %(now)s - make_interval(secs => repeat) AND incidents.status = 'new'
        UNION SELECT bundle_id, incident_id FROM bundles JOIN bundle_incidents ON bundle_id = bundles.id
        WHERE bundles.id = ANY (%(bundles)s::uuid[]) AND NOT done
            AND (policy IS NOT NULL OR EXISTS (SELECT FROM escalations WHERE escalations.bundle_id = bundles.id))
    )
    SELECT bundle_id::text, incident_id::text, one.channels, message_id::text, joined_at, seen, said, first_told,
        last_told, status::text, severity::text, facts, flaps, acknowledged_at, pending
    FROM looked_at JOIN bundle_incidents AS one USING (bundle_id, incident_id)
        JOIN incidents ON incidents.id = incident_id
    ORDER BY opened_at, incident_id"""

_STEPS = """
    WITH concerned AS (
        SELECT bundle_id, incident_id FROM bundle_incidents
        WHERE bundle_id = ANY (%(bundles)s::uuid[]) AND bundle_id <> ALL (%(waiting)s::uuid[]) AND pending AND NOT done
        UNION SELECT bundle_id, incident_id FROM bundle_incidents
        WHERE bundle_id = ANY (%(bundles)s::uuid[]) AND incident_id = ANY (%(incidents)s::uuid[]) AND NOT done
    )
    SELECT bundle_id::text, log.incident_id::text, log.number, log.transition_id, log.kind
    FROM concerned JOIN bundle_incidents AS one USING (bundle_id, incident_id)
        JOIN incident_log AS log ON log.incident_id = one.incident_id AND log.number > one.seen
    WHERE log.kind <> ALL ('{remind,page,unanswered,remind_acknowledged}') ORDER BY log.number"""

_TOGETHER = """
    SELECT bundles.id::text AS bundle_id, (
            SELECT message_id FROM bundle_incidents JOIN incidents ON incidents.id = incident_id
            WHERE bundle_id = bundles.id AND NOT done AND first_told IS NOT NULL AND message_id IS NOT NULL
                AND status NOT IN ('resolved', 'ignored') LIMIT 1
        )::text AS message_id, (
            SELECT last_told FROM bundle_incidents JOIN incidents ON incidents.id = incident_id
            WHERE bundle_id = bundles.id AND NOT done AND first_told IS NOT NULL
                AND last_told > %s - make_interval(secs => repeat) AND status = 'new'
            ORDER BY last_told LIMIT 1
        ) AS told_at
    FROM bundles WHERE id = ANY (%s::uuid[])"""
