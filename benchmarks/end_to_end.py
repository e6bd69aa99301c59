"""Stored events a second: a topic full of events, workers that have just joined, and a clock on the position.

The gate: the table of positions is locked until all workers have joined their group, so that no figure holds a
rebalance. What they had prepared by then is in the first part of the run, which is not counted.
"""

import time
from dataclasses import dataclass

import psycopg

from benchmarks.arena import Arena, Run
from benchmarks.workers import Child, running, wait_until_joined

__all__ = ["EndToEnd", "measure_end_to_end", "stored_records"]

NOT_COUNTED = 1 / 6  # of the events: those prepared before the gate opened, and the warming up
POLL = 0.05  # seconds
PATIENCE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndToEnd:
    """One run."""

    events: int  # in the topic
    stored: int  # rows in the store at the end: the same, or something is wrong
    seconds: float  # of the part that was counted
    per_second: float
    worker_micros: list[float]  # CPU of each worker, over its own events
    cpu_micros: float  # of all workers together, an event
    server_micros: dict[str, float]  # of each server, an event
    shares: list[float]  # of the events, by worker
    groups: int


def measure_end_to_end(arena: Arena, run: Run, total: int, workers: int) -> EndToEnd:
    """Start workers on a filled topic and time them from a sixth of the events to the last."""
    with psycopg.connect(run.database_url) as gate:
        gate.execute("LOCK TABLE source_offsets IN EXCLUSIVE MODE")
        with running(arena, run, "worker", workers) as children:
            wait_until_joined(arena, run, children)
            gate.commit()
            _wait(run, children, int(total * NOT_COUNTED))
            begin = _Reading.take(arena, run, children)
            _wait(run, children, total)
            end = _Reading.take(arena, run, children)
            return _figure(run, total, begin, end)


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    stored: int
    worker_seconds: list[float]
    worker_events: list[float]
    server_seconds: dict[str, float]

    @classmethod
    def take(cls, arena: Arena, run: Run, children: list[Child]) -> "_Reading":
        return cls(
            time.perf_counter(),
            stored_records(run),
            [child.seconds() for child in children],
            [child.metric("seawall_occurrences_total") for child in children],
            arena.server_seconds(),
        )


def _figure(run: Run, total: int, begin: _Reading, end: _Reading) -> EndToEnd:
    events, seconds = end.stored - begin.stored, end.at - begin.at
    taken = [after - before for before, after in zip(begin.worker_events, end.worker_events, strict=True)]
    used = [after - before for before, after in zip(begin.worker_seconds, end.worker_seconds, strict=True)]
    with psycopg.connect(run.database_url) as connection:
        stored, groups = connection.execute(
            "SELECT (SELECT count(*) FROM occurrences), (SELECT count(*) FROM groups)"
        ).fetchone() or (0, 0)
    return EndToEnd(
        events=total,
        stored=stored,
        seconds=seconds,
        per_second=events / seconds,
        worker_micros=[cpu / max(count, 1) * 1e6 for cpu, count in zip(used, taken, strict=True)],
        cpu_micros=sum(used) / events * 1e6,
        server_micros={
            name: (seconds - begin.server_seconds[name]) / events * 1e6 for name, seconds in end.server_seconds.items()
        },
        shares=[count / max(sum(taken), 1) for count in taken],
        groups=groups,
    )


def _wait(run: Run, children: list[Child], records: int) -> None:
    deadline = time.monotonic() + PATIENCE
    with psycopg.connect(run.database_url, autocommit=True) as connection:
        while _stored(connection, run) < records:
            for child in children:
                child.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{_stored(connection, run)} of {records} records stored after {PATIENCE:.0f} s")
            time.sleep(POLL)


def stored_records(run: Run) -> int:
    """Records of the errors topic whose effect is in the store."""
    with psycopg.connect(run.database_url, autocommit=True) as connection:
        return _stored(connection, run)


def _stored(connection: psycopg.Connection, run: Run) -> int:
    row = connection.execute("SELECT sum(next_offset) FROM source_offsets WHERE topic = %s", [run.topic]).fetchone()
    return int(row[0] or 0) if row else 0
