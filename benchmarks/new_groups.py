"""A storm in which every error is the first of its group, through the whole program: all stored, few messages.

Worker, notifier and desk are processes of their own; the desk plays Slack. The clock starts with the first record sent.
"""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import orjson
import psycopg

from benchmarks.arena import PARTITIONS, Arena, Run
from benchmarks.filling import fill
from benchmarks.pacing import name_of
from benchmarks.workers import Child, running, wait_until_joined
from seawall.embedded.ports import free_ports

__all__ = ["NewGroups", "first_errors", "measure_new_groups"]

PATIENCE = 900.0
POLL = 0.5
WORKERS = 2
MOST, PER = 30, 60  # first messages a route may send in so many seconds

RULES = f"""
alerts:
  - {{name: new-error, on: new}}
routes:
  - {{to: slack:#storm, at_most: {{count: {MOST}, per: {PER}s}}%s}}
"""
TOGETHER = ", group_by: [service], wait: 10s, interval: 1m"
SERVICES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroups:
    """One run. Seconds since the first record was sent."""

    together: bool  # whether the route tells of all new groups of a service in one message
    sent: int
    groups: int  # in the store at the end: as many as were sent, or something is wrong
    incidents: int  # likewise
    stored_seconds: float  # until the last error was stored
    applied_seconds: float  # until the last incident was opened
    told_seconds: float  # until all messages had come that there were to be
    messages: int
    counted: int  # new incidents that the messages tell of: by themselves, with others, or as a number
    worker_micros: float  # CPU of all workers, a group
    postgres_micros: float


def measure_new_groups(arena: Arena, count: int, *, together: bool) -> NewGroups:
    """Send so many errors, each of a group of its own, as fast as it goes."""
    rules = arena.folder / f"new-groups-{together}.yaml"
    rules.write_text(RULES % (TOGETHER if together else ""))
    desk_port = free_ports()
    desk_url = f"http://127.0.0.1:{desk_port}"
    run = arena.new_run(f"bench.new-groups.{together}", rules=str(rules), desk_url=desk_url, session_timeout="6")
    with (
        running(arena, run, "desk", arguments=["--port", str(desk_port)]),
        running(arena, run, "worker", WORKERS) as workers,
        running(arena, run, "notifier") as notifiers,
    ):
        wait_until_joined(arena, run, workers)
        before = _used(arena, workers)
        begun = time.monotonic()
        fill(arena.kafka, run.topic, first_errors(count), PARTITIONS)
        children = [*workers, *notifiers]
        stored = _until(run, children, "SELECT count(*) FROM groups", count) - begun
        applied = _until(run, children, "SELECT count(*) FROM incidents", count) - begun
        told = _until(run, children, _TOLD, 1) - begun
        worker, postgres = (
            (after - start) / count * 1e6 for start, after in zip(before, _used(arena, workers), strict=True)
        )
        messages = _messages(desk_url)
        with psycopg.connect(run.database_url) as store:
            groups, incidents, known = store.execute(_ROWS).fetchone() or (0, 0, 0)
    return NewGroups(
        together=together,
        sent=count,
        groups=groups,
        incidents=incidents,
        stored_seconds=stored,
        applied_seconds=applied,
        told_seconds=told,
        messages=len(messages),
        counted=known + sum(_held_back(json.dumps(message)) for message in messages),
        worker_micros=worker,
        postgres_micros=postgres,
    )


def first_errors(count: int) -> Iterator[bytes]:
    """Errors of which no two are of one group."""
    for number in range(count):
        kind = name_of(number)
        yield orjson.dumps(
            {
                "service": f"shop-{number % SERVICES}",
                "environment": "production",
                "severity": "error",
                "error_type": kind,
                "message": f"order {number} could not ship",
                "exception": [
                    {
                        "type": kind,
                        "value": f"order {number} could not ship",
                        "frames": [{"module": "shop.orders", "function": "ship", "file": "orders.py", "line": 7}],
                    }
                ],
            }
        )


def _used(arena: Arena, workers: list[Child]) -> tuple[float, float]:
    return sum(worker.seconds() for worker in workers), arena.server_seconds()["postgres"]


def _until(run: Run, children: list[Child], query: LiteralString, least: int) -> float:
    """When a number in the store has grown so far, by the monotonic clock."""
    deadline = time.monotonic() + PATIENCE
    with psycopg.connect(run.database_url, autocommit=True, options="-c search_path=seawall,public") as store:
        while time.monotonic() < deadline:
            for child in children:
                child.check()
            row = store.execute(query).fetchone()
            if row is not None and row[0] >= least:
                return time.monotonic()
            time.sleep(POLL)
    raise RuntimeError(f"{query}: {row}, not {least} after {PATIENCE:g} s")


def _messages(desk_url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{desk_url}/received", timeout=60) as page:
        messages: list[dict[str, Any]] = json.load(page)["messages"]
    return messages


def _held_back(message: str) -> int:
    """How many incidents a summary counts."""
    held = re.search(r"(\d+) incidents? held back", message)
    return int(held[1]) if held else 0


_ROWS = """
    SELECT (SELECT count(*) FROM seawall.groups), (SELECT count(*) FROM seawall.incidents),
        (SELECT count(first_told) FROM seawall.bundle_incidents)"""
# All is told when nothing is pending: no delivery, no bundle that waits for its turn, no summary.
_TOLD = """
    SELECT (NOT EXISTS (SELECT FROM deliveries WHERE status IN ('pending', 'sending'))
        AND NOT EXISTS (SELECT FROM summaries WHERE told_at IS NULL)
        AND NOT EXISTS (SELECT FROM bundle_incidents WHERE first_told IS NULL AND pending))::int"""
