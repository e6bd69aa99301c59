"""What thresholds may ask for beside counts: shares, several things at once, for how long, spikes, flatlines, silence."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_samples import T0, as_stored
from watching import Watching, at

from models.occurrence import Occurrence
from models.severity import Severity


def fatal(second: float, **fields: object) -> Occurrence:
    return at(second, severity=Severity.CRITICAL, **fields)


def mild(second: float, **fields: object) -> Occurrence:
    return at(second, severity=Severity.WARNING, **fields)


def mixed(errors: int, bad: int, start: float = 0, span: float = 60) -> list[Occurrence]:
    """So many errors over a time, of which so many are critical: as even as can be."""
    return [
        (fatal if (n + 1) * bad // errors > n * bad // errors else mild)(start + n * span / errors)
        for n in range(errors)
    ]


SHARE = "- {name: r, match: {severity: critical}, window: 1m, rate: {above: 10%, of: errors, at_least: 50}}"


@pytest.mark.parametrize(
    ("errors", "bad", "over"),
    [(100, 11, True), (100, 10, False), (100, 0, False), (40, 40, False), (50, 6, True), (1_000, 99, False)],
)
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_share_of_all_errors(errors: int, bad: int, over: bool, size: int) -> None:
    watching = Watching(SHARE).feed_in_turn(mixed(errors, bad), size)
    if size == 1_000 or not over:  # within a part of the minute the share may be higher
        assert watching.kinds == (["over"] if over else [])
    else:
        assert watching.kinds[:1] == ["over"]


def test_it_says_the_share_and_is_under_when_it_is_lower() -> None:
    watching = Watching(SHARE).feed_in_turn(mixed(200, 40), 50)
    assert watching.signals[0].why == "20 % of 50 errors in 1 min, above 10 %"
    calm = mixed(2_000, 10, 60, 600)
    for start in range(0, len(calm), 50):
        watching.feed(*calm[start : start + 50]).wait(60 + (start + 50) * 0.3)
    assert watching.kinds == ["over", "under"]
    assert 120 <= watching.told[-1][1] <= 200


def test_shares_are_counted_apart_by_their_fields() -> None:
    rule = SHARE.replace("window", "group_by: service, window")
    one, other = mixed(100, 30), [mild(n / 2, service="cart") for n in range(100)]
    watching = Watching(rule).feed_in_turn([event for pair in zip(one, other, strict=True) for event in pair], 20)
    assert [signal.by for signal in watching.signals[:1]] == [{"service": "payments"}]
    assert set(watching.states) == {"rule:r:payments", "rule:r:cart"}


BOTH = "- {name: r, match: {severity: critical}, window: 1m, %s: [{count: 10}, {distinct: {of: user_id, count: 3}}]}"


@pytest.mark.parametrize(
    ("events", "users", "every", "some"),
    [(10, 3, True, True), (10, 2, False, True), (9, 3, False, True), (9, 2, False, False)],
)
def test_all_and_any(events: int, users: int, every: bool, some: bool) -> None:
    made = [fatal(n, user_key=(n % users).to_bytes(16, "big")) for n in range(events)]
    assert bool(Watching(BOTH % "all").feed_in_turn(made).signals) is every
    assert bool(Watching(BOTH % "any").feed_in_turn(made).signals) is some


def test_count_and_share_and_users_together() -> None:
    watching = Watching(
        "- name: r\n  match: {severity: critical}\n  window: 5m\n  all:\n  - count: 20\n"
        "  - rate: {above: 5%, of: errors}\n  - distinct: {of: user_id, count: 10}"
    )
    for event in mixed(300, 30, 0, 300):
        watching.feed(event)
    assert watching.signals == []  # no users
    watching.feed_in_turn(fatal(300 + n / 10, user_key=n.to_bytes(16, "big")) for n in range(10))
    (signal,) = watching.signals
    assert signal.why == (
        "40 in 5 min, 20 or more; 12.9 % of 310 errors in 5 min, above 5 %; 10 users in 5 min, 10 or more"
    )


HELD = "- {name: r, count: 5, window: 1m, for: 2m}"


def test_for_asks_that_it_holds_so_long() -> None:
    short = Watching(HELD).feed_in_turn(at(n) for n in range(5)).wait(300)
    assert short.kinds == []  # it held for a minute
    long = Watching(HELD).feed_in_turn(at(n * 10) for n in range(17)).wait(170)
    assert long.told == [("over", 160.0)]  # since 40 s
    assert long.signals[0].id.endswith(f":over:{T0 + 160}")
    long.wait(600)
    assert long.kinds == ["over", "under"]


def test_for_begins_anew_after_a_break() -> None:
    burst = [at(start + n) for start in (0, 110, 220) for n in range(5)]
    assert Watching(HELD).feed_in_turn(burst).wait(500).kinds == []


SPIKE = "- {name: r, window: 10m, spike: {times: 3, at_least: 20}}"


@pytest.mark.parametrize(
    ("before", "now", "over"),
    [(10, 35, True), (10, 25, False), (4, 19, False), (4, 21, True), (0, 60, False), (100, 250, False)],
)
def test_a_spike_is_so_many_times_what_was_before(before: int, now: int, over: bool) -> None:
    events = [at(n * 600 / max(before, 1)) for n in range(before)] + [at(610 + n * 500 / now) for n in range(now)]
    assert Watching(SPIKE).feed_in_turn(events, 5).kinds == (["over"] if over else [])


def test_a_spike_says_what_is_usual() -> None:
    rule = "- {name: r, window: 1m, spike: {times: 10, window: 1h, at_least: 20}}"
    steady = [at(n * 30) for n in range(120)]
    watching = Watching(rule).feed_in_turn(steady, 3)
    assert watching.signals == []
    watching.feed(*(at(3_600 + n) for n in range(40)))
    (signal,) = watching.signals
    assert signal.why.endswith("times what is usual, 10 times or more")
    (state,) = watching.states.values()
    assert len(state["t"]) <= 245


FLAT = "- {name: r, window: 10m, flatline: {below: 20%, at_least: 30}}"


@pytest.mark.parametrize(("before", "after", "over"), [(60, 0, True), (60, 8, True), (60, 30, False), (20, 0, False)])
def test_a_flatline_is_far_fewer_than_before(before: int, after: int, over: bool) -> None:
    events = [at(n * 600 / before) for n in range(before)] + [at(600 + n * 600 / after) for n in range(after)]
    watching = Watching(FLAT)
    for event in events:
        watching.wait(event.occurred_at - T0).feed(event)
    watching.wait(1_215)
    assert watching.kinds == (["over"] if over else [])


SILENT = "- {name: r, silent: {for: 15m}, group_by: service}"


def test_a_service_that_used_to_send_and_stopped() -> None:
    watching = Watching(SILENT).feed(at(0), at(5, service="cart")).wait(800).feed(at(800, service="cart")).wait(1_000)
    assert [(one.kind, one.by, one.why) for one in watching.signals] == [
        ("over", {"service": "payments"}, "no errors for 15 min, where there were some")
    ]
    assert 900 < watching.told[0][1] <= 922
    watching.feed(at(1_003)).wait(1_010)
    assert watching.kinds == ["over", "under"]


def test_what_comes_a_little_late_ends_a_silence_too() -> None:
    watching = Watching(SILENT).feed(at(0)).wait(920)
    assert watching.kinds == ["over"]
    watching.feed(at(905)).wait(930)
    assert watching.kinds == ["over", "under"]


def test_what_is_gone_for_a_week_is_forgotten() -> None:
    watching = Watching(SILENT).feed(at(0)).wait(8 * 86_400, step=250)
    assert watching.kinds == ["over", "under"]
    assert watching.states == {}


ALL_RULES = [
    SHARE, BOTH % "all", BOTH % "any", HELD, SPIKE, FLAT, SILENT,
    "- {name: r, distinct: {of: user_id, count: 3}, window: 1m}",
]  # fmt: skip
EVENTS = st.lists(st.tuples(st.integers(0, 300), st.booleans(), st.integers(0, 5)), min_size=1, max_size=25)


def _events(drawn: Iterable[tuple[int, bool, int]]) -> list[Occurrence]:
    return [(fatal if bad else mild)(when, user_key=who.to_bytes(16, "big")) for when, bad, who in drawn]


@pytest.mark.parametrize("rule", ALL_RULES)
@settings(max_examples=25)
@given(EVENTS)
def test_none_is_changed_in_place_and_each_is_counted_once(rule: str, drawn: list[tuple[int, bool, int]]) -> None:
    watching = Watching(rule)
    for event in _events(drawn):
        before = as_stored(watching.states)
        kept = dict(watching.states)
        watching.feed(event)
        assert as_stored(kept) == before
    counted = {key: state["n"] for key, state in watching.states.items()}
    signals = len(watching.signals)
    watching.offset = 0  # all of it is told again
    watching.feed(*_events(drawn))
    assert {key: state["n"] for key, state in watching.states.items()} == counted
    assert len(watching.signals) == signals


@settings(max_examples=50)
@given(EVENTS, st.data())
def test_each_offset_counts_once_whatever_is_replayed(drawn: list[tuple[int, bool, int]], data: st.DataObject) -> None:
    """As events, and as what they are a share of."""
    watching, some, position = Watching(SHARE), _events(drawn), 0
    while position < len(some):
        start = data.draw(st.integers(0, position))
        stop = data.draw(st.integers(position + 1, len(some)))
        watching.offset = start
        watching.feed(*some[start:stop])
        position = stop
    (state,) = watching.states.values()
    assert state["n"] == sum(bad for _, bad, _ in drawn)
    assert sum(state["bc"]) == len(drawn)


COUNTS = st.lists(st.integers(0, 200), min_size=1, max_size=30)


@given(COUNTS, st.integers(1, 30))
def test_a_count_among_several_is_as_exact_as_one_alone(seconds: list[int], size: int) -> None:
    held = max(sum(1 for other in seconds if second - 60 <= other <= second) for second in seconds)
    watching = Watching("- {name: r, window: 1m, all: [{count: 5}]}").feed_in_turn([at(n) for n in seconds], size)
    assert watching.kinds == (["over"] if held >= 5 else [])


def test_a_rule_that_became_another_takes_over_its_state() -> None:
    plain = Watching("- {name: r, count: 5, window: 1m}").feed_in_turn(at(n) for n in range(5))
    other = Watching("- {name: r, window: 1m, all: [{count: 5}]}")
    other.states, other.offset = plain.states, 5
    other.feed(at(6)).wait(400)
    assert other.kinds == ["under"]
