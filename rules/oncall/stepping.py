"""Whom to ask next about an incident that nobody has acknowledged: (policy, what was done so far, now) -> what to do.

Nothing is decided twice: the outcome is the state to store, and the same state at the same time gives the same outcome.
A step that comes late is taken late, and the next one waits from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from models.notifying import Mute
from models.severity import Severity
from rules.oncall.people import People
from rules.rulefile.durations import say_duration
from rules.rulefile.policies import Policy

__all__ = ["ANSWERED", "Ask", "Escalated", "Outcome", "Page", "Phase", "advance", "coming"]

Phase = Literal["asking", "answered", "unanswered", "over"]
ANSWERED: Final = frozenset({"acknowledged", "in_progress"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """How far it has come; as it is stored. Times in epoch seconds."""

    phase: Phase = "asking"
    run: int = 1  # counts how often it began
    round: int = 1
    step: int = 0  # the next one, from 0
    due_at: float = 0.0  # when that is to be taken
    turn: int = 0  # where one of several is asked in turn
    asked: tuple[str, ...] = ()  # the channels of all who were asked so far
    severity: Severity = Severity.DEBUG  # when it was last looked at
    worst: Severity = Severity.DEBUG  # in this run
    reminded_of: float | None = None  # the acknowledgement of which people were reminded


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The incident as it is now. `acknowledged_at` in epoch seconds."""

    status: str
    severity: Severity
    acknowledged_at: float | None = None
    mute: Mute | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Tell these channels. `key` is the same however often it is decided on; in `reasons` a line each."""

    kind: Literal["page", "unanswered", "remind_acknowledged"]
    key: str
    channels: Sequence[str]
    reasons: Sequence[str]


@dataclass(slots=True)
class Outcome:
    """What to store and to tell."""

    state: Escalated
    pages: list[Page] = field(default_factory=list)
    ended: Sequence[str] = ()  # channels that are to hear that it was answered, or is over
    held: str | None = None  # the key of the page that is held back
    give_back_at: float | None = None  # when the acknowledgement is taken for gone
    next_at: float | None = None  # when to look again, epoch seconds; None: when something happens


def advance(policy: Policy, state: Escalated, ask: Ask, people: People, now: float) -> Outcome:
    """Decide.

    Args:
        policy: as it was when it began.
        state: as it was stored.
        ask: the incident.
        people: of the rules in force: who is on call may have changed since.
        now: epoch seconds.
    """
    if ask.status in ("resolved", "ignored"):
        return Outcome(replace(state, phase="over"), ended=state.asked if state.phase != "over" else ())
    if ask.status in ANSWERED:
        return _answered(policy, state, ask, now)
    if state.phase in ("answered", "over") or _got_worse(policy, state, ask, people, now):
        state = Escalated(run=state.run + 1, due_at=now, turn=state.turn, asked=state.asked)
    state = replace(state, severity=ask.severity, worst=max(state.worst, ask.severity, key=lambda level: level.rank))
    if state.phase == "unanswered":
        return Outcome(state)
    if ask.mute is not None:
        return Outcome(state, held=_key(state), next_at=max(ask.mute.until, now) if ask.mute.until else None)
    return Outcome(state, next_at=state.due_at) if now < state.due_at else _take(policy, state, people, now)


def _got_worse(policy: Policy, state: Escalated, ask: Ask, people: People, now: float) -> bool:
    """Worse, so that a step is to be taken that was left out: then people are asked anew."""
    return ask.severity.rank > state.worst.rank and any(
        people.takes(step, ask.severity, now) and not people.takes(step, state.worst, now)
        for step in (policy.steps if state.phase == "unanswered" else policy.steps[: state.step])
    )


def _answered(policy: Policy, state: Escalated, ask: Ask, now: float) -> Outcome:
    out = Outcome(
        replace(state, phase="answered", severity=ask.severity),
        ended=state.asked if state.phase in ("asking", "unanswered") else (),
    )
    since = ask.acknowledged_at
    if since is None or ask.status != "acknowledged":  # who says that they work on it is left alone
        return out
    if policy.unacknowledge_after is not None:
        out.give_back_at = since + policy.unacknowledge_after
    remind_at = since + policy.remind_after if policy.remind_after and state.reminded_of != since else None
    if remind_at is not None and remind_at <= now and ask.mute is None:
        lines = [f"acknowledged {say_duration(now - since)} ago, and still open"]
        if policy.unacknowledge_after is not None:
            lines.append(f"next: people are asked again in {say_duration(max(out.give_back_at or now, now) - now)}")
        out.pages.append(Page("remind_acknowledged", f"reminded.{state.run}.{since:.0f}", state.asked, lines))
        out.state, remind_at = replace(out.state, reminded_of=since), None
    elif remind_at is not None and ask.mute is not None:
        remind_at = max(remind_at, ask.mute.until) if ask.mute.until else None
    out.next_at = min((moment for moment in (remind_at, out.give_back_at) if moment is not None), default=None)
    return out


def _take(policy: Policy, state: Escalated, people: People, now: float) -> Outcome:
    """The next step that fits and reaches somebody; those that do not are passed over at once."""
    if not any(people.takes(step, state.severity, now) for step in policy.steps):
        again = people.changes_at(policy, state.severity, now)
        return Outcome(state, next_at=again)  # nobody is to be asked now: no round is spent on it
    missed: list[str] = []
    for number, step in list(enumerate(policy.steps))[state.step :]:
        if not people.takes(step, state.severity, now):
            continue
        reached = people.reach(step, state.severity, now, state.turn + state.round - 1)
        missed += reached.missed
        if not reached.channels:
            continue
        here = replace(state, step=number)
        asked = tuple(dict.fromkeys((*state.asked, *reached.channels)))
        after = replace(here, step=number + 1, due_at=now + step.wait, asked=asked)
        lines = [f"{_place(policy, here)}: {', '.join(reached.said)}", *dict.fromkeys(missed)]
        lines.append(coming(policy, after, people))
        return Outcome(after, [Page("page", _key(here), reached.channels, lines)], next_at=after.due_at)
    return _end_round(policy, state, people, now, missed)


def _end_round(policy: Policy, state: Escalated, people: People, now: float, missed: Sequence[str]) -> Outcome:
    asked = state.step > 0  # in this round
    if asked and state.round <= policy.repeat:
        return _take(policy, replace(state, round=state.round + 1, step=0), people, now)
    done = replace(state, phase="unanswered")
    if not policy.unanswered:
        return Outcome(done)
    said = f"nobody answered, round {state.round}" if state.asked else "nobody could be reached"
    lines = [said, *dict.fromkeys(missed)]
    return Outcome(done, [Page("unanswered", f"{state.run}.end", policy.unanswered, lines)])


def coming(policy: Policy, state: Escalated, people: People) -> str:
    """What happens next if nobody acknowledges, in words: `next: page bob at 03:12 UTC`."""
    at, severity = state.due_at, state.severity
    rounds = ((state.round, state.step), (state.round + 1, 0))
    for number, first in rounds[: 2 if state.round <= policy.repeat else 1]:
        for step in policy.steps[first:]:
            if people.takes(step, severity, at) and people.reach(step, severity, at, state.turn + number - 1).channels:
                return f"next: page {people.say(step, severity, at, state.turn + number - 1)}"
    told = f": {', '.join(policy.unanswered)} will be told" if policy.unanswered else ""
    return f"next: nobody else is asked{told}"


def _key(state: Escalated) -> str:
    return f"{state.run}.{state.round}.{state.step}"


def _place(policy: Policy, state: Escalated) -> str:
    again = f", round {state.round} of {policy.repeat + 1}" if policy.repeat else ""
    return f"step {state.step + 1} of {len(policy.steps)}{again}"
