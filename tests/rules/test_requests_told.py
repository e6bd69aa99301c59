"""Requests that Prometheus tells of, in thresholds."""

import pytest
from rule_samples import T0, source
from watching import Watching, at

from models.traffic import Traffic
from rules.requests_told import asking, failing_signal, requests_of
from rules.rulefile import RuleFileError, load
from rules.traffic import TrafficThresholds

RULE = (
    "- {name: r, window: 5m, group_by: service, match: {service: payments},"
    " rate: {above: 1%, at_least: 100, prometheus: 'sum by (service) (rate(http_requests_total[1m]))'}}"
)
MINUTE = T0 - T0 % 60


def told(watching: Watching, *samples: tuple[int, float], service: str = "payments") -> None:
    delta = requests_of(watching.rules.threshold("r"), {"service": service, "job": "x"}, samples)
    assert delta is not None
    watching.take([delta])


def test_errors_are_a_share_of_what_prometheus_tells() -> None:
    watching = Watching(RULE).feed_in_turn(at(n) for n in range(30))
    told(watching, (MINUTE + 60, 100 / 60), (MINUTE + 120, 20.0))
    assert watching.kinds == ["over"]
    assert watching.signals[0].why is not None
    assert " requests in 5 min, above 1 %" in watching.signals[0].why


def test_a_minute_counts_once_however_often_it_is_asked_for() -> None:
    watching = Watching(RULE)
    told(watching, (MINUTE + 60, 10.0), (MINUTE + 120, 10.0))
    before = watching.states["rule:r:payments"]
    told(watching, (MINUTE + 120, 10.0), (MINUTE + 60, 10.0))
    assert watching.states["rule:r:payments"] == before
    told(watching, (MINUTE + 120, 10.0), (MINUTE + 180, 10.0))
    assert sum(watching.states["rule:r:payments"]["bc"]) == 3 * 600


def test_a_label_that_is_grouped_by_must_be_there() -> None:
    rule = load(f"thresholds:\n{RULE}", "r").threshold("r")
    assert rule is not None
    with pytest.raises(ValueError, match="no label `service`"):
        requests_of(rule, {"app": "shop"}, [(MINUTE, 1.0)])
    assert requests_of(rule, {"service": "shop"}, []) is None


def test_the_topic_of_traffic_does_not_count_for_it() -> None:
    rules = load(f"thresholds:\n{RULE}", "r")
    assert list(asking(rules)) == ["r"]
    one = Traffic(offset=0, service="payments", environment="production", requests=9, start=T0 - 60.0, end=float(T0))
    assert TrafficThresholds(rules).deltas([one], source(), 0.0) == []


@pytest.mark.parametrize(
    "rate",
    [
        "rate: {above: 1%, of: errors, prometheus: up}",
        "all: [{rate: {above: 1%, prometheus: up}}, {rate: {above: 2%, prometheus: down}}]",
    ],
)
def test_what_does_not_go_together(rate: str) -> None:
    with pytest.raises(RuleFileError, match=r"tells of traffic|one thing"):
        load(f"thresholds: [{{name: r, window: 5m, {rate}}}]", "r")


def test_that_it_fails_is_told_as_a_threshold_is() -> None:
    rule = load(f"thresholds:\n{RULE}", "r").threshold("r")
    assert rule is not None
    over, again = failing_signal(rule, T0, T0 + 600, "no answer"), failing_signal(rule, T0, T0 + 900, "no answer")
    assert (over.kind, over.key, over.rule, over.group.service) == ("over", "asking:r", "r", "payments")
    assert over.why == "the threshold stands still for 10 min: no answer"
    assert again.id.startswith("asking:r:over:")
    assert again.id != over.id
    assert failing_signal(rule, T0, T0 + 950, None).kind == "under"
