"""Alerts applied to incidents: what they change, whom that concerns, what is told. One transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from procrastinate import App
from psycopg import AsyncConnection

from models.notifying import HeldBack
from models.wire import Alert
from rules.oncall.people import People
from rules.quiet import QuietRules
from rules.routing import Router
from sinks.postgres.deployed import ask_released
from sinks.postgres.incidents import IncidentRow, read_incidents, write_incidents
from triage.correlating import ask_traces, correlate
from triage.flushing import flush_bundles
from triage.incident_steps import Steps
from triage.routing import route_incidents
from triage.telling import Told
from triage.wording import began_after

__all__ = ["apply_alerts"]


async def apply_alerts(
    connection: AsyncConnection[Any],
    alerts: Sequence[Alert],
    *,
    router: Router,
    rules: QuietRules,
    people: People,
    jobs: App,
    at: float,
) -> Told:
    """Apply alerts, in order; those that were applied before change nothing.

    Args:
        connection: in a transaction.
        alerts: what was decided about groups and thresholds.
        router: of the rules in force.
        rules: when not to tell, of the same rules.
        people: whom to ask about what nobody acknowledges, likewise.
        jobs: for deferring; it need not be open.
        at: now, epoch seconds.

    Raises psycopg.Error.
    """
    known = await read_incidents(connection, {alert.key for alert in alerts}, [alert.id for alert in alerts])
    steps = Steps(known)
    for alert in alerts:
        steps.take(alert)
    now = datetime.fromtimestamp(at, UTC)
    opened = steps.opened
    traces = await _look_back(connection, steps, opened, now) if opened else {}
    await write_incidents(connection, steps.changed.values(), steps.log)
    moved = [steps.changed[incident_id] for incident_id in sorted(steps.moved)]
    leaders = await correlate(connection, opened, now, traces) if traces else set()
    await route_incidents(connection, moved, router, now, opened={incident.id for incident in opened})
    told = Told()
    if steps.changed:
        told = await flush_bundles(
            connection,
            (),
            rules,
            jobs,
            at,
            people=people,
            incidents=[*steps.changed, *leaders - set(steps.changed)],
        )
    if steps.passed_over:
        told.held[HeldBack.IGNORED] = told.held.get(HeldBack.IGNORED, 0) + steps.passed_over
    return told


async def _look_back(
    connection: AsyncConnection[Any], steps: Steps, opened: Sequence[IncidentRow], now: datetime
) -> dict[str, list[str]]:
    """What came before incidents that open: a release is one of their reasons; the traces are returned, by group."""
    releasing = await ask_released(connection, opened)
    tracing = await ask_traces(connection, opened, now)
    for incident_id, release, at in await releasing.fetchall():
        incident = steps.changed[incident_id]
        if not any(f"after release {release}" in reason for reason in incident.reasons):
            steps.add_reason(incident_id, began_after(release, at, incident.opened_at))
    told = {incident_id: entry.trace_id for incident_id, entry in steps.log if entry.kind == "open" and entry.trace_id}
    traces = dict(await tracing.fetchall()) if tracing else {}
    for one in opened:
        # Its alert tells of a trace whose errors may not be stored yet.
        if one.group_id and one.id in told and told[one.id] not in traces.setdefault(one.group_id, []):
            traces[one.group_id].append(told[one.id])
    return traces
