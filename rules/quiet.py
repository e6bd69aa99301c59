"""Is an incident to be told of just now? Silences, maintenance, inhibitions and times, in this order."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern
from typing import Protocol

from models.notifying import HeldBack, Matcher, Mute, Silence
from rules.matching import FACT_FIELDS, compile_match
from rules.routing import Facts
from rules.rulefile import RuleFile
from rules.rulefile.routing import Inhibition
from rules.times import Times, Windows, in_any, lasts_until

__all__ = ["Inhibits", "LiveIncident", "Quiet", "QuietRules", "Sources", "matches", "parse_matcher"]

MAX_LENGTH = 300  # characters of a matcher's value, and of a fact that is matched by a pattern


class LiveIncident(Protocol):
    """An incident that may explain others."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def facts(self) -> Facts:
        """What it is known by."""


def parse_matcher(text: str) -> Matcher:
    """`service=shop`, `type!=KeyError`, `title~*timeout*`, `title!~…`. Raises ValueError."""
    name, kind, value = _split(text)
    if name not in FACT_FIELDS:
        raise ValueError(f"`{name}` is none of {', '.join(FACT_FIELDS)}")
    if len(value) > MAX_LENGTH:
        raise ValueError(f"at most {MAX_LENGTH} characters")
    return Matcher(name, kind, value)  # type: ignore[arg-type]  # one of the kinds below


def _split(text: str) -> tuple[str, str, str]:
    at = min((place for place in (text.find(sign) for sign in "=!~") if place >= 0), default=-1)
    if at <= 0:
        raise ValueError(f"`{text}` is no matcher such as service=shop or title~*timeout*")
    kind = next(kind for kind in ("!=", "!~", "=", "~", "!") if text[at:].startswith(kind))
    if kind == "!":
        raise ValueError(f"`{text}` is no matcher: after `!` comes `=` or `~`")
    return text[:at].strip(), kind, text[at + len(kind) :].strip().strip('"')


def matches(matchers: Iterable[Matcher], facts: Facts) -> bool:
    """Whether all of a silence's matchers fit. Letter case never counts."""
    return all(_fits(matcher, (facts.get(matcher.name) or "")[:MAX_LENGTH].lower()) for matcher in matchers)


def _fits(matcher: Matcher, value: str) -> bool:
    if matcher.kind in ("=", "!="):
        return (value == matcher.value.lower()) is (matcher.kind == "=")
    return (_glob(matcher.value.lower()).match(value) is not None) is (matcher.kind == "~")


@lru_cache(2_048)
def _glob(pattern: str) -> Pattern[str]:
    return compile_pattern(translate(pattern))


class QuietRules:
    """What a rule file says of when not to tell. Compile it once for a file."""

    def __init__(self, rules: RuleFile) -> None:
        self.times: Times = rules.times
        self.maintenance = [
            (one.name, compile_match(one.match.patterns(), FACT_FIELDS), Windows(one)) for one in rules.maintenance
        ]
        self.inhibitions = [Inhibits(one) for one in rules.inhibitions]


class Quiet:
    """What a rule file and the silences in force hold back."""

    def __init__(self, rules: QuietRules, silences: Sequence[Silence]) -> None:
        self._rules = rules
        self._silences = silences

    def mute(self, facts: Facts, at: float, incident_id: str, sources: "Sources") -> Mute | None:
        """What holds an incident back wherever it is routed; None: nothing.

        Args:
            facts: the incident's.
            at: now, epoch seconds.
            incident_id: its id: nothing inhibits itself.
            sources: the live incidents that may inhibit it.
        """
        for silence in self._silences:
            if silence.starts_at <= at < silence.ends_at and matches(silence.matchers, facts):
                return Mute(why=HeldBack.SILENCE, by=silence.id, until=silence.ends_at)
        for name, meant, windows in self._rules.maintenance:
            if meant(facts) and (window := windows.at(at)) is not None:
                return Mute(why=HeldBack.MAINTENANCE, by=name, until=window[1])
        for one in self.inhibitions_of(facts):
            for source in sources.of(one, facts):
                if source.id != incident_id and one.inhibits(source.facts, facts):
                    return Mute(why=HeldBack.INHIBITION, by=one.name, source=source.id)
        return None

    def mute_route(self, mute: Sequence[str], only: Sequence[str], at: float) -> Mute | None:
        """What holds back all that comes to a route with these names of times."""
        times = self._rules.times
        known = [name for name in only if name in times]
        if known and in_any(known, times, at) is None:
            return Mute(why=HeldBack.TIMES, by=f"not {' or '.join(known)}", until=lasts_until(known, times, at))
        name = in_any(mute, times, at)
        return Mute(why=HeldBack.TIMES, by=name, until=lasts_until([name], times, at)) if name else None

    def inhibitions_of(self, facts: Facts) -> list["Inhibits"]:
        """The inhibitions by which some live incident could explain this one."""
        return [one for one in self._rules.inhibitions if one.is_target(facts)]


class Inhibits:
    """One inhibition, compiled."""

    def __init__(self, rule: Inhibition) -> None:
        self.name = rule.name
        self.equal: Sequence[str] = rule.equal
        self.is_source: Callable[[Facts], bool] = compile_match(rule.source.patterns(), FACT_FIELDS)
        self.is_target: Callable[[Facts], bool] = compile_match(rule.target.patterns(), FACT_FIELDS)

    def inhibits(self, source: Facts, target: Facts) -> bool:
        """Whether a live source explains the target. Two that both fit both sides would hide each other: neither does.

        As in Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/#inhibition-related-settings
        """
        return (
            self.is_source(source)
            and not (self.is_target(source) and self.is_source(target))
            and self.alike(source) == self.alike(target)
        )

    def alike(self, facts: Facts) -> tuple[str, ...]:
        """What a source and its targets have in common."""
        return tuple(facts.get(name) or "" for name in self.equal)


class Sources:
    """Live incidents, found by what they may inhibit. Make it once for all that are looked at together."""

    def __init__(self, live: Sequence[LiveIncident]) -> None:
        self._live = live
        self._found: dict[Inhibits, dict[tuple[str, ...], list[LiveIncident]]] = {}

    def of(self, rule: Inhibits, target: Facts) -> Sequence[LiveIncident]:
        """Those that a rule's source fits and that are alike with the target."""
        if rule not in self._found:
            found: dict[tuple[str, ...], list[LiveIncident]] = {}
            for source in self._live:
                if rule.is_source(source.facts):
                    found.setdefault(rule.alike(source.facts), []).append(source)
            self._found[rule] = found
        return self._found[rule].get(rule.alike(target), ())
