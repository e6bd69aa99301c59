"""Which signals open an alert, and why in words: the alert rules and thresholds of a rule file, compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.severity import Severity
from models.wire import Signal
from rules.ladder import Height, Ladder
from rules.matching import FACT_FIELDS, compile_match
from rules.rating import HEARTBEAT
from rules.rulefile import RuleFile
from rules.rulefile.durations import say_duration

__all__ = ["EscalateConfig"]

Matches = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class _Opening:
    """An alert rule."""

    name: str
    matches: Matches
    after_release: int | None  # seconds

    def in_time(self, signal: Signal) -> bool:
        """Whether it began soon enough after a release, where that is asked for."""
        if self.after_release is None:
            return True
        return signal.released is not None and signal.released[1] <= self.after_release


@dataclass(frozen=True, slots=True)
class EscalateConfig:
    """A rule file's alert rules and ladder, compiled. Make it once for a rule file."""

    on: dict[str, list[_Opening]]  # kind of signal, or `raised` -> alert rules
    thresholds: dict[str, str]  # name -> what it asks for, in words
    ladder: Ladder
    calm: int  # seconds
    resolve_after: int  # seconds
    storm: str  # what a storm is, in words

    @classmethod
    def of(cls, rules: RuleFile) -> "EscalateConfig":
        """What the rule file says."""
        on: dict[str, list[_Opening]] = {}
        for rule in rules.alerts:
            opening = _Opening(rule.name, compile_match(rule.match.patterns(), FACT_FIELDS), rule.after_release)
            for kind in rule.on:
                on.setdefault(kind, []).append(opening)
        return cls(
            on=on,
            thresholds={
                rule.name: f"in {say_duration(rule.window)}, {rule.count} or more"
                for rule in rules.thresholds
                if rule.count is not None
            },
            ladder=Ladder(rules.escalation.ladder),
            calm=rules.escalation.calm,
            resolve_after=rules.escalation.resolve_after,
            storm=f"in {say_duration(rules.storm.window)}, {rules.storm.count} or more",
        )

    def quiet_after(self, *, threshold: bool) -> int:
        """Seconds without a word after which an alert is over."""
        # A threshold says itself when it is over; silence for long means that its window was lost.
        return max(self.resolve_after, 3 * HEARTBEAT) if threshold else self.resolve_after

    def opens(self, signal: Signal, height: Height) -> tuple[str, list[str]] | None:
        """The rule for which a signal opens an alert, and why in words; None if no rule asks for it."""
        if signal.kind == "over":
            return signal.rule or "", [self.why(signal)]
        kinds = [signal.kind, "raised"] if height.severity.rank > signal.severity.rank else [signal.kind]
        for kind in kinds:
            for rule in self.on.get(kind, ()):
                if rule.in_time(signal) and rule.matches(_facts(signal, height.severity)):
                    return rule.name, [] if kind == "raised" else [self.why(signal)]
        return None

    def why(self, signal: Signal) -> str:
        """What a signal says, in words."""
        match signal.kind:
            case "new" | "new_type" | "new_in_release":
                return _new(signal)
            case "regressed":
                return signal.why or "back after it was resolved"
            case "storm":
                return f"storm: {signal.value:.0f} {self.storm}"
            case "over":
                by = ", ".join(f"{field} {value or 'unknown'}" for field, value in signal.by.items())
                asked = self.thresholds.get(signal.rule or "", "over the threshold")
                return (signal.why or f"{signal.value:.0f} {asked}") + (f" ({by})" if by else "")
        return f"{signal.activity.total} in all"


def _new(signal: Signal) -> str:
    said = signal.why or "new error"
    if signal.kind == "new_type":
        said = f"new type of error in {signal.group.environment}: {signal.group.error_type}"
    if signal.released is None:
        return said
    release, seconds = signal.released
    return f"{said}, {say_duration(max(int(seconds), 1))} after release {release}"


def _facts(signal: Signal, severity: Severity) -> dict[str, str | None]:
    group = signal.group
    return {
        "service": group.service,
        "environment": group.environment,
        "severity": severity,
        "type": group.error_type,
        "release": group.release,
        "title": group.title,
    }
