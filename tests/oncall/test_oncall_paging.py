"""Whom policies would have paged about what is replayed."""

from datetime import UTC, datetime

import msgspec

from models.severity import Severity
from models.wire import Alert, GroupRef
from rules.oncall.paging import pages_of
from rules.oncall.people import People
from rules.routing import Router
from rules.rulefile import load

RULES = load(
    """
users:
  ann: {contact: "slack:#ann"}
  bob: {contact: "slack:#bob"}
schedules:
  shop:
    zone: UTC
    layers: [{users: [ann, bob], starts: 2026-01-05T00:00, every: 1d}]
policies:
  calm:
    steps:
      - {notify: "schedule:shop", wait: 10m}
      - {notify: "pagerduty:default", wait: 10m, if: {severity: critical}}
    unanswered: "slack:#lead"
routes:
  - {match: {service: shop}, to: "slack:#shop", policy: calm}
  - {match: {service: cart, severity: critical}, to: "slack:#shop", policy: calm, critical_wait: 1m}
default_route: "slack:#all"
""",
    "rules.yaml",
)
MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()


def alert(at: float, severity: Severity = Severity.ERROR, service: str = "shop") -> Alert:
    group = GroupRef(group_id="g", fingerprint="f", service=service, environment="production", title="t")
    return Alert(
        id="a", kind="open", key="group:g", at=MONDAY + at, severity=severity, reasons=[], group=group, rule="new"
    )


def paged(until: float, *alerts: Alert) -> list[tuple[float, str, list[str]]]:
    found = pages_of(alerts, MONDAY + until, Router(RULES), People(RULES))
    return [(one.at - MONDAY, one.said, list(one.channels)) for one in found]


def test_who_is_on_call_then_is_paged() -> None:
    assert paged(60, alert(0)) == [(0, "step 1 of 2: ann (on call: shop)", ["slack:#ann"])]
    assert paged(86_460, alert(86_400))[0][1] == "step 1 of 2: bob (on call: shop)"


def test_steps_go_on_until_it_is_over() -> None:
    assert [(at, channels) for at, _, channels in paged(10_000, alert(0, Severity.CRITICAL))] == [
        (0, ["slack:#ann"]),
        (600, ["pagerduty:default"]),
        (1_200, ["slack:#lead"]),
    ]
    assert [at for at, *_ in paged(600, alert(0, Severity.CRITICAL))] == [0]


def test_what_gets_worse_takes_the_step_that_was_left_out() -> None:
    worse = msgspec.structs.replace(alert(300, Severity.CRITICAL), kind="escalate")
    assert [(at, channels) for at, _, channels in paged(1_000, alert(0), worse)] == [
        (0, ["slack:#ann"]),
        (600, ["pagerduty:default"]),
    ]


def test_a_route_without_a_policy_pages_nobody_and_what_heals_within_its_wait_neither() -> None:
    assert paged(1_000, alert(0, service="mail")) == []
    critical = alert(0, Severity.CRITICAL, "cart")
    assert paged(59, critical) == []
    assert [at for at, *_ in paged(61, critical)] == [60]
    worse = [alert(0, service="cart"), alert(100, Severity.CRITICAL, "cart")]
    assert [at for at, *_ in paged(170, *worse)] == [160]
