"""What failed in the traces of a group, and which incidents are one for that."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row

__all__ = [
    "Failed",
    "Leader",
    "add_cause",
    "add_link",
    "ask_leaders",
    "ask_traces",
    "failures_of",
    "find_leader",
    "lock_traces",
    "note",
    "split_off",
    "stored_events",
]

Connection = AsyncConnection[Any]
MAX_TRACES = 20  # of a group that are looked at: half the newest, half those with which it began
MAX_ERRORS = (
    500  # of a group, and of a trace: one of more is no request, but an id that a producer gives to all it does
)
MAX_FAILURES = 200  # groups in them, those that failed first
LOCKS = 4_096  # that traces share: a storm has more traces than PostgreSQL has room for locks


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The first error of a group in some traces."""

    group_id: str
    service: str
    title: str
    trace_id: str
    at: datetime
    span_id: str | None
    parent_span_id: str | None
    calls: Sequence[str] | None  # the services that its service is known to call


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """The incident that another one follows, as it is now."""

    follower_id: str
    id: str
    status: str
    severity: str
    resolved_at: datetime | None
    channels: Sequence[str] = field(default=())  # that are told of it


async def ask_traces(
    connection: Connection, groups: Collection[str], since: datetime
) -> AsyncCursor[tuple[str, list[str]]]:
    """Rows to be fetched: groups, and the newest traces in which each failed, where there are any."""
    return await connection.execute(
        _TRACES, {"groups": list(groups), "since": since, "each": MAX_ERRORS, "most": MAX_TRACES}
    )


async def stored_events(connection: Connection, events: Collection[str], since: datetime) -> set[str]:
    """Those of some events that are stored, and happened since a time."""
    cursor = await connection.execute(_STORED, [list(events), since])
    return {row[0] for row in await cursor.fetchall()}


async def lock_traces(connection: Connection, traces: Iterable[str]) -> None:
    """Nobody else links incidents of these traces until the transaction ends. After the locks of incidents, always."""
    await connection.execute(_LOCK, [LOCKS, sorted(set(traces))])


async def failures_of(connection: Connection, traces: Collection[str], since: datetime) -> list[Failed]:
    """What failed in traces, a row a group as it is shown."""
    async with connection.cursor(row_factory=class_row(Failed)) as cursor:
        await cursor.execute(
            _FAILURES, {"traces": list(traces), "since": since, "each": MAX_ERRORS, "most": MAX_FAILURES}
        )
        return await cursor.fetchall()


async def find_leader(
    connection: Connection, incident_id: str, groups: Collection[str], severity: str, since: datetime
) -> str | None:
    """The oldest live incident of one of the groups, at least as severe; of one that follows, what it follows."""
    cursor = await connection.execute(
        _LEADER, {"incident": incident_id, "groups": list(groups), "severity": severity, "since": since}
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def add_link(connection: Connection, follower: str, leader: str, trace: str, now: datetime) -> bool:
    """Let an incident follow another; False where it does already, or was split off."""
    cursor = await connection.execute(
        "INSERT INTO incident_links (follower_id, leader_id, trace_id, linked_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING follower_id",
        [follower, leader, trace, now],
    )
    return await cursor.fetchone() is not None


async def add_cause(connection: Connection, leader: str, cause: Failed, why: str, now: datetime) -> None:
    """Note what led to an incident and all that follow it."""
    await connection.execute(_CAUSE, [leader, cause.group_id, cause.service, cause.title, why, now])


async def note(
    connection: Connection, incident_id: str, transition_id: str, reasons: Sequence[str], now: datetime
) -> None:
    """Add to an incident's history without touching its row: whoever holds that may be waiting for us."""
    await connection.execute(_NOTE, [transition_id, now, list(reasons), incident_id])


async def ask_leaders(connection: Connection, incidents: Collection[str]) -> AsyncCursor[Leader]:
    """Rows to be fetched: of those of the incidents that follow another, what they follow."""
    return await connection.cursor(row_factory=class_row(Leader)).execute(_LEADERS, [list(incidents)])


async def split_off(connection: Connection, follower: str, actor: str, now: datetime) -> bool:
    """Let an incident follow no other any more, for good; False where it follows none."""
    cursor = await connection.execute(
        "UPDATE incident_links SET split_at = %s, split_by = %s WHERE follower_id = %s AND split_at IS NULL",
        [now, actor, follower],
    )
    return cursor.rowcount == 1


# The newest alone would not do: what else failed in them may not be stored yet, and a storm's are all of a moment.
_TRACES = """
    SELECT asked.id::text, array_agg(traces.trace_id ORDER BY traces.last DESC, traces.trace_id)
    FROM unnest(%(groups)s::uuid[]) AS asked (id) CROSS JOIN LATERAL (
        SELECT trace_id, max(occurred_at) AS last,
            row_number() OVER (ORDER BY max(occurred_at) DESC, trace_id) AS place, count(*) OVER () AS traces
        FROM groups AS member CROSS JOIN LATERAL (
            SELECT trace_id, occurred_at FROM occurrences
            WHERE group_id = member.id AND occurred_at >= %(since)s ORDER BY occurred_at DESC LIMIT %(each)s
        ) AS newest
        WHERE (member.id = asked.id OR member.root_id = asked.id) AND trace_id IS NOT NULL
        GROUP BY trace_id
    ) AS traces
    WHERE place <= %(most)s / 2 OR place > traces - %(most)s / 2
    GROUP BY asked.id"""

_STORED = """
    SELECT event_id::text FROM occurrences WHERE event_id = ANY (%s::uuid[]) AND occurred_at >= %s"""

_LOCK = """
    SELECT count(pg_advisory_xact_lock(hashtextextended('trace ' || number, 0)))
    FROM (SELECT DISTINCT mod(abs(hashtext(trace)::bigint), %s) AS number FROM unnest(%s::text[]) AS trace
        ORDER BY number) AS numbers"""

# The first of each group, before any are left out: a group that failed thousands of times hides no other.
_FAILURES = """
    SELECT first.group_id::text, first.service, first.title, first.trace_id, first.occurred_at AS at,
        one.payload ->> 'span_id' AS span_id, one.payload ->> 'parent_span_id' AS parent_span_id,
        ARRAY(SELECT json_array_elements_text(
            CASE json_typeof(one.payload #> '{enrichment,dependencies}')
                WHEN 'array' THEN one.payload #> '{enrichment,dependencies}' ELSE '[]'::json END)) AS calls
    FROM (
        SELECT DISTINCT ON (shown.id) shown.id AS group_id, shown.service, shown.title, failure.trace_id,
            failure.occurred_at, failure.event_id
        FROM unnest(%(traces)s::text[]) AS asked (trace) CROSS JOIN LATERAL (
            SELECT group_id, trace_id, occurred_at, event_id FROM occurrences
            WHERE trace_id = asked.trace AND occurred_at >= %(since)s LIMIT %(each)s
        ) AS failure
            JOIN groups AS own ON own.id = failure.group_id
            JOIN groups AS shown ON shown.id = coalesce(own.root_id, own.id)
        ORDER BY shown.id, failure.occurred_at
    ) AS first CROSS JOIN LATERAL (
        SELECT payload FROM occurrences
        WHERE event_id = first.event_id AND occurred_at = first.occurred_at LIMIT 1
    ) AS one
    ORDER BY first.occurred_at, first.group_id LIMIT %(most)s"""

_LEADER = """
    SELECT leader.id::text
    FROM incidents AS one
        LEFT JOIN incident_links AS link ON link.follower_id = one.id AND link.split_at IS NULL
        JOIN incidents AS leader ON leader.id = coalesce(link.leader_id, one.id)
    WHERE one.group_id = ANY (%(groups)s::uuid[]) AND one.status NOT IN ('resolved', 'ignored')
        AND leader.status NOT IN ('resolved', 'ignored') AND leader.id <> %(incident)s
        AND leader.severity >= %(severity)s::severity AND leader.opened_at >= %(since)s
        AND NOT EXISTS (SELECT FROM incident_links WHERE leader_id = %(incident)s AND split_at IS NULL)
    ORDER BY leader.opened_at, leader.id LIMIT 1"""

_CAUSE = """
    INSERT INTO incident_causes (incident_id, group_id, service, title, why, found_at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (incident_id) DO UPDATE SET group_id = excluded.group_id, service = excluded.service,
        title = excluded.title, why = excluded.why, found_at = excluded.found_at"""

_NOTE = """
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons, activity)
    SELECT %s, id, 'update', %s, severity, %s, activity FROM incidents WHERE id = %s
    ON CONFLICT DO NOTHING"""

# A leader that is itself held back, and was never told of, hides nobody.
_LEADERS = """
    SELECT link.follower_id::text, leader.id::text, leader.status::text, leader.severity::text, leader.resolved_at,
        coalesce((
            SELECT array_agg(DISTINCT channel) FROM bundle_incidents AS member, unnest(member.channels) AS channel
            WHERE member.incident_id = leader.id AND (member.first_told IS NOT NULL OR NOT EXISTS (
                SELECT FROM held_back AS held
                WHERE held.bundle_id = member.bundle_id AND held.incident_id = leader.id))
        ), '{}') AS channels
    FROM incident_links AS link JOIN incidents AS leader ON leader.id = link.leader_id
    WHERE link.follower_id = ANY (%s::uuid[]) AND link.split_at IS NULL"""
