"""When people are told of a threshold again, and rules that are muted."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from rule_samples import T0
from watching import Watching, at

from models.wire import Alert, Signal
from rules import escalating
from rules.escalating import EscalateConfig
from rules.incidents import IncidentState, incident_id_of, transition
from rules.rulefile import RuleFileError, load

RULE = "- {name: r, count: 5, window: 1m, hold: 1m, again: {after: 10m, up_to: 40m}}"
PLANNED = RULE.replace("count: 5", "all: [{count: 5}]")


def burst(start: float) -> list[object]:
    return [at(start + n) for n in range(5)]


def again_at(signals: list[Signal]) -> list[int]:
    return [int(one.at - T0) for one in signals if one.again]


@pytest.mark.parametrize("rule", [RULE, PLANNED])
def test_while_it_goes_on_people_are_told_after_times_that_double(rule: str) -> None:
    watching = Watching(rule)
    for second in range(0, 12_000, 10):
        watching.feed(at(second)).wait(second)
    assert watching.kinds == ["over"]
    told = [40, *again_at(watching.signals)]
    pauses = [later - sooner for sooner, later in pairwise(told)]
    assert [round(pause / 600) for pause in pauses] == [1, 2, 4, 4, 4, 4]
    assert all(abs(pause - 600 * round(pause / 600)) <= 300 for pause in pauses)


@pytest.mark.parametrize("rule", [RULE, PLANNED])
def test_one_that_comes_back_too_soon_is_told_later(rule: str) -> None:
    watching = Watching(rule).feed(*burst(0)).wait(200).feed(*burst(300)).wait(500)
    assert watching.kinds == ["over", "under"]  # of the second nobody hears, not even that it ended
    for second in range(600, 1_300, 10):
        watching.feed(at(second)).wait(second)
    over = [one for one in watching.signals if one.kind == "over"]
    assert [int(one.at - T0) for one in over][:1] == [4]
    assert 604 <= over[1].at - T0 <= 960
    assert not over[1].again


@pytest.mark.parametrize("rule", [RULE, PLANNED])
def test_after_calm_people_are_told_at_once_again(rule: str) -> None:
    watching = Watching(rule)
    for start in (0, 700, 2_000, 7_000):
        watching.wait(start).feed(*burst(start)).wait(start + 200)
    assert [int(second) for kind, second in watching.told if kind == "over"] == [4, 704, 2_004, 7_004]
    (state,) = watching.states.values()
    assert state["ri"] == 600  # doubled to 20 and 40 min, and halved twice since


@pytest.mark.parametrize("rule", [RULE, PLANNED])
def test_a_muted_rule_is_told_of_when_it_is_muted_no_more(rule: str) -> None:
    until = datetime.fromtimestamp(T0 + 1_000, UTC).isoformat()
    rule = rule.replace("again: {after: 10m, up_to: 40m}", f"mute: '{until}'")
    short = Watching(rule).feed(*burst(0)).wait(600)
    assert short.signals == []
    long = Watching(rule)
    for second in range(0, 1_400, 10):
        long.feed(at(second)).wait(second)
    assert long.signals[0].kind == "over"
    assert 1_000 <= long.signals[0].at - T0 <= 1_320
    assert (
        Watching(rule.replace(f"'{until}'", "true")).feed_in_turn(at(n) for n in range(900)).wait(2_000).signals == []
    )


def test_again_is_a_message_of_its_own_and_growth_is_none() -> None:
    config = EscalateConfig.of(load(f"thresholds:\n{RULE}", "rules.yaml"))
    watching = Watching(RULE)
    for second in range(0, 1_000, 10):
        watching.feed(at(second)).wait(second)
    state, alerts = None, list[Alert]()
    for signal in watching.signals:
        state, told = escalating.observe(state, signal, config)
        alerts += told
    assert [(alert.kind, alert.again) for alert in alerts] == [("open", False), ("update", True)]
    for status, kind, loud in (("new", "remind", True), ("acknowledged", "update", False)):
        incident = IncidentState(id=incident_id_of(alerts[0].id), status=status, severity=alerts[0].severity)
        step = transition(incident, alerts[1])
        assert step is not None
        assert (step.kind, step.loud, step.status) == (kind, loud, status)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("again: {after: 1m}", "2:50: must be 5 min or more"),
        ("again: {after: 1h, up_to: 30m}", "2:42: `up_to` must not be less than `after`"),
        ("mute: later", "2:41: must be true, or a time such as 2026-03-01T09:00:00Z, not `later`"),
        ("mute: 2026-03-01T09:00:00Z", None),
        ("mute: false", None),
    ],
)
def test_the_rule_file(more: str, problem: str | None) -> None:
    text = f"thresholds:\n- {{name: a, count: 5, window: 1m, {more}}}"
    if problem is None:
        load(text, "rules.yaml")
        return
    with pytest.raises(RuleFileError) as refused:
        load(text, "rules.yaml")
    assert refused.value.lines() == [f"rules.yaml:{problem}"]
