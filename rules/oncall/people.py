"""Whom a step of a policy reaches, and over which channels: users, schedules and times of a rule file, compiled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models.severity import Severity
from rules.matching import severities
from rules.oncall.schedules import Rota
from rules.rulefile import RuleFile
from rules.rulefile.policies import Policy, PolicyStep
from rules.times import in_any, in_range, lasts_until

__all__ = ["People", "Reached"]


@dataclass(slots=True)
class Reached:
    """Where a step goes. `said` names who is asked, `missed` who is not and why."""

    channels: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, channels: Iterable[str], said: str) -> None:
        """Somebody who is asked over these channels."""
        self.said.append(said)
        self.channels += [channel for channel in channels if channel not in self.channels]


class People:
    """What a rule file says of users, schedules and policies. Compile it once for a file."""

    def __init__(self, rules: RuleFile) -> None:
        self.policies = rules.policies
        self.rotas = {name: Rota(schedule) for name, schedule in rules.schedules.items()}
        self.zones = {name: schedule.zone for name, schedule in rules.schedules.items()}
        self._users = {
            name: (
                user.contact,
                tuple(hours.in_zone(user.zone) for hours in user.quiet),
                severities(user.through),
            )
            for name, user in rules.users.items()
        }
        self._times = rules.times

    def takes(self, step: PolicyStep, severity: Severity, at: float) -> bool:
        """Whether the step's conditions hold. Names of times that the file no longer has hold nothing back."""
        levels, names = step.condition.severity, self._known_times(step)
        return (not levels or severity in severities(levels)) and (
            not names or in_any(names, self._times, at) is not None
        )

    def changes_at(self, policy: Policy, severity: Severity, at: float) -> float | None:
        """When the times may change for which alone steps are not taken; None: there are none such."""
        moments = [
            lasts_until(names, self._times, at)
            for step in policy.steps
            if (names := self._known_times(step))
            and (not step.condition.severity or severity in severities(step.condition.severity))
        ]
        return min(moments, default=None)

    def reach(self, step: PolicyStep, severity: Severity, at: float, turn: int) -> Reached:
        """Who is asked by a step now.

        Args:
            step: the step.
            severity: the incident's.
            at: now, epoch seconds.
            turn: which of them, where they are asked in turn.
        """
        out = Reached()
        targets: Sequence[str] = step.notify
        if step.round_robin:
            targets = self._in_turn(step.notify, at)
            targets = [one for one in targets if self._is_reached(one, severity, at)] or targets
            targets = (targets[turn % len(targets)],) if targets else step.notify
        for target in targets:
            kind, _, name = target.partition(":")
            if kind == "user":
                self._ask(out, name, severity, at, "")
            elif kind == "schedule":
                self._ask_schedule(out, name, severity, at)
            else:
                out.add([target], target)
        return out

    def _in_turn(self, targets: Sequence[str], at: float) -> list[str]:
        """Schedules give their people, so that nobody who is off duty takes a turn."""
        found: list[str] = []
        for target in targets:
            kind, _, name = target.partition(":")
            rota = self.rotas.get(name) if kind == "schedule" else None
            found += [f"user:{one}" for one in rota.on_call(at)] if rota else [] if kind == "schedule" else [target]
        return list(dict.fromkeys(found))

    def _is_reached(self, target: str, severity: Severity, at: float) -> bool:
        """Whether it takes a turn: not who has quiet hours, as long as somebody else can be asked."""
        kind, _, name = target.partition(":")
        out = Reached()
        if kind == "user":
            self._ask(out, name, severity, at, "")
        return kind != "user" or bool(out.channels)

    def _ask_schedule(self, out: Reached, name: str, severity: Severity, at: float) -> None:
        rota = self.rotas.get(name)
        users = rota.on_call(at) if rota else ()
        if not users:
            out.missed.append(f"nobody is on call in {name}" if rota else f"there is no schedule {name} any more")
        for user in users:
            self._ask(out, user, severity, at, f" (on call: {name})")

    def _ask(self, out: Reached, name: str, severity: Severity, at: float, why: str) -> None:
        user = self._users.get(name)
        if user is None:
            out.missed.append(f"there is no user {name} any more")
            return
        contact, quiet, through = user
        if severity not in through and any(in_range(hours, at) for hours in quiet):
            out.missed.append(f"{name} has quiet hours")
        else:
            out.add(contact, f"{name}{why}")

    def _known_times(self, step: PolicyStep) -> list[str]:
        return [name for name in step.condition.times if name in self._times]

    def say(self, step: PolicyStep, severity: Severity, at: float, turn: int) -> str:
        """Who would be asked, such as `bob at 03:12 UTC`; by a schedule's clock where the step has one."""
        reached = self.reach(step, severity, at, turn)
        who = ", ".join(reached.said) or "nobody"
        zone = next((self.zones[name] for name in map(_schedule_of, step.notify) if name in self.zones), "UTC")
        return f"{who} at {datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)):%H:%M %Z}"


def _schedule_of(target: str) -> str:
    kind, _, name = target.partition(":")
    return name if kind == "schedule" else ""
