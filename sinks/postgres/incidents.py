"""An incident's row, its history and its deliveries, written in a transaction that the caller owns.

What becomes of an incident is decided elsewhere; here it is only read under a lock and written once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from models.severity import Severity

__all__ = [
    "Delivery",
    "IncidentRow",
    "Known",
    "LogEntry",
    "add_deliveries",
    "find_incident",
    "read_incidents",
    "write_incidents",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A row of `incidents`. `version` is counted by the store."""

    id: str
    alert_key: str
    status: str  # of models.triage
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
    assignee: str | None = None
    facts: Mapping[str, str | None] = field(default_factory=dict)  # what routes and silences match
    flaps: int = 0  # incidents of its key that were opened within the hour before
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A transition that is to be told to a channel."""

    transition_id: str
    incident_id: str
    channel: str
    message_id: str  # of the message that the incident has, or shares
    grouped: bool = False  # it may be shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of some alert keys."""

    live: dict[str, IncidentRow]  # by alert key: the incident that is not resolved
    ignored: set[str]  # alert keys of groups that are ignored
    flaps: dict[str, int]  # by alert key: incidents opened within the last hour
    transitions: set[str]  # those asked for that were written before


async def read_incidents(connection: AsyncConnection[Any], keys: Iterable[str], transitions: Sequence[str]) -> Known:
    """What is known of alert keys and transitions.

    Until the transaction ends, nobody else can change the incidents of these keys or open one: not even where there is
    none. Keys are locked in order, so that two workers cannot wait for each other.
    """
    wanted = sorted(set(keys))
    await connection.execute(_LOCK_KEYS, [[f"incident {key}" for key in wanted]])
    # NO KEY: a row of the history refers to its incident; who adds one may hold the lock of a trace that we wait for.
    found = connection.cursor(row_factory=class_row(IncidentRow))
    await found.execute(
        _SELECT + "WHERE alert_key = ANY(%s) AND status <> 'resolved' ORDER BY id FOR NO KEY UPDATE", [wanted]
    )
    besides = await connection.execute(
        _BESIDES, {"transitions": list(transitions), "keys": wanted, "groups": _groups_of(wanted)}
    )
    live = {row.alert_key: row for row in await found.fetchall()}
    row = await besides.fetchone()
    assert row is not None  # one of arrays
    written, ignored, opened = row
    return Known(
        live=live,
        ignored={f"group:{group}" for group in ignored} - live.keys(),
        flaps=Counter(key for key in opened if key not in live),
        transitions=set(written),
    )


async def find_incident(connection: AsyncConnection[Any], incident_id: str) -> IncidentRow | None:
    """An incident by its id, without a lock."""
    async with connection.cursor(row_factory=class_row(IncidentRow)) as cursor:
        await cursor.execute(_SELECT + "WHERE id = %s", [incident_id])
        return await cursor.fetchone()


def _groups_of(keys: Iterable[str]) -> list[str]:
    """The groups that alert keys are of; those of thresholds are of none."""
    found = (re.fullmatch(r"group:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", key) for key in keys)
    return [match[1] for match in found if match]


async def write_incidents(
    connection: AsyncConnection[Any], incidents: Iterable[IncidentRow], log: Iterable[tuple[str, LogEntry]]
) -> None:
    """Write incidents as they are after some transitions, and the transitions by incident id.

    Read first with `read_incidents`: a transition that was written before is an error here.
    """
    rows = [_as_row(incident) for incident in incidents]
    entries = [_as_row(entry) | {"incident_id": incident_id} for incident_id, entry in log]
    if rows or entries:
        await connection.execute(_WRITE, [Jsonb(rows), Jsonb(entries)])


async def add_reminders(connection: AsyncConnection[Any], incidents: Sequence[str], at: datetime) -> dict[str, str]:
    """Note that incidents are to be told of again; the transitions by incident id."""
    cursor = await connection.execute(_REMIND, [at, at, list(incidents)])
    return dict(await cursor.fetchall())


async def add_deliveries(connection: AsyncConnection[Any], deliveries: Sequence[Delivery]) -> dict[int, Delivery]:
    """Note what is to be told, by new delivery ids; what was noted before is left out."""
    if not deliveries:
        return {}
    cursor = await connection.execute(
        _ADD_DELIVERIES,
        [
            [one.transition_id for one in deliveries],
            [one.incident_id for one in deliveries],
            [one.channel for one in deliveries],
            [one.message_id for one in deliveries],
            [one.grouped for one in deliveries],
        ],
    )
    by_place = {(one.transition_id, one.channel): one for one in deliveries}
    return {int(row[0]): by_place[row[1], row[2]] for row in await cursor.fetchall()}


def _as_row(one: IncidentRow | LogEntry) -> dict[str, Any]:
    """As the database reads it off JSON."""
    return {name: _plain(getattr(one, name)) for name in one.__slots__}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


_SELECT = """
    SELECT id::text, alert_key, status::text, severity::text, title, culprit, service, environment, group_id::text,
        rule, reasons, activity, opened_at, acknowledged_at, resolved_at, updated_at, assignee,
        facts, flaps, version
    FROM incidents """

# All of it in one statement, and in the order given.
_WRITE = """
    WITH written AS (
        INSERT INTO incidents (id, alert_key, status, severity, title, culprit, service, environment, group_id, rule,
            reasons, activity, opened_at, acknowledged_at, resolved_at, updated_at, assignee, facts, flaps)
        SELECT id, alert_key, status, severity, title, culprit, service, environment, group_id, rule,
            reasons, activity, opened_at, acknowledged_at, resolved_at, updated_at, assignee, facts, flaps
        FROM jsonb_populate_recordset(NULL::incidents, %s)
        ON CONFLICT (id) DO UPDATE SET
            status = excluded.status, severity = excluded.severity, title = excluded.title, culprit = excluded.culprit,
            reasons = excluded.reasons, activity = excluded.activity, acknowledged_at = excluded.acknowledged_at,
            resolved_at = excluded.resolved_at, updated_at = excluded.updated_at, assignee = excluded.assignee,
            facts = excluded.facts, version = incidents.version + 1
    )
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons, activity, actor, event_id,
        trace_id)
    SELECT transition_id, incident_id, kind, at, severity, reasons, activity, actor, event_id, trace_id
    FROM jsonb_populate_recordset(NULL::incident_log, %s)"""

_BESIDES = """
    SELECT
        ARRAY(SELECT transition_id FROM incident_log WHERE transition_id = ANY (%(transitions)s)),
        ARRAY(SELECT one.id::text FROM groups AS one JOIN groups AS shown ON shown.id = coalesce(one.root_id, one.id)
            WHERE one.id = ANY (%(groups)s::uuid[]) AND shown.status = 'ignored'),
        ARRAY(SELECT alert_key FROM incidents
            WHERE alert_key = ANY (%(keys)s) AND opened_at > now() - interval '1 hour')"""

_REMIND = """
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons, activity)
    SELECT 'remind:' || id || ':' || extract(epoch FROM %s::timestamptz)::bigint, id, 'remind', %s, severity,
        ARRAY['nobody has acknowledged it'], activity
    FROM incidents WHERE id = ANY (%s::uuid[])
    ON CONFLICT (transition_id) DO UPDATE SET at = excluded.at  -- so that it is returned to each bundle
    RETURNING incident_id::text, transition_id"""

_LOCK_KEYS = """
    SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0)))
    FROM (SELECT key FROM unnest(%s::text[]) AS key ORDER BY key) AS keys"""

_ADD_DELIVERIES = """
    INSERT INTO deliveries (transition_id, incident_id, channel, message_id, grouped)
    SELECT * FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::boolean[])
    ON CONFLICT (transition_id, channel) DO NOTHING RETURNING id, transition_id, channel"""
