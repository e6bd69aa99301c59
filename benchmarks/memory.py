"""Memory of a worker whose windows hold very many live groups."""

import time
from dataclasses import dataclass

from benchmarks.arena import PARTITIONS, Arena
from benchmarks.cpu import rss_bytes
from benchmarks.end_to_end import stored_records
from benchmarks.events import Mix, events
from benchmarks.filling import fill
from benchmarks.workers import running, wait_until_joined

__all__ = ["Memory", "measure_memory"]

PATIENCE = 900.0
CALM = 5.0  # seconds without lag: the keyed agents have caught up
TICKS = 24  # records of lag that mean nothing: time is told to every keyed partition every two seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory of one worker, bytes."""

    groups: int
    at_start: int  # joined, nothing read
    at_end: int  # all groups in its tables
    most: int  # in between


def measure_memory(arena: Arena, groups: int) -> Memory:
    """Send one event for each of so many groups to one worker."""
    run = arena.new_run("bench.memory")
    with running(arena, run, "worker") as workers:
        worker = workers[0]
        wait_until_joined(arena, run, workers)
        at_start = most = rss_bytes(worker.pid)
        total = fill(arena.kafka, run.topic, events(Mix(groups=0, environment="staging"), groups), PARTITIONS)
        deadline = time.monotonic() + PATIENCE
        behind_at = time.monotonic()
        while time.monotonic() - behind_at < CALM:
            worker.check()
            most = max(most, rss_bytes(worker.pid))
            if stored_records(run) < total or worker.total("seawall_lag_records") > TICKS:
                behind_at = time.monotonic()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{stored_records(run)} of {total} records stored after {PATIENCE:.0f} s")
            time.sleep(0.5)
        return Memory(groups=groups, at_start=at_start, at_end=rss_bytes(worker.pid), most=most)
