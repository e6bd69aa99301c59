"""What a batch of alerts does to incidents, worked out in memory before anything is written."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

import msgspec

from models.wire import Alert
from rules.incidents import IncidentState, Transition, transition
from rules.routing import facts_of, route
from rules.rulefile import RuleFile
from sinks.postgres.incidents import Delivery, IncidentRow, Known, LogEntry

if TYPE_CHECKING:
    from models.triage import Status

__all__ = ["Steps"]


class Steps:
    """Takes alerts in order; what is to be written is in `changed`, `log` and `deliveries`."""

    def __init__(self, known: Known, rules: RuleFile) -> None:
        self.changed: dict[str, IncidentRow] = {}  # by id, as they are after the last alert
        self.log: list[tuple[str, LogEntry]] = []  # incident id and transition
        self.deliveries: list[Delivery] = []
        self._live = dict(known.live)
        self._told = {incident: list(channels) for incident, channels in known.told.items()}
        self._seen = set(known.transitions)
        self._rules = rules

    def take(self, alert: Alert) -> None:
        """Apply one alert. One that was applied before changes nothing."""
        row = self._live.get(alert.key)
        step = transition(_state(row), alert)
        if step is None or step.id in self._seen:
            return
        self._seen.add(step.id)
        incident_id = str(step.incident_id)
        after = _incident(row, step, alert)
        self.changed[incident_id] = after
        self.log.append((incident_id, _entry(step, alert)))
        for channel in self._channels(incident_id, step, alert):
            self.deliveries.append(Delivery(transition_id=step.id, incident_id=incident_id, channel=channel))
        if step.status == "resolved":
            del self._live[alert.key]
        else:
            self._live[alert.key] = after

    def _channels(self, incident_id: str, step: Transition, alert: Alert) -> list[str]:
        """Whoever was told of an incident is told how it goes on; what opens or gets worse goes by the routes too."""
        told = self._told.setdefault(incident_id, [])
        if step.kind in ("open", "escalate"):
            told.extend(channel for channel in route(facts_of(alert), self._rules) if channel not in told)
        return told


def _state(row: IncidentRow | None) -> IncidentState | None:
    if row is None:
        return None
    return IncidentState(id=UUID(row.id), status=cast("Status", row.status), severity=row.severity)


def _incident(row: IncidentRow | None, step: Transition, alert: Alert) -> IncidentRow:
    """The incident's row after the step."""
    at = datetime.fromtimestamp(alert.at, UTC)
    of_group = alert.key.startswith("group:")
    return IncidentRow(
        id=str(step.incident_id),
        alert_key=alert.key,
        status=step.status,
        severity=step.severity,
        title=alert.group.title if of_group else _threshold_title(alert),
        culprit=alert.group.culprit if of_group else None,
        service=alert.group.service if of_group else alert.by.get("service", alert.group.service),
        environment=alert.group.environment,
        group_id=alert.group.group_id if of_group else None,
        rule=alert.rule,
        reasons=alert.reasons,
        activity=msgspec.to_builtins(alert.activity),
        opened_at=row.opened_at if row else at,
        acknowledged_at=row.acknowledged_at if row else None,
        resolved_at=at if step.status == "resolved" else None,
        updated_at=at,
    )


def _threshold_title(alert: Alert) -> str:
    by = ", ".join(f"{field} {value}" for field, value in alert.by.items() if value)
    return f"{alert.rule} ({by})" if by else str(alert.rule)


def _entry(step: Transition, alert: Alert) -> LogEntry:
    return LogEntry(
        transition_id=step.id,
        kind=step.kind,
        at=datetime.fromtimestamp(alert.at, UTC),
        severity=step.severity,
        reasons=alert.reasons,
        activity=msgspec.to_builtins(alert.activity),
        event_id=str(UUID(alert.event_id)) if alert.event_id else None,
        trace_id=alert.trace_id,
    )
