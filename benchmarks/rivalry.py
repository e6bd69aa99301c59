"""Run the rivals one after the other on one topic."""

import json
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.arena import Arena

__all__ = ["RIVALS", "Pace", "measure_rival"]

RIVALS = {  # module and further arguments, by the name in the report
    "stock Faust agent (an event a record)": ("faust_agent",),
    "Quix Streams (librdkafka)": ("quix",),
    "bare aiokafka getmany loop": ("bare_loop",),
    "our batch transport": ("batches",),
    "our batch transport, not decoding": ("batches", "raw"),
}
PATIENCE = 120.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast one consumer went through a topic."""

    records: int
    per_second: float
    cpu_micros: float


def measure_rival(arena: Arena, name: str, topic: str, total: int) -> Pace:
    """Let one of RIVALS read the topic. Raises RuntimeError where it fails."""
    module, *more = RIVALS[name]
    command = [sys.executable, "-m", f"benchmarks.rivals.{module}", arena.kafka, topic, str(total), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode or "{" not in done.stdout:
        raise RuntimeError(f"{name}: exit {done.returncode}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout[done.stdout.index("{") :])  # Faust writes to the terminal before it
    return Pace(
        records=told["records"],
        per_second=told["records"] / told["seconds"],
        cpu_micros=told["cpu_seconds"] / told["records"] * 1e6,
    )
