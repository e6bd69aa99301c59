"""The steps of a policy: whom it asks when, what stops it, what holds it, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.notifying import HeldBack, Mute
from models.severity import Severity
from rules.oncall.people import People
from rules.oncall.stepping import Ask, Escalated, Outcome, advance, coming
from rules.rulefile import load

START = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()  # a Monday
RULES = """
users:
  ann: {contact: "slack:U1"}
  bob: {contact: ["slack:U2", "sms:+4930123456"]}
  cem: {contact: "slack:U3", zone: Europe/Berlin, quiet: {times: [{from: "13:00", to: "15:00"}]}}
schedules:
  shop: {zone: Europe/Berlin, layers: [{users: [ann, bob], starts: 2026-01-05T09:00}]}
  idle: {layers: [{users: [ann], starts: 2030-01-01}]}
times:
  evenings: [{times: [{from: "18:00", to: "22:00"}]}]
policies:
  plain:
    steps: [{notify: [schedule:shop, "slack:#shop"], wait: 5m}, {notify: user:bob, wait: 10m}]
    repeat: 1
    unanswered: "slack:#managers"
    remind_after: 1h
    unacknowledge_after: 4h
  quiet: {steps: [{notify: user:cem}, {notify: schedule:idle}, {notify: user:ann}]}
  silent: {steps: [{notify: user:cem}, {notify: schedule:idle}], repeat: 5, unanswered: "slack:#managers"}
  turns: {steps: [{notify: [user:ann, user:bob, user:cem], round_robin: true, wait: 1m}], repeat: 2}
  alone: {steps: [{notify: user:cem, round_robin: true}], unanswered: "slack:#managers"}
  worse: {steps: [{notify: user:ann, if: {severity: critical}}, {notify: user:bob}]}
  evening: {steps: [{notify: user:ann, if: {times: evenings}}]}
"""
PEOPLE = People(load(RULES, "rules.yaml"))
SILENT = Mute(why=HeldBack.SILENCE, by="s1", until=START + 3600)


class Run:
    """An incident under a policy, by a clock of its own."""

    def __init__(self, policy: str, severity: Severity = Severity.ERROR) -> None:
        self.policy, self.now = PEOPLE.policies[policy], START
        self.ask = Ask(status="new", severity=severity)
        self.state = Escalated(due_at=START, severity=severity, worst=severity)

    def look(self, **ask: object) -> Outcome:
        self.ask = replace(self.ask, **ask)  # type: ignore[arg-type]
        out = advance(self.policy, self.state, self.ask, PEOPLE, self.now)
        assert advance(self.policy, self.state, self.ask, PEOPLE, self.now) == out
        self.state = out.state
        return out

    def told(self, **ask: object) -> list[tuple[str, str, list[str]]]:
        return [(page.kind, page.key, list(page.channels)) for page in self.look(**ask).pages]

    def on(self, seconds: float) -> "Run":
        self.now += seconds
        return self


def test_each_step_is_taken_when_its_time_has_come_and_then_the_end() -> None:
    run = Run("plain")
    told = []
    for _ in range(40):
        told += [(run.now - START, *one) for one in run.told()]
        run.on(60)
    bob = ["slack:U2", "sms:+4930123456"]  # it is his week
    assert told == [
        (0, "page", "1.1.0", [*bob, "slack:#shop"]),
        (300, "page", "1.1.1", bob),
        (900, "page", "1.2.0", [*bob, "slack:#shop"]),
        (1200, "page", "1.2.1", bob),
        (1800, "unanswered", "1.end", ["slack:#managers"]),
    ]
    assert run.look().next_at is None


def test_a_page_says_which_step_it_is_and_what_comes_next() -> None:
    run = Run("plain")
    assert run.look().pages[0].reasons == [
        "step 1 of 2, round 1 of 2: bob (on call: shop), slack:#shop", "next: page bob at 12:05 UTC",
    ]  # fmt: skip
    assert run.on(300).look().pages[0].reasons[1] == "next: page bob (on call: shop), slack:#shop at 14:15 CEST"
    run.on(600).look()
    assert run.on(300).look().pages[0].reasons[1] == "next: nobody else is asked: slack:#managers will be told"
    assert run.on(600).look().pages[0].reasons == ["nobody answered, round 2"]


def test_what_comes_late_is_taken_late_and_once() -> None:
    run = Run("plain")
    run.look()
    late = run.on(7200).look()
    assert [page.key for page in late.pages] == ["1.1.1"]
    assert (late.next_at, run.told()) == (run.now + 600, [])


@pytest.mark.parametrize("status", ["acknowledged", "in_progress", "resolved", "ignored"])
def test_who_was_asked_hears_once_that_it_is_answered(status: str) -> None:
    run = Run("plain")
    run.look()
    stopped = run.on(60).look(status=status, acknowledged_at=run.now)
    assert (list(stopped.ended), stopped.pages) == (["slack:U2", "sms:+4930123456", "slack:#shop"], [])
    assert run.look().ended == ()
    assert run.on(300).told() == []
    again = run.look(status="new")
    assert [page.key for page in again.pages] == ["2.1.0"]


def test_nobody_hears_of_an_answer_who_was_not_asked() -> None:
    assert Run("plain").look(status="resolved").ended == ()


def test_an_acknowledgement_is_reminded_of_once_and_then_taken_for_gone() -> None:
    run = Run("plain")
    run.look()
    answered = run.look(status="acknowledged", acknowledged_at=START)
    assert (answered.next_at, answered.give_back_at) == (START + 3600, START + 4 * 3600)
    [reminder] = run.on(3600).look().pages
    assert (reminder.kind, list(reminder.reasons)) == (
        "remind_acknowledged",
        ["acknowledged 1 h ago, and still open", "next: people are asked again in 3 h"],
    )
    assert (run.told(), run.look().next_at) == ([], START + 4 * 3600)
    assert run.look(status="in_progress").next_at is None


def test_a_silence_holds_it_and_it_goes_on_when_that_ends() -> None:
    run = Run("plain")
    run.look()
    held = run.on(300).look(mute=SILENT)
    assert (held.pages, held.held, held.next_at) == ([], "1.1.1", START + 3600)
    assert run.on(300).look(mute=Mute(why=HeldBack.SILENCE, by="s1")).next_at is None
    assert run.on(3000).told(mute=None)[0][1] == "1.1.1"


def test_who_has_quiet_hours_or_is_not_there_is_passed_over_at_once() -> None:
    [page] = Run("quiet").look().pages
    assert (page.key, list(page.reasons)[1:3]) == ("1.1.2", ["cem has quiet hours", "nobody is on call in idle"])
    assert Run("quiet", Severity.CRITICAL).told()[0][2] == ["slack:U3"]
    [end] = Run("silent").look().pages
    assert (end.kind, end.reasons[0]) == ("unanswered", "nobody could be reached")


def test_round_robin_asks_another_each_time_and_nobody_twice_in_a_row() -> None:
    run = Run("turns", Severity.CRITICAL)
    assert [run.on(60).told()[0][2][0] for _ in range(3)] == ["slack:U1", "slack:U2", "slack:U3"]
    other = Run("turns", Severity.CRITICAL)
    other.state = replace(other.state, turn=1)
    assert other.told()[0][2] == ["slack:U2", "sms:+4930123456"]


def test_who_has_quiet_hours_takes_no_turn_as_long_as_others_can_be_asked() -> None:
    for turn, expected in enumerate(["slack:U1", "slack:U2", "slack:U1", "slack:U2"]):
        run = Run("turns")
        run.state = replace(run.state, turn=turn)
        assert run.told()[0][2][0] == expected, "cem has quiet hours"
    alone = Run("alone")
    alone.state = replace(alone.state, turn=1)
    [end] = alone.look().pages
    assert end.reasons == ["nobody could be reached", "cem has quiet hours"]


def test_what_gets_worse_is_asked_anew_where_a_step_was_left_out() -> None:
    run = Run("worse")
    assert [key for _, key, _ in run.told()] == ["1.1.1"]
    assert [key for _, key, _ in run.on(60).told(severity=Severity.CRITICAL)] == ["2.1.0"]
    run.look(severity=Severity.ERROR)
    assert run.look(severity=Severity.CRITICAL).state.run == 2


def test_what_is_to_be_asked_in_the_evening_waits_for_it() -> None:
    run = Run("evening")
    noon = run.look()
    assert (noon.pages, noon.next_at) == ([], START + 6 * 3600)
    run.on(6 * 3600)
    assert [key for _, key, _ in run.told()] == ["1.1.0"]


def test_names_that_the_file_lost_are_said_and_passed_over() -> None:
    nobody = People(load("{}", "rules.yaml"))
    out = advance(
        PEOPLE.policies["plain"], Escalated(due_at=0.0), Ask(status="new", severity=Severity.ERROR), nobody, 1.0
    )
    assert list(out.pages[0].channels) == ["slack:#shop"]
    assert "there is no schedule shop any more" in out.pages[0].reasons
    assert coming(PEOPLE.policies["plain"], out.state, nobody) == "next: page slack:#shop at 00:05 UTC"
