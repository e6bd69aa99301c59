"""What services say of their requests, and error rates over it."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import T0
from watching import Watching, at

from models.severity import Severity
from models.traffic import Traffic
from models.wire import Source
from rules.normalizing.draft import Unreadable
from rules.traffic import TrafficThresholds, parse_traffic

NOW = T0 + 600.0
ONE = {"service": "shop", "environment": "production", "requests": 120}
SOURCE = Source(topic="traffic", partition=0)


def parsed(said: Any) -> list[Traffic]:
    return parse_traffic(said if isinstance(said, bytes) else orjson.dumps(said), 7, NOW, str)


@pytest.mark.parametrize(
    ("said", "times"),
    [
        ({"from": T0, "to": T0 + 60}, (T0, T0 + 60)),
        ({"from": "2025-11-23T12:13:20Z", "to": "2025-11-23T12:14:20Z"}, (T0, T0 + 60)),
        ({"from": T0, "window": "10s"}, (T0, T0 + 10)),
        ({"to": T0 * 1000, "window": 30}, (T0 - 30, T0)),
        ({"window": "1m"}, (NOW - 60, NOW)),
        ({}, (NOW - 60, NOW)),
        ({"from": T0}, (T0, T0 + 60)),
    ],
)
def test_requests_of_a_time(said: dict[str, Any], times: tuple[float, float]) -> None:
    (found,) = parsed({**ONE, **said})
    assert (found.service, found.environment, found.requests, found.offset) == ("shop", "production", 120, 7)
    assert (found.start, found.end) == times


def test_several_in_one_record() -> None:
    assert [one.requests for one in parsed([ONE, {**ONE, "requests": 0}])] == [120, 0]
    (named,) = parsed({"service": " shop \0\n", "requests": 5})
    assert (named.service, named.environment) == ("shop", "production")


@pytest.mark.parametrize(
    "said",
    [
        b"", b"12 requests", b"[]", b"[5]", b"null", {"requests": 5}, {"service": "", "requests": 5}, {"service": "shop"},
        {**ONE, "requests": -1}, {**ONE, "requests": "many"}, {**ONE, "requests": True}, {**ONE, "requests": 1.5},
        {**ONE, "requests": 10**15}, {**ONE, "window": "soon"}, {**ONE, "window": 0, "from": T0, "to": T0},
        {**ONE, "from": T0 + 60, "to": T0}, {**ONE, "from": T0 - 86_400, "to": T0}, {**ONE, "to": NOW + 100},
    ],
)  # fmt: skip
def test_what_is_no_traffic_is_refused(said: Any) -> None:
    with pytest.raises(Unreadable):
        parsed(said)


@given(st.integers(0, 10**6), st.floats(0, 3_000), st.floats(0.1, 3_600), st.sampled_from([1, 5, 10, 60, 300]))
def test_no_request_is_lost_by_spreading_them(requests: int, start: float, length: float, grain: int) -> None:
    told = Traffic(offset=0, service="s", environment="e", requests=requests, start=start, end=start + length)
    buckets = told.spread(grain)
    assert sum(number for _, number in buckets) == requests
    for bucket, number in buckets:
        overlap = min(bucket + grain, told.end) - max(bucket, told.start)
        assert overlap > 0
        assert abs(number - requests * overlap / (told.end - told.start)) <= 1.001


def test_names_that_no_database_takes_are_cleaned() -> None:
    (one,) = parsed(b'{"service": "a\\u0000b \\ud800", "requests": 1}')
    one.service.encode()
    assert "\0" not in one.service


RATE = (
    "- {name: r, window: 5m, rate: {above: 1%, of: traffic, at_least: 100 requests}, group_by: [service, environment]}"
)


class Asked(Watching):
    """With requests told of."""

    told_to = 0

    def ask(self, requests: int, start: float, end: float, **fields: Any) -> "Asked":
        named = {"service": "payments", "environment": "production", **fields}
        one = Traffic(offset=self.told_to, requests=requests, start=T0 + start, end=T0 + end, **named)
        self.told_to += 1
        self.take(TrafficThresholds(self.rules).deltas([one], SOURCE, T0 - 600))
        return self


@pytest.mark.parametrize(
    ("errors", "requests", "over"),
    [(11, 1_000, True), (10, 1_000, False), (2, 99, False), (2, 100, True), (0, 100_000, False)],
)
@pytest.mark.parametrize("errors_first", [True, False])
def test_error_rate_above_1_percent(errors: int, requests: int, over: bool, errors_first: bool) -> None:
    watching, made = Asked(RATE), [at(50 + n / 2) for n in range(errors)]
    if errors_first:
        watching.feed(*made)
    watching.ask(requests, 0, 60)
    if not errors_first:
        watching.feed(*made)
    assert watching.kinds == (["over"] if over else [])


def test_it_says_the_rate_and_ends_when_it_is_lower() -> None:
    watching = Asked(RATE).ask(1_000, 0, 60).feed(*(at(n) for n in range(25)))
    (signal,) = watching.signals
    assert signal.why == "2.5 % of 1,000 requests in 5 min, above 1 %"
    assert signal.by == {"service": "payments", "environment": "production"}
    for minute in range(1, 14):
        watching.ask(1_000, 60 * minute, 60 * minute + 60).wait(60 * minute + 60)
    assert watching.kinds == ["over", "under"]


def test_it_ends_when_requests_are_told_of_no_more() -> None:
    assert Asked(RATE).ask(1_000, 0, 60).feed(*(at(n) for n in range(25))).wait(1_000).kinds == ["over", "under"]


def test_errors_without_requests_say_nothing() -> None:
    assert Asked(RATE).feed(*(at(n) for n in range(50))).signals == []


def test_only_what_is_above_counts_and_each_service_apart() -> None:
    rule = RATE.replace("window", "match: {severity: critical, service: pay*}, window")
    watching = Asked(rule).ask(1_000, 0, 60).ask(1_000, 0, 60, service="cart").ask(9, 0, 60, environment="staging")
    assert set(watching.states) == {"rule:r:payments,production", "rule:r:payments,staging"}
    watching.feed(*(at(n, severity=Severity.ERROR) for n in range(30)))
    assert watching.signals == []
    watching.feed(*(at(30 + n / 2) for n in range(11)))
    assert watching.kinds == ["over"]


def test_requests_told_again_count_once() -> None:
    watching = Asked(RATE).ask(500, 0, 60).ask(500, 0, 60).feed(*(at(n) for n in range(11)))
    assert watching.signals[0].why == "1.1 % of 1,000 requests in 5 min, above 1 %"
    state = dict(watching.states)
    watching.told_to = 0
    watching.ask(500, 0, 60).ask(500, 0, 60)
    assert watching.states == state


def test_of_an_old_time_nothing_is_said() -> None:
    assert Asked(RATE).ask(500, -2_000, -1_900).states == {}


def test_a_service_whose_requests_stopped() -> None:
    watching = Asked("- {name: r, silent: {for: 5m, of: traffic}, group_by: service}")
    watching.ask(10, 0, 60).ask(10, 0, 60, service="cart").ask(10, 300, 360, service="cart").wait(420)
    assert [(one.kind, one.by, one.why) for one in watching.signals] == [
        ("over", {"service": "payments"}, "no requests for 5 min, where there were some")
    ]
    watching.ask(10, 400, 430).wait(440)
    assert watching.kinds == ["over", "under"]
