"""Rules tried on the past."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rule_samples import T0
from watching import Watching, at

from models.occurrence import Occurrence
from models.severity import Severity
from models.traffic import Traffic
from rules.backtesting import Backtest, History
from rules.routing import Router, facts_of
from rules.rulefile import load

RULES = """
alerts:
- {name: new-error, on: new, match: {environment: production}}
thresholds:
- {name: burst, match: {severity: critical}, count: 5, window: 1m, group_by: service}
- {name: error-rate, window: 5m, rate: {above: 1%, at_least: 100}, group_by: [service, environment]}
routes:
- {match: {severity: critical}, to: "pagerduty:default", continue: true}
default_route: "slack:#alerts"
"""


def replayed(
    some: Sequence[Occurrence], traffic: Sequence[Traffic] = (), rules: str = RULES, new: bool = False
) -> Backtest:
    file = load(rules, "rules.yaml")
    test = Backtest(file, lambda alert: Router(file).channels(facts_of(alert)))
    groups = {one.group.group_id: History(total=0 if new else 100, new=new) for one in some}
    for told in traffic:
        test.feed([one for one in some if one.occurred_at < told.end], groups)
        test.tell([told])
        some = [one for one in some if one.occurred_at >= told.end]
    test.feed(some, groups)
    test.pass_time(T0 + 7_200)
    return test


def numbered(some: Sequence[Occurrence]) -> list[Occurrence]:
    return [replace(one, offset=n) for n, one in enumerate(sorted(some, key=lambda one: one.occurred_at))]


def test_it_says_when_how_often_and_who_would_have_been_told() -> None:
    bursts = [at(start + n) for start in (0, 1_000) for n in range(6)]
    first, second = replayed(numbered(bursts)).firings
    assert (first.rule, first.at, second.at) == ("burst", T0 + 4, T0 + 1_004)
    assert first.told == ["pagerduty:default", "slack:#alerts"]
    assert first.reasons == ["5 in 1 min, 5 or more (service payments)"]
    assert first.until is not None
    assert T0 + 120 <= first.until <= T0 + 130
    assert first.messages == 2


def test_a_group_is_new_once_and_only_where_it_was_not_there_before() -> None:
    some = numbered([at(n * 100, severity=Severity.ERROR) for n in range(3)])
    (new,) = replayed(some, new=True).firings
    assert (new.rule, new.at, new.told) == ("new-error", T0, ["slack:#alerts"])
    assert replayed(some).firings == []


def test_error_rates_use_the_requests_that_were_told_of() -> None:
    some = numbered([at(n, severity=Severity.ERROR) for n in range(120)])
    told = [
        Traffic(
            offset=n, service="payments", environment="production", requests=requests,
            start=T0 + n * 60, end=T0 + n * 60 + 60,
        )
        for n, requests in enumerate((10_000, 100))
    ]  # fmt: skip
    (one,) = replayed(some, told).firings
    assert (one.rule, one.at) == ("error-rate", T0 + 120)
    assert one.reasons[0].startswith("1.19 % of 10,100 requests in 5 min, above 1 %")


def test_what_gets_worse_is_told_to_those_who_hear_of_it_then() -> None:
    rules = RULES + "escalation: {ladder: [{count: 50, window: 1m, severity: critical}]}\n"
    some = numbered([at(n / 10, severity=Severity.ERROR) for n in range(200)])
    (one,) = replayed(some, rules=rules, new=True).firings
    assert (one.severity, one.told) == ("critical", ["slack:#alerts", "pagerduty:default"])


@given(st.lists(st.integers(0, 600), min_size=1, max_size=40))
def test_it_fires_when_the_job_does(seconds: list[int]) -> None:
    rule = "- {name: burst, count: 5, window: 1m}"
    some = numbered([at(second) for second in seconds])
    watching = Watching(rule)
    for one in some:
        watching.wait(one.occurred_at - T0, step=1).feed(one)
    live = [at for kind, at in watching.told if kind == "over"]
    firings = replayed(some, rules=f"thresholds:\n{rule}").firings
    assert [one.at - T0 for one in firings] == live
