"""An incident's row, its history and its deliveries, written in a transaction that the caller owns.

What becomes of an incident is decided elsewhere; here it is only read under a lock and written once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from models.severity import Severity

__all__ = [
    "IncidentRow",
    "LogEntry",
    "add_delivery",
    "find_incident",
    "live_incident",
    "told_channels",
    "write_transition",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A row of `incidents`. `version` is counted by the store."""

    id: str
    alert_key: str
    status: str  # open, acknowledged, resolved
    severity: Severity
    title: str
    service: str
    environment: str
    opened_at: datetime
    updated_at: datetime
    culprit: str | None = None
    group_id: str | None = None
    rule: str | None = None
    reasons: Sequence[str] = ()
    activity: Mapping[str, Any] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", Severity(self.severity))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A row of `incident_log`: one transition of one incident."""

    transition_id: str  # the same however often the transition is made
    kind: str  # open, update, escalate, deescalate, acknowledge, resolve
    at: datetime
    severity: Severity
    reasons: Sequence[str] = ()
    activity: Mapping[str, Any] = field(default_factory=dict)
    actor: str = "seawall"
    event_id: str | None = None
    trace_id: str | None = None


async def live_incident(connection: AsyncConnection[Any], alert_key: str) -> IncidentRow | None:
    """The alert key's incident that is not resolved, if there is one.

    Until the transaction ends, nobody else can change it or open one for the same key: not even where there is none.
    """
    await _lock(connection, alert_key)
    async with connection.cursor(row_factory=class_row(IncidentRow)) as cursor:
        await cursor.execute(_SELECT + "WHERE alert_key = %s AND status <> 'resolved' FOR UPDATE", [alert_key])
        return await cursor.fetchone()


async def find_incident(connection: AsyncConnection[Any], incident_id: str) -> IncidentRow | None:
    """An incident by its id, without a lock."""
    async with connection.cursor(row_factory=class_row(IncidentRow)) as cursor:
        await cursor.execute(_SELECT + "WHERE id = %s", [incident_id])
        return await cursor.fetchone()


async def write_transition(connection: AsyncConnection[Any], incident: IncidentRow, entry: LogEntry) -> bool:
    """Write an incident as it is after a transition, and the transition.

    Returns:
        False, and nothing is written, where this transition was written before.
    """
    await _lock(connection, incident.alert_key)
    cursor = await connection.execute("SELECT FROM incident_log WHERE transition_id = %s", [entry.transition_id])
    if await cursor.fetchone() is not None:
        return False
    await connection.execute(_WRITE_INCIDENT, _incident_arguments(incident))
    await connection.execute(_WRITE_LOG, _log_arguments(incident.id, entry))
    return True


async def add_delivery(
    connection: AsyncConnection[Any], transition_id: str, incident_id: str, channel: str
) -> int | None:
    """Note that a transition is to be told to a channel; the delivery's id, or None where it was noted before."""
    cursor = await connection.execute(
        "INSERT INTO deliveries (transition_id, incident_id, channel) VALUES (%s, %s, %s)"
        " ON CONFLICT (transition_id, channel) DO NOTHING RETURNING id",
        [transition_id, incident_id, channel],
    )
    row = await cursor.fetchone()
    return None if row is None else int(row[0])


async def told_channels(connection: AsyncConnection[Any], incident_id: str) -> list[str]:
    """The channels that were told of an incident, or will be."""
    cursor = await connection.execute(
        "SELECT DISTINCT channel FROM deliveries WHERE incident_id = %s ORDER BY channel", [incident_id]
    )
    return [str(row[0]) for row in await cursor.fetchall()]


async def _lock(connection: AsyncConnection[Any], alert_key: str) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"incident {alert_key}"])


def _incident_arguments(incident: IncidentRow) -> dict[str, Any]:
    return {
        "id": incident.id,
        "alert_key": incident.alert_key,
        "status": incident.status,
        "severity": incident.severity.value,
        "title": incident.title,
        "culprit": incident.culprit,
        "service": incident.service,
        "environment": incident.environment,
        "group_id": incident.group_id,
        "rule": incident.rule,
        "reasons": list(incident.reasons),
        "activity": Jsonb(dict(incident.activity)),
        "opened_at": incident.opened_at,
        "acknowledged_at": incident.acknowledged_at,
        "resolved_at": incident.resolved_at,
        "updated_at": incident.updated_at,
    }


def _log_arguments(incident_id: str, entry: LogEntry) -> dict[str, Any]:
    return {
        "transition_id": entry.transition_id,
        "incident_id": incident_id,
        "kind": entry.kind,
        "at": entry.at,
        "severity": entry.severity.value,
        "reasons": list(entry.reasons),
        "activity": Jsonb(dict(entry.activity)),
        "actor": entry.actor,
        "event_id": entry.event_id,
        "trace_id": entry.trace_id,
    }


_SELECT = """
    SELECT id::text, alert_key, status::text, severity::text, title, culprit, service, environment, group_id::text,
        rule, reasons, activity, opened_at, acknowledged_at, resolved_at, updated_at, version
    FROM incidents """

_WRITE_INCIDENT = """
    INSERT INTO incidents (id, alert_key, status, severity, title, culprit, service, environment, group_id, rule,
        reasons, activity, opened_at, acknowledged_at, resolved_at, updated_at)
    VALUES (%(id)s, %(alert_key)s, %(status)s, %(severity)s, %(title)s, %(culprit)s, %(service)s, %(environment)s,
        %(group_id)s, %(rule)s, %(reasons)s, %(activity)s, %(opened_at)s, %(acknowledged_at)s, %(resolved_at)s,
        %(updated_at)s)
    ON CONFLICT (id) DO UPDATE SET
        status = excluded.status, severity = excluded.severity, title = excluded.title, culprit = excluded.culprit,
        reasons = excluded.reasons, activity = excluded.activity, acknowledged_at = excluded.acknowledged_at,
        resolved_at = excluded.resolved_at, updated_at = excluded.updated_at, version = incidents.version + 1"""

_WRITE_LOG = """
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons, activity, actor, event_id,
        trace_id)
    VALUES (%(transition_id)s, %(incident_id)s, %(kind)s, %(at)s, %(severity)s, %(reasons)s, %(activity)s, %(actor)s,
        %(event_id)s, %(trace_id)s)"""
