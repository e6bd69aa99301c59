"""Months of incidents by a clock of the test's own, through routes, silences, windows and times: what must never be.

The loop around the pure rules is the smallest that there can be: it looks at a bundle when something happened to it,
and when it asked to be looked at again.
"""

import heapq
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from models.notifying import Silence
from rules.bundling import ALWAYS, Bundle, Member, Step, flush
from rules.quiet import Quiet, QuietRules, Silences, Sources, parse_matcher
from rules.routing import Router
from rules.rulefile import load

START = datetime(2026, 3, 1, tzinfo=UTC).timestamp()  # the clocks change within it
DAY = 86_400.0
SERVICES = ("shop", "cart", "pay", "search")
RULES = load(
    """
times:
  nights: [{times: [{from: "22:00", to: "07:00"}], zone: Europe/Berlin}]
maintenance:
  - {name: sundays, match: {service: cart}, starts: "2026-01-04T02:30", lasts: 3h, repeats: "FREQ=WEEKLY;BYDAY=SU", zone: Europe/Berlin}
inhibitions:
  - {name: database, source: {type: DatabaseDown}, target: {type: KeyError}, equal: service}
routes:
  - {match: {severity: critical}, to: "pagerduty:default", continue: true}
  - {match: {service: search}, to: "slack:#search", mute: nights, wait: 2m}
  - {match: {service: [cart, pay]}, to: "slack:#money", group_by: service, repeat: 4h}
default_route: "slack:#alerts"
""",
    "rules.yaml",
)
KINDS = ("update", "escalate", "deescalate", "acknowledge", "comment", "assign")


class Life:
    """An incident: what it is known by, and what happened to it."""

    def __init__(self, name, facts):
        self.id, self.facts, self.status = name, facts, "new"
        self.log = []

    @property
    def live(self):
        return self.status not in ("resolved", "ignored")


class Simulation:
    """`told`: (time, channel, incident, step, whether the incident was held back, its status)."""

    def __init__(self, seed, days):
        self.random, self.days = Random(seed), days
        self.router, self.rules = Router(RULES), QuietRules(RULES)
        self.lives, self.bundles, self.members, self.settings = {}, {}, {}, {}
        self.events, self.number, self.told, self.held = [], 0, [], set()
        self.silences = [self._silence(number) for number in range(days // 3)]
        for number in range(days * 12):
            self._plan(f"i{number}")

    def _silence(self, number):
        at = START + self.random.random() * self.days * DAY
        matcher = parse_matcher(f"service={self.random.choice(SERVICES)}")
        ends_at = at + self.random.choice([600, 7200, DAY])
        return Silence(id=f"s{number}", matchers=(matcher,), starts_at=at, ends_at=ends_at, author="ann")

    def _plan(self, name):
        at = START + self.random.random() * self.days * DAY
        self._at(at, "open", name)
        if self.random.random() < 0.2:  # it heals by itself
            self._at(at + 60, "resolve", name)
            return
        for _ in range(self.random.randrange(5)):
            at += self.random.expovariate(1 / 1800)
            self._at(at, self.random.choice(KINDS), name)
        self._at(at + self.random.expovariate(1 / 3600), "resolve", name)

    def _at(self, at, what, name):
        self.number += 1
        heapq.heappush(self.events, (at, self.number, what, name))

    def run(self):
        while self.events:
            now, _, what, name = heapq.heappop(self.events)
            if what == "look":
                self._look(name, now)
            else:
                self._happen(name, what, now)
        return self

    def _happen(self, name, kind, now):
        if kind == "open":
            facts = {"service": self.random.choice(SERVICES), "type": self.random.choice(["KeyError", "DatabaseDown"])}
            self.lives[name] = Life(name, facts | {"severity": self.random.choice(["error", "critical"])})
        life = self.lives[name]
        self.number += 1
        life.log.append(Step(self.number, f"{name}/{self.number}", kind))
        life.status = {"resolve": "resolved", "acknowledge": "acknowledged"}.get(kind, life.status)
        if kind == "escalate":
            life.facts["severity"] = "critical"
        if kind in ("open", "escalate"):
            for routed in self.router.route(life.facts):
                bundle = routed.bundle(life.id, life.facts)
                self.settings[bundle] = routed
                self.bundles.setdefault(
                    bundle, Bundle(grouped=routed.group_by is not None, interval=routed.interval, repeat=routed.repeat)
                )
                if not any(
                    life.id in ids for key, ids in self.members.items() if self.settings[key].path == routed.path
                ):
                    self.members.setdefault(bundle, {})[life.id] = Member(
                        id=life.id, status="new", joined_at=now, steps=(), told=False, wait=routed.wait
                    )
        explained = {
            key
            for key, ids in self.members.items()
            if any(self.lives[one].facts["service"] == life.facts["service"] for one in ids)
        }
        for bundle in sorted(explained):
            self._look(bundle, now)

    def _mute(self, routed, life, now):
        quiet = Quiet(self.rules, Silences(self.silences))
        live = [one for one in self.lives.values() if one.live]
        return quiet.mute(life.facts, now, life.id, Sources(live)) or quiet.mute_route(routed.mute, routed.only, now)

    def _look(self, key, now):
        routed, known = self.settings[key], self.members[key]
        for name in known:
            life = self.lives[name]
            urgent = life.facts["severity"] == "critical"
            known[name] = replace(
                known[name],
                status=life.status,
                steps=[step for step in life.log if step.number > known[name].seen],
                mute=self._mute(routed, life, now),
                wait=routed.critical_wait if urgent else routed.wait,
                urgent=urgent,
            )
        out = flush(self.bundles[key], known.values(), now)
        self.held.update(held.mute.why for held in out.held)
        for message in out.messages:
            one = known[message.incident_id]
            self.told.append((now, routed.channels, one.id, message.transition_id, message.kind, one.mute, one.status))
        for name in out.reminders:
            self.told.append(
                (now, routed.channels, name, f"remind {now}", "remind", known[name].mute, known[name].status)
            )
        for name in list(known):
            one = known[name]
            known[name] = replace(
                one,
                told=one.told or name in out.heard,
                told_at=now if name in out.heard else one.told_at,
                seen=out.seen.get(name, one.seen),
                said=out.said.get(name, one.said),
            )
            if one.status == "resolved":
                del known[name]
        if out.turn:
            self.bundles[key] = replace(self.bundles[key], flushed_at=now)
        if out.again_at is not None:
            self._at(max(out.again_at, now), "look", key)


@pytest.fixture(scope="module", params=range(2))
def simulation(request):
    return Simulation(request.param, days=60).run()


def test_nobody_is_told_of_what_is_held_back_but_of_what_people_did_and_ends(simulation):
    assert len(simulation.told) > 1000
    assert simulation.held >= {"silence", "inhibition", "times", "maintenance", "short"}
    assert [one for one in simulation.told if one[5] is not None and one[4] not in ALWAYS] == []


def test_no_step_is_told_twice_to_a_channel(simulation):
    told = [(channels, step) for _, channels, _, step, *_ in simulation.told]
    assert len(told) == len(set(told))


def test_nothing_is_told_of_what_is_over_but_its_end(simulation):
    ended = {(channels, name): at for at, channels, name, _, kind, *_ in simulation.told if kind == "resolve"}
    late = [
        one for one in simulation.told
        if one[0] > ended.get((one[1], one[2]), one[0])
    ]  # fmt: skip
    assert late == []


def test_whoever_was_told_is_told_of_the_end(simulation):
    told = {(channels, name) for _, channels, name, *_ in simulation.told}
    ended = {(channels, name) for _, channels, name, _, kind, *_ in simulation.told if kind == "resolve"}
    assert ended == told


def test_what_was_never_told_was_held_back_or_over_before_its_wait(simulation):
    told = {name for _, _, name, *_ in simulation.told}
    grouped_or_short = [life for life in simulation.lives.values() if life.id not in told]
    assert len(grouped_or_short) < len(simulation.lives) / 2
    assert all(life.status == "resolved" for life in grouped_or_short)
