"""Who is told of an incident: a walk down the tree of routes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

from models.wire import Alert
from rules.matching import FACT_FIELDS, compile_match
from rules.rulefile import RuleFile
from rules.rulefile.routing import AtMost, Route

__all__ = ["Facts", "Routed", "Router", "facts_of"]

Facts = Mapping[str, str | None]
T = TypeVar("T")

GROUP_WAIT = 30  # seconds, where a route groups and says nothing else
GROUP_INTERVAL = 300
AT_MOST = AtMost(count=30, per="10m")


def facts_of(alert: Alert) -> dict[str, str | None]:
    """What routes may match of an alert. A threshold over many groups has those of the last one that it counted."""
    group = alert.group
    facts = {
        "service": group.service,
        "environment": group.environment,
        "type": group.error_type,
        "release": group.release,
        "title": group.title,
        "team": group.team,
        "owner": group.owner,
        "tier": group.tier,
    }
    counted_apart = {field: value for field, value in alert.by.items() if field in facts}
    return {**facts, **counted_apart, "severity": alert.severity, "rule": alert.rule}


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """One place in the tree that an incident comes to, with all that holds there. Times in seconds."""

    path: str  # the names, or the numbers, of the routes down to it: the same as long as the file is
    channels: tuple[str, ...]
    policy: str | None
    group_by: tuple[str, ...] | None
    wait: int
    critical_wait: int
    interval: int
    repeat: int | None
    mute: tuple[str, ...]
    only: tuple[str, ...]
    at_most: AtMost

    def bundle(self, incident_id: str, facts: Facts) -> str:
        """The id of the bundle that the incident belongs to here: its own where the route does not group."""
        if self.group_by is None:
            return _spelled(f"{self.path}\0{incident_id}")
        labels = "\0".join(f"{name}={value}" for name, value in self.labels(facts).items())
        return _spelled(f"{self.path}\0\0{labels}")

    def labels(self, facts: Facts) -> dict[str, str]:
        """What all incidents of the bundle have in common."""
        return {name: facts.get(name) or "" for name in self.group_by or ()}


class Router:
    """A rule file's routes, compiled."""

    def __init__(self, rules: RuleFile) -> None:
        root = Route(to=rules.default_route) if rules.default_route else Route()
        self._routes = [_Node(route, str(route.name or number), _ROOT) for number, route in enumerate(rules.routes)]
        self._default = _inherit(root, "", _ROOT)

    def route(self, facts: Facts) -> list[Routed]:
        """The places for an incident, in the order of the file.

        The first route that matches takes it, and its deepest one that does; one that says `continue` lets those below
        it have it as well. The default route stands below them all.
        """
        found, taken = _walk(self._routes, facts)
        if not taken and self._default.channels:
            found.append(self._default)
        return found

    def channels(self, facts: Facts) -> list[str]:
        """The channels that are told, each once."""
        return list(dict.fromkeys(channel for routed in self.route(facts) for channel in routed.channels))


class _Node:
    def __init__(self, route: Route, path: str, around: Routed) -> None:
        self.here = _inherit(route, path, around)
        self.matches = compile_match(route.match.patterns(), FACT_FIELDS)
        self.go_on = route.go_on
        self.below = [
            _Node(inner, f"{path}/{inner.name or number}", self.here) for number, inner in enumerate(route.routes)
        ]


def _walk(nodes: Sequence[_Node], facts: Facts) -> tuple[list[Routed], bool]:
    """The places, and whether a route took the incident for good."""
    found: list[Routed] = []
    for node in nodes:
        if not node.matches(facts):
            continue
        inner, taken = _walk(node.below, facts)
        found += inner if taken else [*inner, node.here] if inner else [node.here]
        if not node.go_on:
            return found, True
    return found, False


def _inherit(route: Route, path: str, around: Routed) -> Routed:
    group_by = around.group_by if route.group_by is None else route.group_by
    return Routed(
        path=path,
        channels=route.to or around.channels,
        policy=route.policy or around.policy,
        group_by=group_by,
        wait=_given(route.wait, around.wait if group_by is None or around.group_by is not None else GROUP_WAIT),
        critical_wait=_given(route.critical_wait, around.critical_wait),
        interval=_given(
            route.interval, around.interval if group_by is None or around.group_by is not None else GROUP_INTERVAL
        ),
        repeat=_given(route.repeat, around.repeat),
        mute=route.mute or around.mute,
        only=route.only or around.only,
        at_most=route.at_most or around.at_most,
    )


def _given(mine: T | None, other: T) -> T:
    return other if mine is None else mine


def _spelled(text: str) -> str:
    return str(UUID(bytes=blake2b(text.encode(errors="replace"), digest_size=16).digest()))


_ROOT = Routed(
    path="",
    channels=(),
    policy=None,
    group_by=None,
    wait=0,
    critical_wait=0,
    interval=0,
    repeat=None,
    mute=(),
    only=(),
    at_most=AT_MOST,
)
