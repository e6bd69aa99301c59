"""Thresholds of a rule file fed with occurrences in batches, as the job feeds them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rule_samples import T0, as_stored, occurrence, source

from models.occurrence import Occurrence
from models.wire import RateDelta, Signal
from rules.combining import combine_rates
from rules.feeding import Thresholds
from rules.rating import alert_key, due, observe, pass_time
from rules.rulefile import load


def at(second: float, **fields: Any) -> Occurrence:
    """An occurrence so many seconds after T0."""
    when = T0 + second
    return occurrence(occurred_at=when, received_at=when, bucket=int(when) // 10 * 10, **fields)


class Watching:
    """One worker's thresholds. States are stored and read again at every step."""

    def __init__(self, thresholds: str) -> None:
        self.rules = load(f"thresholds:\n{thresholds}", "rules.yaml")
        self.feeding = Thresholds(self.rules)
        self.states: dict[str, Any] = {}
        self.signals: list[Signal] = []
        self.offset = 0
        self._now = float(T0)

    def feed(self, *some: Occurrence) -> "Watching":
        """One batch."""
        batch = [replace(one, offset=self.offset + n) for n, one in enumerate(some)]
        self.offset += len(batch)
        self.take(combine_rates(batch, self.feeding, source()))
        return self

    def feed_in_turn(self, some: Iterable[Occurrence], size: int = 1) -> "Watching":
        """Batches of this size."""
        some = list(some)
        for start in range(0, len(some), size):
            self.feed(*some[start : start + size])
        return self

    def take(self, deltas: Sequence[RateDelta]) -> None:
        """What batches add, as the rates agent takes it."""
        for delta in deltas:
            key, rule = alert_key(delta.rule, delta.by), self.rules.threshold(delta.rule)
            assert rule is not None
            self.states[key], told = observe(as_stored(self.states.get(key)), delta, rule)
            self.signals += told

    def wait(self, until: float, step: float = 2) -> "Watching":
        """Let time pass until so many seconds after T0, told every few seconds."""
        while self._now < T0 + until:
            now = self._now = self._now + step
            for key in [key for key, state in self.states.items() if due(state) <= now]:
                state, told = pass_time(
                    as_stored(self.states[key]), now, self.rules.threshold(self.states[key]["rule"])
                )
                self.signals += told
                if state is None:
                    del self.states[key]
                else:
                    self.states[key] = state
        return self

    @property
    def told(self) -> list[tuple[str, float]]:
        """Over and under, each with its second; without what is said again in between."""
        return [
            (one.kind, one.at - T0)
            for one in self.signals
            if one.kind == "under" or one.id.rpartition(":over:")[2].isdigit()
        ]

    @property
    def kinds(self) -> list[str]:
        """Over and under, in their order."""
        return [kind for kind, _ in self.told]
