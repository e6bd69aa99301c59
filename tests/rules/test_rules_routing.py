"""Routes: which alert goes where."""

import pytest
from rule_samples import GROUP, T0

from models.severity import Severity
from models.wire import Alert
from rules.routing import Router, facts_of
from rules.rulefile import RuleFileError, load, load_default

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


def channels_of(facts, rules):
    return Router(rules).channels(facts)


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
    assert channels_of(facts, RULES) == channels


def test_the_built_in_routes() -> None:
    assert channels_of({"severity": Severity.ERROR}, load_default()) == ["slack:#alerts"]
    assert channels_of({"severity": Severity.CRITICAL}, load_default()) == ["pagerduty:default", "slack:#alerts"]


def test_without_any_route_an_alert_goes_nowhere() -> None:
    assert channels_of({"severity": "critical"}, load("version: 1", "rules.yaml")) == []


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
        "team": None,
        "owner": None,
        "tier": None,
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


TREE = load(
    """
routes:
  - name: shop
    match: {service: "shop*"}
    to: slack:#shop
    group_by: service
    interval: 1m
    repeat: 2h
    routes:
      - {name: night, match: {severity: critical}, to: "pagerduty:default", wait: 5m, continue: true}
      - {match: {environment: staging}, to: "slack:#staging", group_by: []}
  - {match: {team: "pay*"}, to: "slack:#pay", wait: 2m, at_most: {count: 3, per: 1h}}
default_route: "slack:#alerts"
""",
    "rules.yaml",
)


def places(**facts):
    return [(routed.path, routed.channels) for routed in Router(TREE).route(facts)]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"service": "shop-eu"}, [("shop", ("slack:#shop",))]),
        (
            {"service": "shop", "severity": "critical"},
            [("shop/night", ("pagerduty:default",)), ("shop", ("slack:#shop",))],
        ),
        ({"service": "shop", "environment": "staging"}, [("shop/1", ("slack:#staging",))]),
        (
            {"service": "shop", "environment": "staging", "severity": "critical"},
            [("shop/night", ("pagerduty:default",)), ("shop/1", ("slack:#staging",))],
        ),
        ({"service": "cart", "team": "payments"}, [("1", ("slack:#pay",))]),
        ({"service": "cart", "team": None}, [("", ("slack:#alerts",))]),
    ],
)
def test_the_deepest_route_takes_it_and_continue_lets_others_have_it_too(facts, found) -> None:
    assert places(**facts) == found


def test_what_a_route_leaves_out_is_as_in_the_route_around_it() -> None:
    night, shop = Router(TREE).route({"service": "shop", "severity": "critical"})
    assert (night.group_by, night.wait, night.interval, night.repeat) == (("service",), 300, 60, 7200)
    assert (shop.group_by, shop.wait, shop.critical_wait, shop.interval) == (("service",), 30, 0, 60)
    [pay] = Router(TREE).route({"team": "payments"})
    assert (pay.group_by, pay.wait, pay.interval, pay.at_most.count) == (None, 120, 0, 3)
    [staging] = Router(TREE).route({"service": "shop", "environment": "staging"})
    assert staging.group_by == ()


def test_a_bundle_is_what_is_alike() -> None:
    [shop] = Router(TREE).route({"service": "shop"})
    ids = {
        shop.bundle("i1", {"service": "shop"}),
        shop.bundle("i2", {"service": "shop", "type": "E"}),
        shop.bundle("i1", {"service": "shop2"}),
    }
    assert len(ids) == 2
    [alone] = Router(TREE).route({"team": "payments"})
    assert alone.bundle("i1", {}) != alone.bundle("i2", {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('routes: [{to: "slack:#a", mute: night}]', "no `times` of the name `night`"),
        ("times: {night: [{zone: Mars/Base}]}", "no time zone"),
        ('times: {night: [{times: [{from: "25:00", to: "06:00"}]}]}', "must be a time such as 09:30"),
        ('times: {night: [{times: [{from: "06:00", to: "06:00"}]}]}', "is empty"),
        ("times: {night: [{days: [32]}]}", "no day of a month"),
        ("times: {night: [{months: [13]}]}", "no month"),
        ('maintenance: [{name: m, starts: "2026-01-01T00:00", lasts: 1h, repeats: "FREQ=NEVER"}]', "no RRULE"),
        ('maintenance: [{name: m, starts: "2026-01-01T00:00", lasts: 1h, repeats: "FREQ=HOURLY"}]', "daily at most"),
        (
            'maintenance: [{name: m, starts: "2026-01-01T00:00", lasts: 1h, repeats: "FREQ=DAILY;INTERVAL=0"}]',
            "daily at most",
        ),
        (
            'maintenance: [{name: m, starts: "2026-01-01T00:00", lasts: 1h, repeats: "FREQ=DAILY;BYHOUR=1,2"}]',
            "daily at most",
        ),
        (
            'maintenance: [{name: m, starts: "2026-01-01T00:00", lasts: 1h, repeats: "DTSTART:20260101T000000Z\\nRRULE:FREQ=DAILY"}]',
            "no RRULE",
        ),
        (
            'maintenance: [{name: m, starts: "2026-01-01T00:00", lasts: 1h, repeats: "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}]',
            "never comes",
        ),
        ("routes: [{routes: [{routes: [{routes: [{routes: [{}]}]}]}]}]", "deep"),
        ("routes: [{wait: 1m}]", "must say `to`"),
        ("routes: [{routes: [{to: []}]}]", "must not be empty"),
    ],
)
def test_what_cannot_be_is_refused(text, problem) -> None:
    with pytest.raises(RuleFileError, match=problem):
        load(text, "rules.yaml")
