"""What a batch of alerts does to incidents, worked out in memory before anything is written."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

import msgspec

from models.wire import Alert
from rules.incidents import IncidentState, Transition, transition
from rules.routing import facts_of
from sinks.postgres.incidents import IncidentRow, Known, LogEntry

if TYPE_CHECKING:
    from models.triage import Status

__all__ = ["Steps"]


class Steps:
    """Takes alerts in order; what is to be written is in `changed`, `log`, `moved` and `passed_over`."""

    def __init__(self, known: Known) -> None:
        self.changed: dict[str, IncidentRow] = {}  # by id, as they are after the last alert
        self.log: list[tuple[str, LogEntry]] = []  # incident id and transition
        self.moved: set[str] = set()  # incidents that opened or got worse: they may come to other routes
        self.passed_over = 0  # alerts of groups that are ignored
        self._live = dict(known.live)
        self._flaps = dict(known.flaps)
        self._ignored = known.ignored
        self._seen = set(known.transitions)
        self._openings: dict[str, int] = {}  # where they stand in `log`

    @property
    def opened(self) -> list[IncidentRow]:
        """The incidents that opened, and are still live."""
        ids = [incident_id for incident_id, entry in self.log if entry.kind == "open"]
        return [self.changed[one] for one in ids if self.changed[one].status != "resolved"]

    def add_reason(self, incident_id: str, reason: str) -> None:
        """Say something more of how an incident opened."""
        row = self.changed[incident_id]
        self.changed[incident_id] = replace(row, reasons=[*row.reasons, reason])
        place = self._openings[incident_id]
        _, entry = self.log[place]
        self.log[place] = (incident_id, replace(entry, reasons=[*entry.reasons, reason]))

    def take(self, alert: Alert) -> None:
        """Apply one alert. One that was applied before changes nothing."""
        row = self._live.get(alert.key)
        step = transition(_state(row), alert)
        if step is None or step.id in self._seen:
            return
        if row is None and alert.key in self._ignored:
            self.passed_over += 1
            return
        self._seen.add(step.id)
        incident_id = str(step.incident_id)
        after = _incident(row, step, alert, self._flaps.get(alert.key, 0))
        self.changed[incident_id] = after
        self.log.append((incident_id, _entry(step, alert)))
        if step.kind in ("open", "escalate"):
            self.moved.add(incident_id)
        if step.kind == "open":
            self._openings[incident_id] = len(self.log) - 1
            self._flaps[alert.key] = self._flaps.get(alert.key, 0) + 1
        if step.status == "resolved":
            del self._live[alert.key]
        else:
            self._live[alert.key] = after


def _state(row: IncidentRow | None) -> IncidentState | None:
    if row is None:
        return None
    return IncidentState(id=UUID(row.id), status=cast("Status", row.status), severity=row.severity)


def _incident(row: IncidentRow | None, step: Transition, alert: Alert, flaps: int) -> IncidentRow:
    """The incident's row after the step."""
    at = datetime.fromtimestamp(alert.at, UTC)
    of_group = alert.key.startswith("group:")
    return IncidentRow(
        id=str(step.incident_id),
        alert_key=alert.key,
        status=step.status,
        severity=step.severity,
        title=_threshold_title(alert) if alert.key.startswith("rule:") else alert.group.title,
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
        assignee=row.assignee if row else None,
        facts={**facts_of(alert), "severity": step.severity.value},
        flaps=row.flaps if row else flaps,
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
