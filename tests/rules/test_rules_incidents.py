"""Incidents: what an alert does to the incident of its key."""

import uuid

import pytest
from rule_samples import GROUP, T0

from models.severity import Severity
from models.wire import Alert
from rules.incidents import IncidentState, Transition, incident_id_of, transition

ID = uuid.UUID(int=7)
ERROR, CRITICAL, WARNING = Severity.ERROR, Severity.CRITICAL, Severity.WARNING


def alert(kind: str, severity: Severity = ERROR) -> Alert:
    return Alert(id=f"a1>{kind}", kind=kind, key="group:g1", at=T0, severity=severity, reasons=["r"], group=GROUP)


def incident(status: str = "new", severity: Severity = ERROR) -> IncidentState:
    return IncidentState(id=ID, status=status, severity=severity)


@pytest.mark.parametrize("gone", [None, incident("resolved")])
@pytest.mark.parametrize("kind", ["open", "escalate"])
def test_what_opens_an_incident(gone: IncidentState | None, kind: str) -> None:
    assert transition(gone, alert(kind)) == Transition(
        id=f"a1>{kind}",
        incident_id=incident_id_of(f"a1>{kind}"),
        kind="open",
        status="new",
        severity=ERROR,
        loud=True,
    )


@pytest.mark.parametrize("gone", [None, incident("resolved")])
@pytest.mark.parametrize("kind", ["update", "deescalate", "resolve"])
def test_what_does_nothing_without_one(gone: IncidentState | None, kind: str) -> None:
    assert transition(gone, alert(kind)) is None


@pytest.mark.parametrize("status", ["new", "acknowledged", "in_progress"])
@pytest.mark.parametrize(
    ("kind", "severity", "becomes"),
    [
        ("open", ERROR, ("update", ERROR, False)),
        ("open", CRITICAL, ("escalate", CRITICAL, True)),
        ("open", WARNING, ("update", ERROR, False)),
        ("update", ERROR, ("update", ERROR, False)),
        ("escalate", CRITICAL, ("escalate", CRITICAL, True)),
        ("escalate", ERROR, ("update", ERROR, False)),
        ("deescalate", WARNING, ("deescalate", WARNING, False)),
        ("deescalate", ERROR, ("update", ERROR, False)),
        ("deescalate", CRITICAL, ("escalate", CRITICAL, True)),
    ],
)
def test_what_moves_a_live_incident(
    status: str, kind: str, severity: Severity, becomes: tuple[str, Severity, bool]
) -> None:
    step, at, loud = becomes
    assert transition(incident(status), alert(kind, severity)) == Transition(
        id=f"a1>{kind}", incident_id=ID, kind=step, status=status, severity=at, loud=loud
    )


@pytest.mark.parametrize("status", ["new", "acknowledged", "in_progress"])
def test_what_resolves_it(status: str) -> None:
    found = transition(incident(status), alert("resolve"))
    assert found == Transition(
        id="a1>resolve", incident_id=ID, kind="resolve", status="resolved", severity=ERROR, loud=True
    )


def test_ids_are_the_same_for_the_same_alert() -> None:
    assert incident_id_of("a") == incident_id_of("a") != incident_id_of("b")
