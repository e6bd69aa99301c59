"""Severity by the regions that a group is seen in, and by users who pay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from rule_samples import T0, as_stored, source
from watching import at

from models.occurrence import Occurrence
from models.severity import Severity
from models.wire import Alert
from rules import deduping, escalating
from rules.backtesting import Backtest, History
from rules.combining import combine
from rules.deduping import DedupeConfig
from rules.escalating import EscalateConfig
from rules.impact import MAX_LOOKED, NOBODY, Impact
from rules.rulefile import RuleFileError, load

RULES = load(
    """
alerts: [{name: r, on: raised, match: {severity: critical}}]
escalation:
  paid: enrichment.user.plan in ["pro", "team"]
  ladder:
  - {regions: 3, severity: critical}
  - {paid_users: 2, severity: critical}
""",
    "rules.yaml",
)


def event(second: float, region: Any = None, user: str | None = None, plan: str | None = None) -> Occurrence:
    payload: dict[str, Any] = {"tags": {"region": region}} if region else {}
    if plan:
        payload["enrichment"] = {"user": {"plan": plan}}
    key = user.encode().ljust(16) if user else None
    return at(second, severity=Severity.ERROR, user_key=key, payload=orjson.dumps(payload))


def told(*batches: Sequence[Occurrence]) -> list[Alert]:
    state = alert = None
    alerts: list[Alert] = []
    offset = 0
    for some in batches:
        members = [replace(one, offset=offset + n) for n, one in enumerate(some)]
        offset += len(members)
        facts = {one.group.group_id: History(offset, new=False) for one in members}
        for record in combine(members, facts, source(), None, Impact(RULES)):
            state, signals = deduping.observe(as_stored(state), record, DedupeConfig.of(RULES))
            for signal in signals:
                alert, made = escalating.observe(as_stored(alert), signal, EscalateConfig.of(RULES))
                alerts += made
    return alerts


def test_regions_add_up_over_batches_and_are_the_reason() -> None:
    [opened] = told([event(0, "eu")], [event(20, "us")], [event(40, "eu")], [event(60, "ap")])
    assert (opened.severity, opened.reasons) == ("critical", ["3 regions in 1 h, 3 or more"])
    assert opened.activity.regions_1h == 3
    assert told([event(0, "eu")], [event(20, "us")], [event(3_700, "ap")]) == [], "not within an hour"


def test_users_who_pay_are_told_apart_from_those_who_do_not() -> None:
    free = [event(n, user=f"free{n}", plan="free") for n in range(9)]
    assert told(free, [event(10, user="ann", plan="pro"), event(11, user="ann", plan="pro")]) == []
    [opened] = told(free, [event(10, user="ann", plan="pro"), event(20, user="bob", plan="team")])
    assert opened.reasons == ["2 paying users in 1 h, 2 or more"]


def test_when_they_are_gone_it_calms_down() -> None:
    faded = escalating._faded({"at": float(T0), "act": [1, 1, 1, 0, 0, 3, 0, 3, 2]}, T0 + 3_600.0)
    assert (faded.regions_1h, faded.paid_users_1h) == (0, 0)
    assert EscalateConfig.of(RULES).ladder.height(Severity.ERROR, faded).severity is Severity.ERROR


def test_a_state_from_before_these_counts_is_read() -> None:
    old = escalating._faded({"at": float(T0), "act": [1, 2, 3, 4, 5, 6, 7]}, float(T0))
    assert (old.users_total, old.regions_1h) == (7, 0)


def test_what_no_step_asks_for_costs_nothing() -> None:
    impact = Impact(load("escalation: {paid: 'tags.plan == \"pro\"', ladder: [{users: 5, raise: 1}]}", "r"))
    assert not impact.asks_events
    assert impact.of([replace(event(0), payload=b"never read")]) is NOBODY


@pytest.mark.parametrize("region", [7, ["eu"], {"a": "b"}, ""])
def test_what_is_no_region_is_none(region: Any) -> None:
    assert Impact(RULES).of([event(0, region or None), event(1, "eu")]).regions == ["eu"]


def test_a_storm_is_read_in_part() -> None:
    some = [event(n / 100, f"r{n}") for n in range(3 * MAX_LOOKED)]
    assert len(Impact(RULES).of(some).regions) == 50


def test_another_field_names_the_region() -> None:
    rules = load("escalation: {region: enrichment.geo.country, ladder: [{regions: 2, raise: 1}]}", "r")
    one = replace(event(0), payload=b'{"enrichment": {"geo": {"country": "SE"}}}')
    assert Impact(rules).of([one]).regions == ["SE"]


@pytest.mark.parametrize(
    ("escalation", "said"),
    [
        ("{ladder: [{paid_users: 5, raise: 1}]}", "`paid_users` needs `paid`"),
        ("{ladder: [{regions: 1, raise: 1}]}", "must be 2 or more"),
        ("{region: hostname}", "should match|must match"),
        ("{paid: 'nonsense =='}", "1:"),
    ],
)
def test_mistakes(escalation: str, said: str) -> None:
    with pytest.raises(RuleFileError, match=said):
        load(f"escalation: {escalation}", "r")


def test_backtest_knows_them_too() -> None:
    some = [replace(event(n * 60, region), offset=n) for n, region in enumerate(["eu", "us", "ap"])]
    test = Backtest(RULES, lambda alert: [])
    test.feed(some, {one.group.group_id: History(9, new=False) for one in some})
    assert [(one.at - T0, one.reasons) for one in test.firings] == [(120, ["3 regions in 1 h, 3 or more"])]
