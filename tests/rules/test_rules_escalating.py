"""Escalating: when people are told, how severe it is, why, and when it is over."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import GROUP, T0, as_stored, signal

from models.severity import Severity
from models.wire import Activity, Alert, GroupRef, Signal
from rules.escalating import EscalateConfig, due, observe, pass_time
from rules.rulefile import load, load_default

CONFIG = EscalateConfig.of(load_default())
RULE_KEY = "rule:critical-burst:payments"


def fold(signals: list[Signal], config: EscalateConfig = CONFIG) -> tuple[Any, list[Alert]]:
    state, alerts = None, list[Alert]()
    for found in signals:
        state, said = observe(as_stored(state), found, config)
        alerts += said
    return state, alerts


def let_pass(state: Any, until: float, config: EscalateConfig = CONFIG) -> tuple[Any, list[Alert]]:
    """Call `pass_time` whenever it is due."""
    alerts = list[Alert]()
    while state is not None and (at := due(state)) <= until:
        state, said = pass_time(as_stored(state), at, config)
        alerts += said
        assert state is None or due(state) > at, "time must go on"
    return state, alerts


def told(alerts: list[Alert]) -> list[tuple[str, str, list[str]]]:
    return [(found.kind, str(found.severity), found.reasons) for found in alerts]


def counts(per_minute: int, total: int = 0, **fields: int) -> Activity:
    return Activity(count_1m=per_minute, count_5m=per_minute, count_1h=per_minute, total=total or per_minute, **fields)


def over(at: float, value: float, start: int = 0, again: str = "") -> Signal:
    return signal(
        "over", at, id=f"{RULE_KEY}:over:{start}{again}", key=RULE_KEY, rule="critical-burst", by={"service": "payments"},
        value=value, severity=Severity.CRITICAL, activity=Activity(),
    )  # fmt: skip


def under(at: float, start: int = 0) -> Signal:
    return signal("under", at, id=f"{RULE_KEY}:under:{start}", key=RULE_KEY, rule="critical-burst", activity=Activity())


def test_a_new_error_in_production_opens_an_alert() -> None:
    _, (alert,) = fold([signal("new", T0, event_id="e1", trace_id="t1")])
    assert alert == Alert(
        id=f"group:g1:new:{T0}>1open",
        kind="open",
        key="group:g1",
        at=T0,
        severity=Severity.ERROR,
        reasons=["new error"],
        group=GROUP,
        activity=Activity(count_1m=1, count_5m=1, count_1h=1, total=1),
        rule="new-error",
        event_id="e1",
        trace_id="t1",
    )


STAGING = GroupRef(group_id="g1", fingerprint="f1", service="payments", environment="staging", title="t")


@pytest.mark.parametrize(
    "quiet",
    [
        signal("new", T0, group=STAGING),
        signal("new", T0, severity=Severity.WARNING),
        signal("milestone", T0, value=1000),
        signal("activity", T0),
        signal("activity", T0, activity=counts(500), group=STAGING),
        signal("storm_over", T0),
        under(T0),
    ],
)
def test_what_no_rule_asks_for_opens_nothing_and_leaves_no_state(quiet: Signal) -> None:
    assert observe(None, quiet, CONFIG) == (None, [])


@pytest.mark.parametrize(
    ("opening", "rule", "severity", "reasons"),
    [
        (signal("regressed", T0), "back-again", "error", ["back after it was resolved"]),
        (signal("storm", T0, value=100), "storm", "error", ["storm: 100 in 1 min, 100 or more"]),
        (
            signal("storm", T0, value=120, activity=counts(120)),
            "storm",
            "critical",
            ["storm: 120 in 1 min, 100 or more", "120 in 1 min, 100 or more"],
        ),
        (
            signal("activity", T0, activity=counts(120)),
            "getting-worse",
            "critical",
            ["120 in 1 min, 100 or more"],
        ),
        (
            signal("activity", T0, activity=counts(9, hosts_1h=6)),
            "getting-worse",
            "critical",
            ["6 hosts in 1 h, 5 or more"],
        ),
        (
            signal("new", T0, severity=Severity.WARNING, activity=counts(9, hosts_1h=6)),
            "new-error",
            "error",
            ["new error", "6 hosts in 1 h, 5 or more"],
        ),
        (
            signal("new", T0, activity=counts(9, users_1h=140, hosts_1h=9)),
            "new-error",
            "critical",
            ["new error", "9 hosts in 1 h, 5 or more"],
        ),
        (
            over(T0, 7),
            "critical-burst",
            "critical",
            ["7 in 1 min, 5 or more (service payments)"],
        ),
    ],
)
def test_what_opens_an_alert_and_why(opening: Signal, rule: str, severity: str, reasons: list[str]) -> None:
    _, (alert,) = fold([opening])
    assert (alert.kind, alert.rule, str(alert.severity), alert.reasons) == ("open", rule, severity, reasons)


def test_severity_is_raised_at_once_and_lowered_when_calm() -> None:
    state, alerts = fold([signal("new", T0), signal("activity", T0 + 10, activity=counts(120, 10))])
    assert told(alerts)[1:] == [("escalate", "critical", ["120 in 1 min, 100 or more"])]
    # The minute is over at 70 s; from then on it must stay calm for ten minutes.
    state, alerts = let_pass(state, T0 + 10 + 60 + 599)
    assert alerts == []
    _, alerts = let_pass(state, T0 + 10 + 60 + 600)
    assert told(alerts) == [("deescalate", "error", ["below 100 in 1 min for 10 min"])]


def test_severity_stays_while_it_flickers() -> None:
    flicker = [signal("activity", T0 + n * 300, activity=counts(120 if n % 2 else 20, 10)) for n in range(1, 40)]
    _, alerts = fold([signal("new", T0), *flicker])
    assert [found.kind for found in alerts] == ["open", "escalate"]


def test_severity_follows_the_events_themselves() -> None:
    state, alerts = fold([signal("new", T0), signal("activity", T0 + 5, severity=Severity.CRITICAL)])
    assert told(alerts)[1:] == [("escalate", "critical", ["severity is critical now"])]
    for n in range(1, 4):
        state, alerts = observe(state, signal("activity", T0 + 5 + n * 301), CONFIG)
    assert told(alerts) == [("deescalate", "error", ["severity is error now"])]


def test_an_alert_is_over_when_it_was_quiet() -> None:
    state, _ = fold([signal("new", T0), signal("activity", T0 + 100)])
    state, alerts = let_pass(state, T0 + 100 + 1_800)
    assert told(alerts) == [("resolve", "error", ["quiet for 30 min"])]
    assert alerts[0].activity == Activity(total=1, count_1h=1)
    assert let_pass(state, T0 + 10_000) == (None, [])


def test_what_comes_again_after_the_end_opens_anew_under_another_id() -> None:
    state, first = fold([signal("new", T0)])
    state, _ = let_pass(state, T0 + 1_800)
    _, again = observe(state, signal("storm", T0 + 2_000, value=100), CONFIG)
    assert [found.kind for found in again] == ["open"]
    assert again[0].id != first[0].id


@pytest.mark.parametrize("late", [signal("new", T0), signal("storm", T0 - 50), signal("regressed", T0 + 100)])
def test_a_signal_that_is_told_again_after_the_end_opens_nothing(late: Signal) -> None:
    state, _ = fold([signal("new", T0), signal("activity", T0 + 100)])
    state, _ = let_pass(state, T0 + 1_900)
    assert observe(state, late, CONFIG) == (state, [])


def test_old_signals_never_move_time_back() -> None:
    state, _ = fold([signal("new", T0), signal("activity", T0 + 100, activity=counts(50))])
    after, alerts = observe(state, signal("activity", T0 + 50, activity=counts(500)), CONFIG)
    assert alerts == []
    assert (after["at"], after["act"]) == (state["at"], state["act"])


def test_people_are_told_again_at_each_doubling_and_power_of_ten() -> None:
    signals = [signal("new", T0)]
    signals += [signal("activity", T0 + n, activity=Activity(count_1m=1, total=n)) for n in range(2, 100)]
    signals += [signal("milestone", T0 + 100, value=100, activity=Activity(count_1m=1, total=100))]
    _, alerts = fold(signals)
    assert told(alerts)[1:] == [("update", "error", [f"{total} in all"]) for total in (10, 20, 40, 80, 100)]
    assert len({found.id for found in alerts}) == len(alerts)


def test_a_threshold_ends_when_it_says_so() -> None:
    signals = [over(T0, 5), over(T0 + 1, 7, again=":7"), over(T0 + 2, 10, again=":10"), under(T0 + 90)]
    state, alerts = fold(signals)
    assert told(alerts) == [
        ("open", "critical", ["5 in 1 min, 5 or more (service payments)"]),
        ("update", "critical", ["10 in 1 min, 5 or more (service payments)"]),
        ("resolve", "critical", ["back below the threshold"]),
    ]
    assert observe(state, over(T0 + 91, 10, again=":10"), CONFIG) == (state, []), "told again"
    assert [found.kind for found in observe(state, over(T0 + 80, 5, start=1), CONFIG)[1]] == ["open"]


def test_a_threshold_that_falls_silent_ends_too() -> None:
    state, _ = fold([over(T0, 5)])
    _, alerts = let_pass(state, T0 + 1_800)
    assert told(alerts) == [("resolve", "critical", ["quiet for 30 min"])]
    short = EscalateConfig.of(
        load("thresholds: [{name: critical-burst, count: 5, window: 1h}]\nescalation: {resolve_after: 1m}", "r")
    )
    state, _ = fold([over(T0, 5)], short)
    _, alerts = let_pass(state, T0 + 899, short)
    assert alerts == [], "it is said every five minutes that it is still over"


def test_a_group_that_was_resolved_by_hand_and_is_back_opens_anew() -> None:
    state, alerts = fold([signal("new", T0), signal("regressed", T0 + 60)])
    assert [(found.kind, found.reasons) for found in alerts] == [
        ("open", ["new error"]),
        ("open", ["back after it was resolved"]),
    ]
    assert observe(state, signal("regressed", T0 + 60), CONFIG)[1][:1] != alerts[1:], "the same one opens once"


def test_where_nothing_is_due_nothing_happens() -> None:
    state, _ = fold([signal("new", T0)])
    assert pass_time(state, due(state) - 1, CONFIG) == (state, [])


def test_a_state_is_small() -> None:
    state, _ = fold([signal("new", T0), signal("activity", T0 + 10, activity=counts(120, 10))])
    assert len(str(state)) < 1_000


LADDER = EscalateConfig.of(
    load(
        """
alerts: [{name: all, on: [new, regressed, storm, raised]}]
escalation:
  calm: 1m
  resolve_after: 10m
  ladder:
    - {count: 20, window: 1m, raise: 1}
    - {count: 40, window: 5m, raise: 1}
    - {hosts: 5, severity: critical}
    - {total: 100, severity: warning}
""",
        "rules.yaml",
    )
)

STEPS = st.lists(
    st.tuples(
        st.integers(-30, 400),  # seconds since the one before; some are late
        st.sampled_from(["new", "regressed", "storm", "storm_over", "milestone", "activity", "activity", "activity"]),
        st.sampled_from([Severity.INFO, Severity.WARNING, Severity.ERROR]),
        st.integers(0, 60),
        st.integers(0, 8),
    ),
    min_size=1,
    max_size=25,
)


def history(steps: list[tuple[Any, ...]]) -> list[Signal]:
    at, signals = T0, list[Signal]()
    for n, (wait, kind, severity, count, hosts) in enumerate(steps):
        at += wait
        activity = Activity(count_1m=count, count_5m=count, count_1h=count, hosts_1h=hosts, total=n * 10 + 1)
        signals.append(signal(kind, at, mark=str(n), severity=severity, activity=activity))
    return signals


def run(signals: list[Signal]) -> list[Alert | Signal]:
    """Signals, and the alerts that they and the time between them make, in order."""
    state, story, now = None, list[Alert | Signal](), 0.0
    for found in signals:
        now = max(now, found.at)
        state, alerts = let_pass(state, now, LADDER)
        story += [*alerts, found]
        state, alerts = observe(state, found, LADDER)
        story += alerts
    story += let_pass(state, now + 100_000, LADDER)[1]
    return story


@given(STEPS)
def test_alerts_make_whole_stories(steps: list[tuple[Any, ...]]) -> None:
    """Opened before anything else, nothing after the end but a new opening by a new signal, and all ends."""
    live, newest = False, -1.0
    fresh = False
    for entry in run(history(steps)):
        if isinstance(entry, Signal):
            fresh = True
            continue
        assert entry.reasons
        assert all(reason and "{" not in reason for reason in entry.reasons)
        assert entry.at >= newest or entry.kind == "open", "time moved back"
        newest = max(newest, entry.at)
        if entry.kind == "open":
            assert fresh, "an alert opened without a signal"
        else:
            assert live, f"{entry.kind} without an open alert"
        live, fresh = entry.kind != "resolve", fresh and entry.kind != "resolve"
    assert not live


@given(STEPS)
def test_severity_is_never_above_what_the_reasons_say(steps: list[tuple[Any, ...]]) -> None:
    signals = history(steps)
    worst = Severity.DEBUG
    for entry in run(signals):
        if isinstance(entry, Signal):
            worst = Severity.worst(worst, entry.severity)
        elif entry.kind in ("open", "escalate"):
            raises = sum(bool(re.search(r"in 1 min, 20|in 5 min, 40", reason)) for reason in entry.reasons)
            said = worst.raised(raises)
            if any("hosts" in reason for reason in entry.reasons):
                said = Severity.CRITICAL
            if any("in all, 100" in reason for reason in entry.reasons):
                said = Severity.worst(said, Severity.WARNING)
            assert entry.severity.rank <= said.rank


@given(STEPS)
def test_the_same_signals_make_the_same_alerts_and_each_id_once(steps: list[tuple[Any, ...]]) -> None:
    signals = history(steps)
    alerts = [entry for entry in run(signals) if isinstance(entry, Alert)]
    assert alerts == [entry for entry in run(signals) if isinstance(entry, Alert)]
    assert len({found.id for found in alerts}) == len(alerts)


@given(STEPS)
def test_storing_a_state_changes_nothing_and_none_is_changed_in_place(steps: list[tuple[Any, ...]]) -> None:
    kept, stored = None, None
    for found in history(steps):
        before = as_stored(kept)
        after, alerts = observe(kept, found, LADDER)
        assert as_stored(kept) == before
        assert observe(stored, found, LADDER) == (after, alerts)
        kept, stored = after, as_stored(after)
        if kept is not None:
            assert pass_time(kept, T0 + 20_000, LADDER) == pass_time(stored, T0 + 20_000, LADDER)
        assert kept == stored
