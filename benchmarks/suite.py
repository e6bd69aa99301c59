"""What is measured, in which order, and how much of it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.arena import PARTITIONS, Arena
from benchmarks.end_to_end import measure_end_to_end
from benchmarks.events import Mix, events, small_records
from benchmarks.filling import fill
from benchmarks.formats import measure_formats
from benchmarks.gateway import measure_gateway
from benchmarks.incidents import measure_incidents
from benchmarks.latency import measure_latency
from benchmarks.limit import measure_limit
from benchmarks.memory import measure_memory
from benchmarks.new_groups import measure_new_groups
from benchmarks.rivalry import RIVALS, measure_rival
from benchmarks.stages import measure_stages

__all__ = ["DISTINCT_GROUPS", "NAMES", "Plan", "Suite"]


DISTINCT_GROUPS = 1_000
LATENCY_LOADS = (0.1, 0.25, 0.5)  # of what one worker stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to measure."""

    events: int = 80_000  # in the topics of the end-to-end runs
    small: int = 200_000  # records of 500 bytes
    rounds: int = 15  # of each stage
    live_groups: int = 100_000
    paced_seconds: float = 68.0
    gateway_seconds: float = 10.0
    gateway_rounds: int = 3
    idle_connections: int = 10_000
    spool_megabytes: int = 1_000
    incidents: int = 10_000  # open
    signals: int = 200  # of each kind to them
    new_groups: int = 100_000  # in a storm of errors that are each the first of a group
    groups: int = DISTINCT_GROUPS  # that distinct events are spread over; 0: each its own

    @classmethod
    def quick(cls, groups: int) -> "Plan":
        """For trying: the figures mean little."""
        return cls(
            events=12_000, small=20_000, rounds=5, live_groups=5_000, paced_seconds=20.0,
            gateway_seconds=3.0, gateway_rounds=1, idle_connections=500, spool_megabytes=20,
            incidents=1_000, signals=40, new_groups=3_000, groups=groups,
        )  # fmt: skip


class Suite:
    """Measures one part after the other into `results`, which is what bench.json holds."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.results: dict[str, Any] = {"plan": asdict(plan)}
        self._say = say
        self._filled: set[str] = set()
        self.parts: dict[str, Callable[[Arena], Any]] = {
            "stages": lambda _: [asdict(stage) for stage in measure_stages(plan.rounds)],
            "formats": lambda _: [asdict(cost) for cost in measure_formats()],
            "limit": self._limit,
            "distinct": lambda arena: self._end_to_end(arena, "distinct"),
            "storm": lambda arena: self._end_to_end(arena, "storm"),
            "rivals": self._rivals,
            "latency": self._latency,
            "gateway": self._gateway,
            "incidents": lambda arena: asdict(measure_incidents(arena, plan.incidents, plan.signals)),
            "new_groups": self._new_groups,
            "memory": lambda arena: asdict(measure_memory(arena, plan.live_groups)),
        }

    def measure(self, name: str, arena: Arena) -> None:
        """Measure one part."""
        self._say(f"{name} …")
        self.results[name] = self.parts[name](arena)
        arena.drop_databases()

    def _limit(self, arena: Arena) -> dict[str, Any]:
        run = arena.new_run("bench.distinct")
        return asdict(measure_limit(run, self._fill(arena, "distinct")))

    def _end_to_end(self, arena: Arena, kind: str) -> dict[str, Any]:
        found = {}
        for workers in (1, 2):
            run = arena.new_run(f"bench.{kind}")
            figure = measure_end_to_end(arena, run, self._fill(arena, kind), workers)
            self._say(f"  {kind}, {workers} worker(s): {figure.per_second:,.0f}/s")
            found[f"workers_{workers}"] = asdict(figure)
        return found

    def _rivals(self, arena: Arena) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kind in ("small", "distinct"):
            run = arena.new_run(f"bench.{kind}")
            total = self._fill(arena, kind)
            found[kind] = {name: asdict(measure_rival(arena, name, run.topic, total)) for name in RIVALS}
        return found

    def _latency(self, arena: Arena) -> dict[str, Any]:
        alone = self.results.get("distinct") or {"workers_1": asdict(self._one_worker(arena))}
        most = alone["workers_1"]["per_second"]
        return {
            str(share): asdict(measure_latency(arena, f"bench.paced.{share}", most * share, self.plan.paced_seconds))
            for share in LATENCY_LOADS
        }

    def _gateway(self, arena: Arena) -> dict[str, Any]:
        figures = measure_gateway(
            arena,
            seconds=self.plan.gateway_seconds,
            rounds=self.plan.gateway_rounds,
            connections=self.plan.idle_connections,
            spool_megabytes=self.plan.spool_megabytes,
        )
        return asdict(figures)

    def _new_groups(self, arena: Arena) -> list[dict[str, Any]]:
        return [asdict(measure_new_groups(arena, self.plan.new_groups, together=one)) for one in (False, True)]

    def _one_worker(self, arena: Arena) -> Any:
        run = arena.new_run("bench.distinct")
        return measure_end_to_end(arena, run, self._fill(arena, "distinct"), 1)

    def _fill(self, arena: Arena, kind: str) -> int:
        """Fill the topic once; a run must have made it. Returns the number of its records."""
        mixes = {"distinct": Mix(groups=self.plan.groups), "storm": Mix(groups=1, first=10**9)}
        count = self.plan.small if kind == "small" else self.plan.events
        if kind not in self._filled:
            records = small_records(count) if kind == "small" else events(mixes[kind], count)
            fill(arena.kafka, f"bench.{kind}", records, PARTITIONS)
            self._filled.add(kind)
        return count


NAMES = (
    "stages", "formats", "limit", "distinct", "storm", "rivals", "latency", "gateway", "incidents", "new_groups",
    "memory",
)  # fmt: skip
