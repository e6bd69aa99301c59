"""From a producer's send to the message's arrival at Slack, under a steady load.

Worker, notifier and desk are processes of their own; the desk plays Slack and stamps what arrives with microseconds.
A marker is the first event of a new group, so it takes the whole way: store, dedupe, escalate, notify, job, delivery.
"""

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

from benchmarks.arena import Arena, Run
from benchmarks.end_to_end import stored_records
from benchmarks.pacing import CHANNELS
from benchmarks.workers import running, wait_until_joined
from seawall.embedded.ports import free_ports

__all__ = ["Latency", "measure_latency"]

PATIENCE = 30.0  # seconds after the last event

RULES = """
alerts:
  - name: marker
    on: new
    match:
      environment: production
      severity: critical
routes:
"""
ROUTE = """
  - match:
      service: bench-{number}
    to: slack:#bench-{number}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds."""

    rate: float  # events/s that were really sent
    markers: int
    arrived: int
    p50: float
    p99: float
    longest: float
    stored: int
    sent: int


def measure_latency(arena: Arena, topic: str, rate: float, seconds: float) -> Latency:
    """Send `rate` events a second to a new topic for so long, and time the markers among them."""
    rules = arena.folder / "latency-rules.yaml"
    rules.write_text(RULES + "".join(ROUTE.format(number=number) for number in range(CHANNELS)))
    desk_port = free_ports()
    desk_url = f"http://127.0.0.1:{desk_port}"
    run = arena.new_run(topic, rules=str(rules), desk_url=desk_url, session_timeout="6")
    with (
        running(arena, run, "desk", arguments=["--port", str(desk_port)]),
        running(arena, run, "worker") as workers,
        running(arena, run, "notifier") as notifiers,
    ):
        wait_until_joined(arena, run, workers)
        told = _produce(arena, run, rate, seconds)
        arrivals = _arrivals(desk_url, told["markers"])
        for child in (*workers, *notifiers):
            child.check()
        stored = stored_records(run)
    took = sorted(arrivals[name] - at for name, at in told["markers"].items() if name in arrivals)
    cuts = statistics.quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99 or [0.0] * 99
    return Latency(
        rate=told["sent"] / told["seconds"],
        markers=len(told["markers"]),
        arrived=len(took),
        p50=cuts[49],
        p99=cuts[98],
        longest=max(took, default=0.0),
        stored=stored,
        sent=told["sent"],
    )


def _produce(arena: Arena, run: Run, rate: float, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.pacing", arena.kafka, run.topic, str(rate), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _arrivals(desk_url: str, markers: dict[str, float]) -> dict[str, float]:
    """When each marker's first message came, once all have or the patience is over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with urllib.request.urlopen(f"{desk_url}/received", timeout=10) as page:
            messages = json.load(page)["messages"]
        found: dict[str, float] = {}
        for message in messages:
            text = json.dumps(message)
            for name in markers:
                if name in text:
                    found[name] = min(float(message["ts"]), found.get(name, float("inf")))
        if len(found) == len(markers) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)
