"""Deduping: what is counted, and what is said about a group."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import GROUP, T0, as_stored, combined, source

from models.severity import Severity
from models.wire import LATE, Activity, Combined, Part, Signal
from rules.deduping import DedupeConfig, due, observe, pass_time
from rules.rulefile import load

CONFIG = DedupeConfig()
SMALL = DedupeConfig(storm_count=10)


def fold(records: list[Combined], config: DedupeConfig = CONFIG) -> tuple[Any, list[Signal]]:
    state, signals = None, list[Signal]()
    for record in records:
        state, said = observe(as_stored(state), record, config)
        signals += said
    return state, signals


def ids(signals: list[Signal], *but: str) -> list[str]:
    return [found.id.removeprefix("group:g1:") for found in signals if found.kind not in but]


def test_a_new_group_is_told_with_its_counts() -> None:
    record = combined({7: T0}, new=True, hosts=["web-1"], users=["u1"], users_total=1, total=1, event_id="e1")
    _, signals = observe(None, record, CONFIG)
    assert [(found.id, found.kind, found.key, found.at) for found in signals] == [
        ("group:g1:new:errors/0/0/7", "new", "group:g1", T0)
    ]
    assert signals[0].activity == Activity(
        count_1m=1, count_5m=1, count_1h=1, hosts_1h=1, users_1h=1, total=1, users_total=1
    )
    assert (signals[0].group, signals[0].severity, signals[0].event_id) == (GROUP, Severity.ERROR, "e1")


def test_a_group_that_is_back_is_told() -> None:
    _, signals = observe(None, combined({7: T0}, back="back after it was resolved"), CONFIG)
    assert ids(signals) == ["regressed:errors/0/0/7"]


def test_a_new_group_is_told_of_even_if_it_is_late() -> None:
    record = combined({0: T0 - 9_000}, new=True, parts=[Part(LATE, [(0, 200, 1)])], total=200)
    state, signals = observe(None, record, SMALL)
    assert ids(signals) == ["new:errors/0/0/0", "milestone:10", "milestone:100"]
    assert state["n"] == 200
    assert signals[0].activity.count_1h == 0


@pytest.mark.parametrize(
    ("totals", "told"),
    [
        ([1, 9, 10, 11], ["10"]),
        ([5, 2_000], ["10", "100", "1000"]),
        ([99, 100, 1_000], ["10", "100", "1000"]),
        ([50, 20, 120], ["10", "100"]),
    ],
)
def test_each_power_of_ten_is_told_once(totals: list[int], told: list[str]) -> None:
    records = [combined({n: T0 + n}, total=total, new=n == 0) for n, total in enumerate(totals)]
    # The first record of a group holds all that the store has of it.
    records[0] = combined({0: T0}, parts=[Part(T0, [(-totals[0], totals[0], 1), (0, 1, 1)])], total=totals[0], new=True)
    _, signals = fold(records)
    assert [found.id.rsplit(":", 1)[1] for found in signals if found.kind == "milestone"] == told


def test_no_milestone_is_told_again_where_the_state_was_forgotten() -> None:
    _, signals = observe(None, combined({1_000_004: T0}, total=1_000_005), CONFIG)
    assert [found.kind for found in signals] == ["activity"]


def test_a_storm_is_told_once_and_its_end_once() -> None:
    state, signals = fold([combined({n: T0 + n}) for n in range(30)], SMALL)
    assert ids(signals, "activity", "milestone") == [f"storm:{T0}"]
    (storm,) = (found for found in signals if found.kind == "storm")
    assert storm.value == 10
    # The minute before T0 + 80 s still holds ten events, of the bucket T0 + 20 s; the next one holds none.
    seen = []
    while (at := due(state)) <= T0 + 80:
        state, said = pass_time(as_stored(state), at, SMALL)
        seen += [(found.kind, at) for found in said if found.kind != "activity"]
    assert seen == [("storm_over", T0 + 80)]


def test_a_storm_ends_below_half_and_not_before() -> None:
    state, _ = fold([combined({n: T0 + n}) for n in range(10)], SMALL)
    for n in range(10, 40):
        state, signals = observe(state, combined({n: T0 + (n - 9) * 10}), SMALL)
        assert "storm_over" not in [found.kind for found in signals], "six a minute is not below five"
    state, signals = observe(state, combined({40: T0 + 1_000}), SMALL)
    assert "storm_over" in [found.kind for found in signals]


def test_late_events_count_and_make_no_storm() -> None:
    state, signals = fold([combined({n: T0}, parts=[Part(LATE, [(n, 1, 1)])]) for n in range(50)], SMALL)
    assert state["n"] == 50
    assert {found.kind for found in signals} <= {"milestone"}


def test_activity_is_told_at_most_every_five_seconds_and_nothing_stays_untold() -> None:
    state, signals = fold([combined({n: T0 + n / 2}) for n in range(41)])
    told = [found.at for found in signals]
    pairs = itertools.pairwise(signals)
    assert all(later.at - earlier.at >= 5 for earlier, later in pairs if later.kind == "activity")
    state, _ = observe(state, combined({41: T0 + 20.5}), CONFIG)
    assert due(state) == told[-1] + 5
    state, signals = pass_time(state, due(state), CONFIG)
    assert [found.kind for found in signals] == ["activity"]
    assert signals[0].activity.count_5m == 42
    assert pass_time(state, due(state) - 1, CONFIG) == (state, [])


def test_an_idle_state_is_forgotten() -> None:
    state, _ = observe(None, combined({0: T0}, new=True), CONFIG)
    assert due(state) == T0 + CONFIG.idle_after
    assert pass_time(state, due(state) - 1, CONFIG) == (state, [])
    assert pass_time(state, due(state), CONFIG) == (None, [])


def test_counts_never_overstate_and_fade() -> None:
    state, _ = fold([combined({n: T0 + n * 10}) for n in range(400)])
    state, (last,) = observe(state, combined({1_000: T0 + 4_000}), CONFIG)
    assert (last.activity.count_1m, last.activity.count_5m) == (6, 30)
    assert 354 <= last.activity.count_1h <= 360


def test_what_silence_tells_is_dated_by_the_newest_event() -> None:
    state, _ = fold([combined({n: T0 + n}) for n in range(28)], SMALL)
    state, flushed = pass_time(state, T0 + 500, SMALL)
    assert {found.kind for found in flushed} == {"storm_over", "activity"}
    assert {found.at for found in flushed} == {T0 + 27.0}


def test_spread_is_that_of_the_last_hour() -> None:
    records = [
        combined({n: T0 + n * 60}, hosts=[f"web-{n}"], users=[f"{n:032x}"], users_total=n + 1, new=n == 0)
        for n in range(100)
    ]
    state, signals = fold(records)
    assert signals[-1].activity.hosts_1h == 50, "at most fifty are told apart"
    assert 50 < signals[-1].activity.users_1h <= 60, "users that are new to the group are counted beyond that"
    state, signals = observe(state, combined({100: T0 + 20_000}, hosts=["web-1"], users_total=100), CONFIG)
    assert (signals[0].activity.hosts_1h, signals[0].activity.users_1h) == (1, 0)


def test_severity_is_the_worst_of_the_last_hour() -> None:
    state, _ = observe(None, combined({0: T0}, severity=Severity.CRITICAL), CONFIG)
    state, signals = observe(state, combined({1: T0 + 60}), CONFIG)
    assert signals[0].severity is Severity.CRITICAL
    _, signals = observe(state, combined({2: T0 + 4_000}), CONFIG)
    assert signals[0].severity is Severity.ERROR


def test_a_newer_generation_starts_over_and_an_older_one_counts_nothing() -> None:
    state, _ = fold([combined({n: T0}) for n in range(5)])
    state, _ = observe(state, combined({0: T0}, source=source(generation=1)), CONFIG)
    assert state["n"] == 6
    assert observe(state, combined({9: T0}), CONFIG) == (state, [])


def test_the_configuration_is_that_of_the_rule_file() -> None:
    rules = load("storm: {count: 7, window: 2m}\nactivity_every: 3s", "rules.yaml")
    assert DedupeConfig.of(rules) == DedupeConfig(storm_count=7, storm_window=120, activity_every=3.0)


# One partition's events: (seconds after T0, events in the record, late).
EVENTS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3), st.booleans()), min_size=1, max_size=40)
Event = tuple[int, int, bool]


def batch(events: list[Event], start: int, stop: int) -> Combined:
    """What the normalize agent makes of the records [start, stop)."""
    by_bucket: dict[int, list[tuple[int, int, int]]] = {}
    for offset in range(start, stop):
        seconds, each, late = events[offset]
        by_bucket.setdefault(LATE if late else (T0 + seconds) // 10 * 10, []).append((offset, 1, each))
    times = [float(T0 + seconds) for seconds, _, _ in events[start:stop]]
    total = sum(each for _, each, _ in events[:stop])
    parts = [Part(bucket, found) for bucket, found in sorted(by_bucket.items())]
    return combined({0: 0}, parts=parts, first_at=min(times), last_at=max(times), total=total, new=start == 0)


@given(EVENTS, st.data())
def test_each_offset_counts_once_whatever_is_replayed(events: list[Event], data: st.DataObject) -> None:
    state, signals, position = None, list[Signal](), 0
    while position < len(events):
        position = data.draw(st.integers(0, position), "read again from")
        stop = data.draw(st.integers(position + 1, len(events)), "to")
        state, said = observe(as_stored(state), batch(events, position, stop), SMALL)
        signals += said
        position = stop
    assert state["n"] == sum(each for _, each, _ in events)
    assert sum(state["c"]) == sum(each for _, each, late in events if not late)
    total = state["n"]
    assert [found.value for found in signals if found.kind == "milestone"] == [n for n in (10, 100) if n <= total]
    assert {found for found in ids(signals) if found.startswith("new")} == {"new:errors/0/0/0"}
    assert len(set(ids(signals, "new"))) == len(ids(signals, "new"))


@given(EVENTS, st.data())
def test_a_crash_makes_the_same_signals_again(events: list[Event], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=6)) | {len(events)})
    records = [batch(events, start, stop) for start, stop in itertools.pairwise([0, *cuts])]
    crash = data.draw(st.integers(0, len(records)))
    stored, _ = fold(records[:crash], SMALL)
    straight, signals = fold(records, SMALL)
    again = stored
    replayed = list[Signal]()
    for record in records[crash:]:
        again, said = observe(as_stored(again), record, SMALL)
        replayed += said
    assert again == straight
    assert replayed == (signals[-len(replayed) :] if replayed else [])


@given(EVENTS)
def test_storing_a_state_changes_nothing_and_none_is_changed_in_place(events: list[Event]) -> None:
    kept, stored = None, None
    for offset in range(len(events)):
        record = batch(events, offset, offset + 1)
        before = as_stored(kept)
        after, signals = observe(kept, record, SMALL)
        assert as_stored(kept) == before
        assert observe(stored, record, SMALL) == (after, signals)
        kept, stored = after, as_stored(after)
        if due(kept) <= T0 + 400:
            assert as_stored(pass_time(kept, T0 + 400, SMALL)[0]) == as_stored(pass_time(stored, T0 + 400, SMALL)[0])
        assert kept == stored


def test_a_state_stays_small() -> None:
    state = None
    for n in range(3_000):
        spread = {"hosts": [f"worker-{n}.eu.example.com"], "users": [f"{n:032x}"], "users_total": n}
        state, _ = observe(state, combined({n: T0 + n * 7}, **spread), CONFIG)
    assert len(str(state)) < 6_500
    calm, _ = observe(None, combined({0: T0}, hosts=["web-1"]), CONFIG)
    assert len(str(calm)) < 1_000
