"""Months of incidents by a clock of the test's own, through policies, schedules, silences, windows and quiet hours.

The loop around the pure rules is the smallest that there can be: it looks at an incident when something happened to it,
and when it asked to be looked at again, as late as the test likes.
"""

import heapq
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from models.notifying import Silence
from models.severity import Severity
from rules.oncall.people import People
from rules.oncall.stepping import ANSWERED, Ask, Escalated, advance
from rules.quiet import Quiet, QuietRules, Silences, parse_matcher
from rules.rulefile import load

START = datetime(2026, 3, 1, tzinfo=UTC).timestamp()  # the clocks change within it
DAYS, DAY = 120, 86_400.0
SERVICES = ("shop", "cart", "pay")
FILE = """
users:
  ann: {contact: "slack:U1"}
  bob: {contact: ["slack:U2", "sms:+4930123456"], zone: Europe/Berlin, quiet: {times: [{from: "22:00", to: "07:00"}]}}
  cem: {contact: "email:cem@shop.example", zone: America/New_York, quiet: {weekdays: [sat, sun]}, through: [">=error"]}
schedules:
  days: {zone: Europe/Berlin, layers: [{users: [FIRST, [bob, cem]], starts: 2026-01-05T09:00, every: 12h}]}
  nights: {zone: Europe/Berlin, layers: [{users: [cem, ann], starts: 2026-01-05, every: day, only: {times: [{from: "20:00", to: "08:00"}]}}]}
times:
  nights: [{times: [{from: "20:00", to: "08:00"}], zone: Europe/Berlin}]
maintenance:
  - {name: sundays, match: {service: cart}, starts: "2026-01-04T02:30", lasts: 3h, repeats: "FREQ=WEEKLY;BYDAY=SU", zone: Europe/Berlin}
policies:
  plain:
    steps:
      - {notify: [schedule:days, "slack:#shop"], wait: 5m}
      - {notify: schedule:nights, wait: 10m, if: {times: nights}}
      - {notify: user:bob, wait: 3m, if: {severity: [warning, error]}}
      - {notify: [user:ann, schedule:days], round_robin: true, wait: 15m}
    repeat: 2
    unanswered: "slack:#managers"
    remind_after: 2h
    unacknowledge_after: 6h
  short: {steps: [{notify: "user:cem", wait: 1m}], unanswered: "slack:#managers"}
  patient:
    steps:
      - {notify: "schedule:nights", wait: 45m, if: {severity: critical}}
      - {notify: "user:bob", wait: 1h, if: {times: nights}}
      - {notify: ["slack:#shop", "schedule:days"], wait: 2h}
    repeat: 5
    remind_after: 1h
    unanswered: ["slack:#managers", "sms:+4930000000"]
"""
FILES = [load(FILE.replace("FIRST", name), "rules.yaml") for name in ("ann", "cem")]
RULES = [(QuietRules(file), People(file)) for file in FILES]


class Life:
    """An incident: what it is, and how far it has come with asking people."""

    def __init__(self, service, severity, at):
        self.facts, self.severity, self.opened_at = {"service": service}, severity, at
        self.status, self.acknowledged_at, self.ended_at = "new", None, None
        self.state = Escalated(due_at=at, severity=severity, worst=severity)
        self.touched = self.muted = False  # by a person; by a silence or a window


class Simulation:
    """`told`: (time, incident, page or end, whether it was held back then, status)."""

    def __init__(self, seed, policy):
        self.random, self.policy = Random(seed), FILES[0].policies[policy]
        self.events, self.number, self.lives, self.told, self.ended = [], 0, {}, [], []
        self.silences = [self._silence(number) for number in range(DAYS)]
        self.hiding = Silences(self.silences)
        for number in range(DAYS * 8):
            self._plan(f"i{number}")

    def _silence(self, number):
        at = START + self.random.random() * DAYS * DAY
        matcher = parse_matcher(f"service={self.random.choice(SERVICES)}")
        ends_at = at + self.random.choice([600, 7200, DAY])
        return Silence(id=f"s{number}", matchers=(matcher,), starts_at=at, ends_at=ends_at, author="ann")

    def _plan(self, name):
        at = START + self.random.random() * DAYS * DAY
        self._at(at, "open", name)
        for _ in range(self.random.randrange(6)):
            at += self.random.expovariate(1 / 3600)
            self._at(
                at, self.random.choice(["acknowledge", "start", "unacknowledge", "severity", "ignore", "look"]), name
            )
        if self.random.random() < 0.7:
            self._at(at + self.random.expovariate(1 / 7200), "resolve", name)

    def _at(self, at, what, name):
        self.number += 1
        heapq.heappush(self.events, (at, self.number, what, name))

    def run(self):
        while self.events:
            now, _, what, name = heapq.heappop(self.events)
            if what == "open":
                life = Life(self.random.choice(SERVICES), self.random.choice([*Severity, Severity.CRITICAL]), now)
                self.lives[name] = life
            elif what != "look":
                self._happen(self.lives[name], what, now)
            self._look(name, now)
        return self

    def _happen(self, life, what, now):
        life.touched = life.touched or what != "resolve"
        if what == "severity":
            life.severity = self.random.choice(list(Severity))
        elif life.status == "resolved" or (life.status == "ignored" and what != "resolve"):
            return
        elif what == "unacknowledge":
            life.status, life.acknowledged_at = "new", None
        elif what in ("acknowledge", "start"):
            life.acknowledged_at = life.acknowledged_at or now
            life.status = {"acknowledge": "acknowledged", "start": "in_progress"}[what]
        else:
            life.status = {"resolve": "resolved", "ignore": "ignored"}[what]
        if life.status == "resolved" and life.ended_at is None:
            life.ended_at = now

    def _look(self, name, now):
        life = self.lives[name]
        quiet, people = RULES[int((now - START) // (9 * DAY)) % 2]  # the schedule changes every now and then
        mute = Quiet(quiet, self.hiding).mute(life.facts | {"severity": life.severity}, now, name, list)
        life.muted = life.muted or mute is not None
        ask = Ask(status=life.status, severity=life.severity, acknowledged_at=life.acknowledged_at, mute=mute)
        out = advance(self.policy, life.state, ask, people, now)
        life.state = out.state
        self.told += [(now, name, page, mute, life.status) for page in out.pages]
        self.ended += [(now, name, life.status)] if out.ended else []
        if out.give_back_at is not None and now >= out.give_back_at:
            life.status, life.acknowledged_at = "new", None
            self._at(now, "look", name)
        elif out.next_at is not None:
            late = self.random.choice([0, 0, 0, 600])  # no process ran for ten minutes
            self._at(max(out.next_at, now) + late, "look", name)


@pytest.fixture(
    scope="module", params=[(0, "plain"), (1, "plain"), (2, "plain"), (3, "short"), (4, "patient")], ids=str
)
def simulation(request):
    return Simulation(*request.param).run()


def test_nobody_is_paged_while_silenced_and_all_kinds_of_pages_come(simulation):
    assert [one for one in simulation.told if one[3] is not None] == []
    kinds = Counter(page.kind for _, _, page, *_ in simulation.told)
    wanted = {"page", "unanswered", *(["remind_acknowledged"] if simulation.policy.remind_after else [])}
    assert kinds.keys() == wanted
    assert min(kinds.values()) > 20
    assert any(life.muted for life in simulation.lives.values())


def test_each_step_is_taken_at_most_once_a_round_and_in_order(simulation):
    keys = [(name, page.key) for _, name, page, *_ in simulation.told]
    assert len(keys) == len(set(keys))
    taken = {}
    for _, name, page, *_ in simulation.told:
        if page.kind == "page":
            place = tuple(map(int, page.key.split(".")))
            assert place > taken.get(name, (0,))
            assert place[1] <= simulation.policy.repeat + 1
            taken[name] = place


def test_only_what_nobody_has_acknowledged_is_paged_and_nothing_once_it_is_over(simulation):
    for at, name, page, _, status in simulation.told:
        assert (status == "new") is (page.kind != "remind_acknowledged")
        ended = simulation.lives[name].ended_at
        assert ended is None or at <= ended


def test_steps_are_their_wait_apart_or_more(simulation):
    last = {}
    for at, name, page, *_ in simulation.told:
        if page.kind == "page":
            run, _, step = map(int, page.key.split("."))
            if name in last and last[name][1] == run:
                assert at - last[name][0] >= simulation.policy.steps[last[name][2]].wait
            last[name] = (at, run, step)


def test_every_critical_that_nobody_touches_reaches_the_last_step_of_the_last_round_and_the_end(simulation):
    reached = {}
    for _, name, page, *_ in simulation.told:
        reached.setdefault(name, []).append(page.key)
    left = [
        name for name, life in simulation.lives.items()
        if life.severity == "critical" and not life.touched and life.status == "new"
    ]  # fmt: skip
    assert len(left) > 5
    for name in left:
        assert f"1.{simulation.policy.repeat + 1}.{len(simulation.policy.steps) - 1}" in reached[name]
        assert reached[name][-1] == "1.end"


def test_whoever_was_paged_hears_that_it_is_answered_and_that_it_is_over(simulation):
    heard = {}
    for _, name, status in simulation.ended:
        heard.setdefault(name, []).append(status)
    for name, life in simulation.lives.items():
        assert len(heard.get(name, [])) <= 2 * life.state.run
        if life.state.asked and life.status in {*ANSWERED, "resolved", "ignored"}:
            assert heard[name][-1] in (ANSWERED if life.status in ANSWERED else {"resolved", "ignored"})
        assert life.state.asked or name not in heard
