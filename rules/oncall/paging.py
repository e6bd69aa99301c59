"""Whom policies would have paged about an incident, had nobody acknowledged it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.severity import Severity
from models.wire import Alert
from rules.oncall.people import People
from rules.oncall.stepping import Ask, Escalated, advance
from rules.routing import Routed, Router, facts_of

__all__ = ["Paged", "pages_of"]

MOST = 50  # pages of one policy that are told of
LOOKS = 1_000  # at one incident: steps whose times come and go


@dataclass(frozen=True, slots=True)
class Paged:
    """A page there would have been. `at` in epoch seconds."""

    at: float
    policy: str
    said: str  # who, such as `step 1 of 2: ann (on call: shop)`
    channels: Sequence[str]


def pages_of(
    alerts: Sequence[Alert], until: float, router: Router, people: People, turns: Mapping[str, int] = {}
) -> list[Paged]:
    """The pages, in the order of their time.

    Args:
        alerts: that opened the incident and moved its severity, in their order.
        until: when it was over, or the replay ended; epoch seconds.
        router: of the rules.
        people: of the same rules.
        turns: by policy, how many incidents came to it before: where one of several is asked in turn.
    """
    begins: dict[str, float] = {}
    for alert in alerts:
        for routed in router.route(facts_of(alert)):
            if routed.policy and routed.policy not in begins and routed.policy in people.policies:
                begins[routed.policy] = alert.at + _wait(routed, alert.severity)
    levels = [(alert.at, alert.severity) for alert in alerts]
    found = [
        paged for name, at in begins.items() for paged in _pages(name, people, (at, until), levels, turns.get(name, 0))
    ]
    return sorted(found, key=lambda paged: paged.at)


def _wait(routed: Routed, severity: Severity) -> int:
    return max(routed.wait, routed.critical_wait) if severity is Severity.CRITICAL else routed.wait


def _pages(
    name: str, people: People, times: tuple[float, float], levels: Sequence[tuple[float, Severity]], turn: int
) -> list[Paged]:
    """Of one policy, between two times."""
    policy, (at, until) = people.policies[name], times
    found: list[Paged] = []
    state = Escalated(due_at=at, turn=turn)
    for _ in range(LOOKS):
        if at >= until or len(found) >= MOST:
            break
        severity = next((level for since, level in reversed(levels) if since <= at), levels[0][1])
        out = advance(policy, state, Ask(status="new", severity=severity), people, at)
        found += [Paged(at, name, page.reasons[0], page.channels) for page in out.pages]
        state = out.state
        moves = [since for since, _ in levels if since > at]
        again = [*moves[:1], *([] if out.next_at is None else [max(out.next_at, at + 1)])]
        if not again:
            break
        at = min(again)
    return found
