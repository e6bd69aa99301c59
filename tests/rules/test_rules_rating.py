"""Thresholds: what feeds them, and when they are over and under."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import GROUP, T0, as_stored, delta, occurrence, source

from models.severity import Severity
from models.wire import LATE, Activity, Part, RateDelta, Recent, Signal
from rules.rating import HEARTBEAT, Thresholds, alert_key, due, observe, pass_time
from rules.rulefile import RuleFile, ThresholdRule, load, load_default
from rules.telling import threshold_signal
from rules.windows import grain_for

BURST = ThresholdRule(name="critical-burst", count=5, window="1m", group_by=("service",))


def fold(deltas: list[RateDelta], rule: ThresholdRule = BURST) -> tuple[Any, list[Signal]]:
    state, signals = None, list[Signal]()
    for found in deltas:
        state, said = observe(as_stored(state), found, rule)
        signals += said
    return state, signals


def at_seconds(*seconds: float) -> list[RateDelta]:
    return [delta({n: T0 + second}) for n, second in enumerate(seconds)]


def thresholds(text: str) -> RuleFile:
    return load(f"thresholds:\n{text}", "rules.yaml")


def test_five_critical_in_a_minute_by_service_is_built_in() -> None:
    feeds = Thresholds(load_default()).feeds
    assert feeds(occurrence()) == [("critical-burst", {"service": "payments"})]
    assert feeds(occurrence(severity=Severity.ERROR)) == []
    assert feeds(occurrence(environment="staging")) == []


def test_what_is_over_says_how_its_events_came() -> None:
    _, [signal] = fold(at_seconds(0, 1, 40, 58, 59))
    assert signal.activity.recent == Recent([2, *[0] * 12, 1, *[0] * 5, 2], seconds=3)


@given(st.integers(1, 90_000), st.lists(st.integers(0, 100_000), min_size=1, max_size=50))
def test_columns_cover_the_window_and_hold_what_lies_in_it(window: int, ages: list[int]) -> None:
    state = {"rule": "r", "by": {}, "group": msgspec.to_builtins(GROUP), "c": [1] * len(ages)}
    state["t"] = sorted(T0 - age - (T0 - age) % grain_for(window) for age in ages)
    recent = threshold_signal(state, "over", "", T0, severity=Severity.ERROR, window=window).activity.recent
    assert recent is not None
    assert window <= len(recent.counts) * recent.seconds < window + recent.seconds
    assert len(recent.counts) <= 20
    surely = sum(age < window - grain_for(window) for age in ages)
    assert surely <= sum(recent.counts) <= len(ages)


def test_an_occurrence_feeds_every_threshold_that_matches() -> None:
    compiled = Thresholds(
        thresholds(
            "- {name: all, count: 9, window: 1h}\n"
            "- {name: hosts, count: 9, window: 1m, group_by: [hostname, group], match: {severity: '>=error'}}\n"
            "- {name: type, count: 9, window: 1m, group_by: type, match: {service: 'pay*', hostname: web-1}}"
        )
    )
    assert compiled.feeds(occurrence(hostname="web-1")) == [
        ("all", {}),
        ("hosts", {"hostname": "web-1", "group": "g1"}),
        ("type", {"type": "ValueError"}),
    ]
    assert compiled.feeds(occurrence(severity=Severity.INFO)) == [("all", {})]
    assert compiled.feeds(occurrence(error_type=None)) == [("all", {}), ("hosts", {"hostname": "", "group": "g1"})]
    assert compiled.bucket("all", occurrence()) == T0 // 30 * 30
    assert compiled.bucket("hosts", occurrence()) == T0 + 3
    assert compiled.bucket("hosts", occurrence(bucket=LATE)) == LATE


@pytest.mark.parametrize(
    ("seconds", "over"),
    [
        ((0, 15, 30, 45, 59), True),
        ((0, 15, 30, 45, 60), True),
        ((0, 15, 30, 45, 62), False),
        ((0, 15, 30, 45), False),
        ((0, 0, 0, 0, 0), True),
        ((59, 45, 30, 15, 0), True),  # out of order
        ((0, 100, 200, 300, 400), False),
        ((9, 20, 35, 50, 68), True),  # over a grid of ten seconds this would be missed
        ((600, 0, 15, 30, 45, 59), True),  # the burst lies behind what came first
    ],
)
def test_five_in_a_minute(seconds: tuple[float, ...], over: bool) -> None:
    _, signals = fold(at_seconds(*seconds))
    assert [found.kind for found in signals] == (["over"] if over else [])


def test_over_says_what_was_counted() -> None:
    _, (signal,) = fold(at_seconds(0, 1, 2, 3, 4))
    assert signal == Signal(
        id=f"rule:critical-burst:payments:over:{T0 + 4}",
        kind="over",
        key="rule:critical-burst:payments",
        at=T0 + 4.0,
        severity=Severity.CRITICAL,
        group=GROUP,
        rule="critical-burst",
        by={"service": "payments"},
        value=5.0,
        activity=Activity(recent=Recent([*[0] * 18, 2, 3], seconds=3)),
    )


def test_a_burst_in_the_middle_of_a_batch_is_found() -> None:
    events = {n: T0 + n for n in range(5)} | {n: T0 + n * 100 for n in range(5, 12)}
    _, signals = fold([delta(events)])
    assert [(found.kind, found.id.rsplit(":", 1)[1]) for found in signals] == [("over", str(T0 + 4))]


def test_while_over_it_is_told_at_each_doubling() -> None:
    _, signals = fold(at_seconds(*(n / 10 for n in range(100))))
    assert [found.value for found in signals] == [5, 10, 20, 40, 80]
    assert len({found.id for found in signals}) == 5


def test_under_comes_when_it_stayed_below_for_the_hold() -> None:
    state, _ = fold(at_seconds(0, 10, 20, 30, 40))
    # The window that ends at 61 s is the first without the event at 0 s.
    assert due(state) == T0 + 61 + 60
    assert pass_time(state, due(state) - 1, BURST) == (state, [])
    state, (signal,) = pass_time(as_stored(state), due(state), BURST)
    assert (signal.kind, signal.id) == ("under", f"rule:critical-burst:payments:under:{T0 + 40}")
    assert pass_time(state, due(state), BURST) == (None, [])


def test_a_new_burst_within_the_hold_goes_on_with_the_old_one() -> None:
    state, signals = fold(at_seconds(0, 10, 20, 30, 40, 100, 101, 102, 103, 104))
    assert [found.kind for found in signals] == ["over"]
    assert due(state) == T0 + 100 + 61 + 60


def test_after_under_a_new_burst_is_told_anew_and_the_old_one_is_not() -> None:
    state, first = fold(at_seconds(0, 10, 20, 30, 40))
    state, _ = pass_time(state, due(state), BURST)
    state, signals = observe(state, delta({5: T0 + 41}), BURST)
    assert signals == []
    second = list[Signal]()
    for n in range(6, 11):
        state, said = observe(state, delta({n: T0 + 200 + n}), BURST)
        second += said
    assert [found.kind for found in second] == ["over"]
    assert second[0].id != first[0].id


def test_while_over_it_is_said_so_from_time_to_time() -> None:
    long = ThresholdRule(name="slow", count=5, window="1h")
    state, _ = fold(at_seconds(0, 1, 2, 3, 4), long)
    assert due(state) == T0 + 4 + HEARTBEAT
    state, (signal,) = pass_time(as_stored(state), due(state), long)
    assert (signal.kind, signal.value) == ("over", 5)
    assert due(state) == T0 + 4 + 2 * HEARTBEAT


def test_where_the_rule_is_gone_what_was_over_is_over() -> None:
    state, _ = fold(at_seconds(0, 1, 2, 3, 4))
    after, signals = pass_time(state, T0 + 5, None)
    assert after is None
    assert [found.kind for found in signals] == ["under"]
    state, _ = fold(at_seconds(0))
    assert pass_time(state, T0 + 5, None) == (None, [])


def test_late_events_fire_nothing() -> None:
    state, signals = fold([delta({n: T0}, parts=[Part(LATE, [(n, 10, 1)])]) for n in range(0, 100, 10)])
    assert (state["n"], signals) == (100, [])
    assert due(state) > T0


def test_buckets_of_ten_seconds_do_as_well() -> None:
    _, signals = fold([delta({n: T0 + second}, grain=10) for n, second in enumerate((0, 15, 30, 45, 59))])
    assert [found.kind for found in signals] == ["over"]


def test_keys_do_not_run_into_each_other() -> None:
    assert alert_key("r", {}) == "rule:r:"
    assert alert_key("r", {"a": "x,y", "b": "z"}) != alert_key("r", {"a": "x", "b": "y,z"})
    assert alert_key("r", {"a": "x,", "b": ""}) != alert_key("r", {"a": "x", "b": ","})
    assert alert_key("r", {"a": "%2C"}) != alert_key("r", {"a": ","})


def test_long_values_make_keys_that_an_index_takes_and_that_differ() -> None:
    keys = {alert_key("r" * 80, {"a": "名" * 200, "b": "x" * 200, "c": "%" * 300 + end}) for end in ("1", "2")}
    assert len(keys) == 2
    assert all(len(key.encode()) < 2_000 for key in keys)
    assert all(key.startswith("rule:" + "r" * 80 + ":名名") for key in keys)


SECONDS = st.lists(st.integers(0, 200), min_size=1, max_size=30)


@given(SECONDS, st.data())
def test_each_offset_counts_once_whatever_is_replayed(seconds: list[int], data: st.DataObject) -> None:
    state, position = None, 0
    while position < len(seconds):
        start = data.draw(st.integers(0, position))
        stop = data.draw(st.integers(position + 1, len(seconds)))
        state, _ = observe(as_stored(state), delta({n: T0 + seconds[n] for n in range(start, stop)}), BURST)
        position = stop
    assert state["n"] == len(seconds)


@given(SECONDS, st.data())
def test_over_exactly_where_a_window_holds_the_count(seconds: list[int], data: st.DataObject) -> None:
    """Whatever the batches and the order; 'within a minute' is up to 60 s apart, to the second."""
    held = max(sum(1 for other in seconds if second - 60 <= other <= second) for second in seconds)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(seconds)), max_size=5)) | {len(seconds)})
    batches = [
        delta({n: T0 + seconds[n] for n in range(start, stop)}) for start, stop in zip([0, *cuts], cuts, strict=False)
    ]
    _, signals = fold(batches)
    assert bool(signals) is (held >= BURST.count)


@given(SECONDS)
def test_storing_a_state_changes_nothing_and_none_is_changed_in_place(seconds: list[int]) -> None:
    kept, stored = None, None
    for record in at_seconds(*seconds):
        before = as_stored(kept)
        after, signals = observe(kept, record, BURST)
        assert as_stored(kept) == before
        assert observe(stored, record, BURST) == (after, signals)
        kept, stored = after, as_stored(after)
        assert as_stored(pass_time(kept, T0 + 500, BURST)[0]) == as_stored(pass_time(stored, T0 + 500, BURST)[0])
        assert kept == stored


@pytest.mark.parametrize("window", ["1m", "2m", "10m", "24h"])
def test_a_state_stays_small(window: str) -> None:
    rule = ThresholdRule(name="r", count=5, window=window)
    state = None
    for n in range(3_000):
        state, _ = observe(state, delta({n: T0 + n * rule.window / 700}), rule)
    assert len(state["t"]) <= 245
    assert len(str(state)) < 5_000


def test_sources_are_counted_apart() -> None:
    state, _ = fold([delta({0: T0}, source=source(partition)) for partition in range(4)])
    assert state["n"] == 4
