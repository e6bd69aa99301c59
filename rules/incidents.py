"""What an alert does to the incident of its key: (incident, alert) -> transition."""

import uuid
from dataclasses import dataclass
from typing import Literal

from models.severity import Severity
from models.triage import Status
from models.wire import Alert, AlertKind

__all__ = ["IncidentState", "Transition", "incident_id_of", "transition"]


NAMESPACE = uuid.UUID("6f1c3c0e-6a0b-5f0e-9d0b-7d3c1a5e2b90")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentState:
    """The live incident of an alert key, as the store has it."""

    id: uuid.UUID
    status: Status
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of one incident. What it says is in the alert."""

    id: str  # the same whenever the same alert is seen again: a transition that is stored already changes nothing
    incident_id: uuid.UUID
    kind: AlertKind | Literal["remind"]
    status: Status  # of the incident, after it
    severity: Severity  # of the incident, after it
    loud: bool  # worth a new message; otherwise only the living message of the incident is brought up to date


def incident_id_of(alert_id: str) -> uuid.UUID:
    """The id of the incident that an alert opens."""
    return uuid.uuid5(NAMESPACE, alert_id)


def transition(incident: IncidentState | None, alert: Alert) -> Transition | None:
    """What becomes of the incident.

    Args:
        incident: The live one of the alert's key; None if there is none, or it is resolved.
        alert: What was decided.

    Returns:
        None where nothing happens: there is no incident that the alert could bring up to date or resolve.
    """
    if incident is None or incident.status == "resolved":
        # What gets worse after somebody resolved its incident is a new one.
        if alert.kind not in ("open", "escalate"):
            return None
        return Transition(
            id=alert.id,
            incident_id=incident_id_of(alert.id),
            kind="open",
            status="new",
            severity=alert.severity,
            loud=True,
        )
    kind = _kind(incident, alert)
    return Transition(
        id=alert.id,
        incident_id=incident.id,
        kind=kind,
        status="resolved" if kind == "resolve" else incident.status,
        severity=alert.severity if kind in ("escalate", "deescalate") else incident.severity,
        loud=kind in ("escalate", "resolve", "remind"),
    )


def _kind(incident: IncidentState, alert: Alert) -> AlertKind | Literal["remind"]:
    """What an alert is to a live incident, which may be at another severity than the alert's sender knows."""
    if alert.again and incident.status == "new":  # whoever has acknowledged it need not be told once more
        return "remind"
    if alert.kind in ("resolve", "update"):
        return alert.kind
    change = alert.severity.rank - incident.severity.rank
    if change > 0:
        return "escalate"
    return "deescalate" if change < 0 and alert.kind == "deescalate" else "update"
