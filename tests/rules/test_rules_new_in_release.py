"""Alert rules about what is new in a release, or soon after one."""

from dataclasses import replace
from typing import Any

import pytest
from rule_samples import GROUP, T0, combined
from watching import at

from models.severity import Severity
from models.wire import Alert, Combined
from rules import deduping, escalating
from rules.backtesting import Backtest, History
from rules.combining import combine
from rules.deduping import DedupeConfig
from rules.escalating import EscalateConfig
from rules.noticing import Noticed, Wanted
from rules.rulefile import RuleFile, RuleFileError, load

IN_RELEASE = load("alerts: [{name: r, on: new_in_release}]", "rules.yaml")
SOON = load("alerts: [{name: soon, on: new, after_release: 30m}, {name: any, on: new}]", "rules.yaml")


def told(rules: RuleFile, *records: Combined) -> list[Alert]:
    group = alert = None
    alerts: list[Alert] = []
    for record in records:
        group, signals = deduping.observe(group, record, DedupeConfig.of(rules))
        for signal in signals:
            alert, made = escalating.observe(alert, signal, EscalateConfig.of(rules))
            alerts += made
    return alerts


def test_a_known_group_in_a_new_release_opens_an_alert_once() -> None:
    record = combined({0: T0}, new_in=["1.21"])
    opened, *_ = told(IN_RELEASE, record, record)
    assert (opened.kind, opened.rule, opened.reasons) == ("open", "r", ["first seen in release 1.21"])
    assert len(told(IN_RELEASE, record, record)) == 1
    assert opened.id == "group:g1:new_in_release:1.21>1open"
    assert told(IN_RELEASE, combined({0: T0}, new=True)) == []


def test_while_it_is_open_a_further_release_is_told_and_its_own_is_not_told_again() -> None:
    rules = load("alerts: [{name: r, on: [new, new_in_release]}]", "rules.yaml")
    first = combined({0: T0}, new=True, new_in=["1.20"])
    later = combined({1: T0 + 60}, new_in=["1.21"])
    alerts = told(rules, first, later)
    assert [(alert.kind, alert.reasons) for alert in alerts] == [
        ("open", ["new error"]),
        ("update", ["first seen in release 1.21"]),
    ]


@pytest.mark.parametrize(
    ("released", "rule", "reason"),
    [
        (("1.21", 90.0), "soon", "new error, 1 min 30 s after release 1.21"),
        (("1.21", 1_800.0), "soon", "new error, 30 min after release 1.21"),
        (("1.21", 1_801.0), "any", "new error, 30 min 1 s after release 1.21"),
        (None, "any", "new error"),
    ],
)
def test_what_is_new_soon_after_a_release(released: Any, rule: str, reason: str) -> None:
    [alert] = told(SOON, combined({0: T0}, new=True, released=released))
    assert (alert.rule, alert.reasons) == (rule, [reason])


def test_it_goes_with_what_is_new_only() -> None:
    with pytest.raises(RuleFileError, match="`after_release` goes with `new`"):
        load("alerts: [{name: r, on: [new, storm], after_release: 5m}]", "rules.yaml")


def test_what_no_rule_asks_for_is_not_wanted() -> None:
    assert Wanted.of(load("alerts: [{name: r, on: [new, storm]}]", "r")) == Wanted()
    assert Wanted.of(SOON) == Wanted(after_release=1_800)
    assert Wanted.of(IN_RELEASE) == Wanted(in_release=True)


def test_the_record_of_a_group_says_what_was_noticed() -> None:
    one = at(0, group=GROUP)
    [record] = combine([one], {"g1": History(0, new=True)}, combined({0: T0}).source, Noticed((), {"g1": ["a", "b"]}))
    assert (record.new_in, record.released) == (["a", "b"], None)


def test_backtest_says_when_a_group_would_have_been_new_in_a_release() -> None:
    some = [
        replace(at(n * 3_600, severity=Severity.ERROR), offset=n, release=release)
        for n, release in enumerate(["1.20", "1.21", "1.20", "1.21", "1.22"])
    ]
    test = Backtest(IN_RELEASE, lambda alert: ["slack:#a"])
    test.feed(some, {one.group.group_id: History(100, new=False, releases={"1.20"}) for one in some})
    assert [(one.at - T0, one.reasons) for one in test.firings] == [
        (3_600, ["first seen in release 1.21"]),
        (4 * 3_600, ["first seen in release 1.22"]),
    ]


def test_backtest_knows_the_release_before() -> None:
    one = replace(at(0, severity=Severity.ERROR), offset=0)
    rules = load("alerts: [{name: soon, on: new, after_release: 30m}]", "rules.yaml")
    for seconds, rule in ((60.0, ["soon"]), (4_000.0, [])):
        test = Backtest(rules, lambda alert: [], lambda service, environment, at, s=seconds: ("1.21", s))
        test.feed([one], {one.group.group_id: History(0, new=True)})
        assert [firing.rule for firing in test.firings] == rule
