"""Is an incident to be told of just now? Silences, maintenance, inhibitions and times, in this order."""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from functools import lru_cache
from operator import attrgetter
from re import compile as compile_pattern
from typing import Protocol

from models.notifying import HeldBack, Matcher, Mute, Silence
from rules.matching import FACT_FIELDS, compile_match, severities
from rules.routing import Facts
from rules.rulefile import RuleFile
from rules.rulefile.routing import Inhibition
from rules.times import Times, Windows, in_any, lasts_until

__all__ = ["Inhibits", "LiveIncident", "Quiet", "QuietRules", "Silences", "Sources", "matches", "parse_matcher"]

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
    low = _Lowered(facts)
    return all(test(low[name]) is wanted for name, test, wanted in ((one.name, *_test(one)) for one in matchers))


@lru_cache(4_096)
def _test(matcher: Matcher) -> tuple[Callable[[str], bool], bool]:
    """A test of a value in small letters, and how it must turn out."""
    pattern = matcher.value.lower()
    if matcher.kind in ("=", "!="):
        return pattern.__eq__, matcher.kind == "="
    match = compile_pattern(translate(pattern)).match
    return lambda value: match(value) is not None, matcher.kind == "~"


class Silences:
    """Silences, compiled: those that name a value of a field are found by it, the others are tried one by one."""

    def __init__(self, silences: Iterable[Silence]) -> None:
        self._named: dict[str, dict[str, list[_Compiled]]] = {}
        self._others: list[_Compiled] = []
        for place, silence in enumerate(silences):
            compiled = _Compiled(place, silence)
            named = next((one for one in silence.matchers if one.kind == "=" and one.value), None)
            if named is None:
                self._others.append(compiled)
            else:
                self._named.setdefault(named.name, {}).setdefault(named.value.lower(), []).append(compiled)

    def of(self, facts: Facts, at: float) -> Silence | None:
        """The first one that hides such an incident at a time, in the order given."""
        low = _Lowered(facts)
        found = list(self._others)
        for name, by_value in self._named.items():
            found += by_value.get(low[name], ())
        fits = [one for one in found if one.hides(low, at)]
        return min(fits, key=attrgetter("place")).silence if fits else None


class _Compiled:
    def __init__(self, place: int, silence: Silence) -> None:
        self.place, self.silence = place, silence
        self._tests = [(matcher.name, *_test(matcher)) for matcher in silence.matchers]

    def hides(self, low: "_Lowered", at: float) -> bool:
        if not self.silence.starts_at <= at < self.silence.ends_at:
            return False
        return all(test(low[name]) is wanted for name, test, wanted in self._tests)


class _Lowered(dict[str, str]):
    """Facts as they are matched; each is made when it is first asked for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __missing__(self, name: str) -> str:
        value = self[name] = (self._facts.get(name) or "")[:MAX_LENGTH].lower()
        return value


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

    def __init__(self, rules: QuietRules, silences: Silences) -> None:
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
        if (silence := self._silences.of(facts, at)) is not None:
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
        patterns = rule.source.patterns()
        # That a source may have; None: any.
        self.severities = severities(patterns["severity"]) if "severity" in patterns else None
        self.is_source: Callable[[Facts], bool] = compile_match(patterns, FACT_FIELDS)
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
