"""Where the time of one event goes: CPU of each pure stage, in this process, without any server.

The figure of a stage is the median over several rounds of its mean over many different events. What a stage changes in
place is copied before the clock starts.
"""

import copy
import dataclasses
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from benchmarks.events import Mix, events
from benchmarks.goals import COMBINE_ALIKE
from models.event import Origin
from models.occurrence import Occurrence
from models.severity import Severity
from models.wire import Combined, GroupRef, Source
from rules import deduping
from rules.combining import combine
from rules.grouping import group
from rules.masking import Masker
from rules.normalizing import normalize
from rules.preparing import PrepareConfig, prepare
from sinks.postgres.copying import occurrence_blocks
from sinks.postgres.counting import sum_up

__all__ = ["Stage", "measure_stages"]


Clock = Callable[[], float]
A_BATCH = 1000  # events combined at once, as in one fetch


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage's CPU time an event, microseconds."""

    name: str
    own_schema: float
    sentry: float
    goal: float | None = None
    agents: bool = False  # what the agents do with an event, beside reading and storing it


@dataclasses.dataclass(frozen=True, slots=True)
class _Facts:
    """What the store says of a group."""

    total: int = 1000
    users_total: int = 10
    new: bool = False
    back: str | None = None
    shown: GroupRef | None = None


def measure_stages(rounds: int = 15, count: int = 300) -> list[Stage]:
    """Time every stage over own-schema events and over Sentry events."""
    # Even groups write our own schema, odd ones Sentry's: two groups in turn give as many of each.
    mixed = list(events(Mix(groups=1000), 2 * count))
    own, sentry = _Stages(mixed[::2], rounds), _Stages(mixed[1::2], rounds)
    return [
        Stage(name=name, own_schema=measure(own), sentry=measure(sentry), goal=goal, agents=agents)
        for name, goal, agents, measure in _LIST
    ]


class _Stages:
    """The input of every stage, for one list of records."""

    def __init__(self, records: list[bytes], rounds: int) -> None:
        self.records = records
        self.rounds = rounds
        self.masker = Masker()
        self.config = PrepareConfig(
            masker=self.masker,
            minimum_severity=Severity.WARNING,
            lateness=600.0,
            retention=30 * 86_400.0,
            hash_key=b"benchmark",
        )
        self.drafts = [draft for record in records for draft in normalize(record, {})]
        self.masked = copy.deepcopy(self.drafts)
        for draft in self.masked:
            self.masker.mask(draft)
        now = time.time()
        self.prepared: list[Occurrence] = []
        for offset, record in enumerate(records):
            origin = Origin.model_construct(topic="errors", partition=0, offset=offset)
            items = prepare(record, {}, origin, now, self.config)
            self.prepared.extend(item for item in items if isinstance(item, Occurrence))
        self.source = Source(topic="errors", partition=0)
        self.facts = {item.group.group_id: _Facts() for item in self.prepared}

    def each(self, work: Callable[[Any], object], items: Sequence[Any], fresh: Callable[[Any], Any] = list) -> float:
        """Microseconds of `work` an item."""

        def once(some: Iterable[Any]) -> None:
            for item in some:
                work(item)

        return self.whole(once, items, fresh)

    def whole(self, work: Callable[[Any], object], items: Sequence[Any], fresh: Callable[[Any], Any] = list) -> float:
        """Microseconds of `work` on all items at once, an item."""
        figures = []
        for _ in range(self.rounds):
            some = fresh(items)
            begun = time.process_time()
            work(some)
            figures.append((time.process_time() - begun) / len(items) * 1e6)
        return statistics.median(figures)

    def prepare(self) -> float:
        """The whole chain from bytes to an occurrence."""
        now, config = time.time(), self.config
        origin = Origin.model_construct(topic="errors", partition=0, offset=1)
        return self.each(lambda record: prepare(record, {}, origin, now, config), self.records)

    def combine(self) -> float:
        """Combined records of one batch, an event."""
        return self.whole(lambda some: combine(some, self.facts, self.source), self.prepared)

    def combine_alike(self) -> float:
        """The same, where all events of the batch are of one group."""
        one = self.prepared[0].group
        alike = [dataclasses.replace(item, group=one) for item in self.prepared]
        return self.whole(lambda some: combine(some, self.facts, self.source), alike)

    def observe(self) -> float:
        """The dedupe decision, a combined record. Every event is its own, as in a batch without two alike."""
        config = deduping.DedupeConfig()
        records = [record for item in self.prepared for record in combine([item], self.facts, self.source)]
        states: dict[str, dict[str, Any]] = {}

        def observe(record: Combined) -> None:
            key = record.group.group_id
            states[key], _ = deduping.observe(states.get(key), record, config)

        return self.each(observe, records)

    def rows(self) -> float:
        """COPY rows and the sums of groups and minutes."""

        def build(some: list[Occurrence]) -> None:
            for _ in occurrence_blocks(some, "errors", 0, 0):
                pass
            sum_up(some)

        return self.whole(build, self.prepared)


_LIST: list[tuple[str, float | None, bool, Callable[[_Stages], float]]] = [
    ("JSON decoding alone (orjson.loads)", None, False, lambda s: s.each(orjson.loads, s.records)),
    ("normalize: decode, parse, bound", 90.0, False, lambda s: s.each(lambda record: normalize(record, {}), s.records)),
    ("mask", 150.0, False, lambda s: s.each(s.masker.mask, s.drafts, copy.deepcopy)),
    ("group", None, False, lambda s: s.each(group, s.masked)),
    ("prepare: from bytes to an occurrence, all of the above and its payload", 350.0, False, _Stages.prepare),
    ("rows for COPY, and the sums of groups and minutes", None, False, _Stages.rows),
    (COMBINE_ALIKE, None, False, _Stages.combine_alike),
    ("combine a batch of events of which no two are alike", None, True, _Stages.combine),
    ("dedupe, a combined record", None, True, _Stages.observe),
]
