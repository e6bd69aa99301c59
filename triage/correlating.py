"""Incidents of one trace made one: the first that was told of leads, the others follow it; the cause is told in it.

Whoever applies alerts waits until their errors are stored, for a while, and applies alerts of one trace alone. So of
two that open at the same moment one finds the other, whichever comes first.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import App
from psycopg import AsyncConnection, AsyncCursor

from models.notifying import HeldBack, Mute
from models.severity import Severity
from rules.correlating import Failure, root_cause
from sinks.jobs import defer_flushes, defer_only_app
from sinks.postgres import tracing as rows
from sinks.postgres.bundles import take_up_again
from sinks.postgres.incidents import IncidentRow

__all__ = ["WITHIN", "ask_traces", "correlate", "split", "trace_mute"]

Connection = AsyncConnection[Any]

WITHIN = timedelta(minutes=10)  # between the opening of two incidents of one trace
STAYS = timedelta(minutes=2)  # for which what follows stays quiet after its leader's end: it ends soon as well
_JOBS = defer_only_app()
_LONGEST = 150  # characters of a title in a reason


async def ask_traces(
    connection: Connection, opened: Sequence[IncidentRow], now: datetime
) -> AsyncCursor[tuple[str, list[str]]] | None:
    """Rows to be fetched: groups of incidents, and the traces in which they have failed lately."""
    groups = {one.group_id for one in opened if one.group_id}
    return await rows.ask_traces(connection, groups, now - WITHIN) if groups else None


async def correlate(
    connection: Connection, opened: Sequence[IncidentRow], now: datetime, traces: Mapping[str, Sequence[str]]
) -> set[str]:
    """Let incidents that have just opened follow those that failed in the same traces.

    Args:
        connection: in the transaction that opened them and holds their locks.
        opened: those of groups.
        now: the time.
        traces: by group, in which it failed.

    Returns:
        The incidents that others have come to follow.
    """
    await rows.lock_traces(connection, {trace for some in traces.values() for trace in some})
    found = set()
    for one in sorted(opened, key=lambda incident: (incident.opened_at, incident.id)):
        if mine := traces.get(one.group_id or ""):
            leader = await _follow(connection, one, mine, now)
            found |= {leader} if leader else set()
    return found


async def _follow(connection: Connection, incident: IncidentRow, traces: Collection[str], now: datetime) -> str | None:
    failures = await rows.failures_of(connection, traces, now - WITHIN)
    others = [one for one in failures if one.group_id != incident.group_id and one.service != incident.service]
    if not others:
        return None
    leader = await rows.find_leader(
        connection, incident.id, [one.group_id for one in others], incident.severity.value, now - WITHIN
    )
    if leader is None or not await rows.add_link(connection, incident.id, leader, others[0].trace_id, now):
        return None
    cause = root_cause(
        [Failure(one.group_id, one.service, one.at.timestamp(), one.span_id, one.parent_span_id) for one in failures],
        {one.service: one.calls for one in failures if one.calls},
    )
    of = next(one for one in failures if one.group_id == cause.failure.group_id)
    await rows.add_cause(connection, leader, of, cause.why, now)
    reasons = [f"in the same trace: {incident.service}: {incident.title[:_LONGEST]}"]
    await rows.note(connection, leader, f"follower:{incident.id}", reasons, now)
    return leader


def trace_mute(leader: rows.Leader | None, channels: Sequence[str], severity: str, at: float) -> Mute | None:
    """Whether an incident is told of in its leader's message, and so not by itself.

    Only where whoever would hear of it hears of the leader, and the leader is no less severe.
    """
    if leader is None or not set(channels) <= set(leader.channels):
        return None
    if Severity(severity).rank > Severity(leader.severity).rank or leader.status == "ignored":
        return None
    if leader.status != "resolved":
        return Mute(why=HeldBack.TRACE, by="an earlier incident", source=leader.id)
    until = (leader.resolved_at or datetime.fromtimestamp(0, UTC)) + STAYS
    if at >= until.timestamp():
        return None
    return Mute(why=HeldBack.TRACE, by="an earlier incident", until=until.timestamp(), source=leader.id)


async def split(connection: Connection, incident_id: str, *, actor: str, at: float, jobs: App = _JOBS) -> bool:
    """Let an incident be one of its own again, and be told of; False where it follows none. Raises psycopg.Error."""
    now = datetime.fromtimestamp(at, UTC)
    async with connection.transaction():
        if not await rows.split_off(connection, incident_id, actor, now):
            return False
        await rows.note(
            connection, incident_id, f"split:{incident_id}", [f"{actor} found it to be one of its own"], now
        )
        await defer_flushes(jobs, connection, dict.fromkeys(await take_up_again(connection, incident_id)))
    return True
