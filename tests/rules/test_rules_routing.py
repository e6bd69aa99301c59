"""Routes: which alert goes where."""

import pytest
from rule_samples import GROUP, T0

from models.severity import Severity
from models.wire import Alert
from rules.routing import facts_of, route
from rules.rulefile import load, load_default

RULES = load(
    """
routes:
  - {match: {severity: critical}, to: pagerduty:default, continue: true}
  - {match: {service: ["payments*", cart]}, to: ["slack:#shop", "slack:#money"]}
  - {match: {rule: flood}, to: slack:#flood}
  - {match: {environment: production, type: "*Timeout*"}, to: slack:#money, continue: true}
default_route: slack:#alerts
""",
    "rules.yaml",
)


@pytest.mark.parametrize(
    ("facts", "channels"),
    [
        ({}, ["slack:#alerts"]),
        ({"severity": "critical"}, ["pagerduty:default", "slack:#alerts"]),
        ({"severity": "critical", "service": "payments-eu"}, ["pagerduty:default", "slack:#shop", "slack:#money"]),
        ({"severity": "error", "service": "cart"}, ["slack:#shop", "slack:#money"]),
        ({"service": "search", "rule": "flood", "severity": "critical"}, ["pagerduty:default", "slack:#flood"]),
        ({"environment": "production", "type": "ReadTimeoutError"}, ["slack:#money", "slack:#alerts"]),
        ({"environment": "staging", "type": "ReadTimeoutError"}, ["slack:#alerts"]),
    ],
)
def test_route(facts: dict[str, str | None], channels: list[str]) -> None:
    assert route(facts, RULES) == channels


def test_the_built_in_routes() -> None:
    assert route({"severity": Severity.ERROR}, load_default()) == ["slack:#alerts"]
    assert route({"severity": Severity.CRITICAL}, load_default()) == ["pagerduty:default", "slack:#alerts"]


def test_without_any_route_an_alert_goes_nowhere() -> None:
    assert route({"severity": "critical"}, load("version: 1", "rules.yaml")) == []


def test_facts_of_an_alert() -> None:
    alert = Alert(
        id="a", kind="open", key="group:g1", at=T0, severity=Severity.ERROR, reasons=[], group=GROUP, rule="new-error"
    )
    assert facts_of(alert) == {
        "service": "payments",
        "environment": "production",
        "severity": "error",
        "type": "ValueError",
        "release": "1.20",
        "title": "ValueError: no such card",
        "rule": "new-error",
    }


def test_facts_of_a_threshold_are_first_what_it_counted_apart_by() -> None:
    by = {"service": "cart", "severity": "error", "hostname": "web-1"}
    alert = Alert(
        id="a",
        kind="open",
        key="rule:r:cart",
        at=T0,
        severity=Severity.CRITICAL,
        reasons=[],
        group=GROUP,
        rule="r",
        by=by,
    )
    facts = facts_of(alert)
    assert (facts["service"], facts["severity"], facts["environment"]) == ("cart", "critical", "production")
    assert "hostname" not in facts
