"""The goals, and what was measured beside each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.texts import number, table

__all__ = ["COMBINE_ALIKE", "goals"]

Results = dict[str, Any]

COMBINE_ALIKE = "combine a batch of events that are all alike"


@dataclass(frozen=True, slots=True)
class _Goal:
    what: str
    figure: float
    goal: float
    at_least: bool = True
    unit: str = ""

    def row(self) -> tuple[str, str, str, str]:
        met = self.figure >= self.goal if self.at_least else self.figure <= self.goal
        reached = "yes" if met else f"**no**, by {abs(self.figure / self.goal - 1):.0%}"
        return (
            self.what,
            number(self.figure) + self.unit,
            f"{'≥' if self.at_least else '≤'} {number(self.goal)}{self.unit}",
            reached,
        )


def goals(results: Results) -> str:
    """The section: every goal whose figure was measured."""
    found = (*_speed(results), *_storm(results), *_cost(results), *_rest(results))
    return "## Goals\n\n" + table(("figure", "measured", "goal", "reached"), [goal.row() for goal in found])


def _speed(results: Results) -> Iterator[_Goal]:
    if "distinct" not in results:
        return
    one, two = (results["distinct"][f"workers_{count}"]["per_second"] for count in (1, 2))
    yield _Goal("stored events/s, one worker", one, 3_000)
    yield _Goal("stored events/s, two workers", two, 5_000)
    if "limit" in results:
        yield _Goal("two workers, of the limit", two / results["limit"]["per_second"], 0.5)


def _storm(results: Results) -> Iterator[_Goal]:
    if "storm" not in results:
        return
    storm = results["storm"]
    if "distinct" in results:
        for workers, words in (("workers_1", "one worker"), ("workers_2", "two workers")):
            ratio = storm[workers]["per_second"] / results["distinct"][workers]["per_second"]
            yield _Goal(f"a storm's speed, of that of distinct events, {words}", ratio, 1)
    yield _Goal("a storm over two workers: the smaller share", min(storm["workers_2"]["shares"]), 0.25)


def _cost(results: Results) -> Iterator[_Goal]:
    stages = {stage["name"]: stage for stage in results.get("stages", [])}
    small = results.get("rivals", {}).get("small", {})
    transport = small.get("our batch transport, not decoding")
    if transport and stages:
        path = transport["cpu_micros"]
        agents = sum(_mean(stage) for stage in stages.values() if stage["agents"])
        yield _Goal("transport and agents, CPU µs a record (500 bytes), no two alike", path + agents, 6, at_least=False)
        alike = _mean(stages[COMBINE_ALIKE])
        yield _Goal("transport and agents, CPU µs a record (500 bytes), all alike", path + alike, 6, at_least=False)
    for stage in stages.values():
        if stage["goal"]:
            worse = max(stage["own_schema"], stage["sentry"])
            yield _Goal(f"{stage['name']}: CPU µs, the worse format", worse, stage["goal"], at_least=False)


def _mean(stage: dict[str, float]) -> float:
    return (stage["own_schema"] + stage["sentry"]) / 2


def _rest(results: Results) -> Iterator[_Goal]:
    if "latency" in results:
        half = results["latency"]["0.5"]["p99"]
        yield _Goal("produce → Slack at half load, p99", half, 1, at_least=False, unit=" s")
    if "gateway" in results:
        gateway, bare, half = (results["gateway"][name] for name in ("gateway", "bare", "half"))
        yield _Goal("envelopes/s, one gateway on one core", gateway["per_second"], 2_000)
        yield _Goal("a gateway's speed, of that of a bare app", gateway["per_second"] / bare["per_second"], 0.5)
        yield _Goal("a gateway at half load, p99", half["p99"] * 1000, 50, at_least=False, unit=" ms")
    if "incidents" in results:
        alone = [one["worker"] + one["postgres"] for one in results["incidents"]["signals"] if one["together"] == 1]
        together = [one["worker"] + one["postgres"] for one in results["incidents"]["signals"] if one["together"] > 1]
        yield _Goal("an alert alone, the costliest kind: CPU ms", max(alone), 5, at_least=False)
        yield _Goal("an alert of many, the costliest kind: CPU ms", max(together), 5, at_least=False)
        yield _Goal(
            "a person's action, the slowest", results["incidents"]["act_worst"], 100, at_least=False, unit=" ms"
        )
    for one in results.get("new_groups", []):
        how = "in messages together" if one["together"] else "each by itself"
        yield _Goal(
            f"{one['sent']:,} new groups at once, {how}: until all are incidents",
            one["applied_seconds"],
            60,
            at_least=False,
            unit=" s",
        )
    if "memory" in results:
        groups, most = results["memory"]["groups"], results["memory"]["most"]
        yield _Goal(f"memory of a worker, {groups:,} live groups", most / 1e6, 500, at_least=False, unit=" MB")
