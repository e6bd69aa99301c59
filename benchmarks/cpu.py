"""What processes use: CPU seconds and memory, children included."""

import os
from contextlib import suppress

import psutil

__all__ = ["rss_bytes", "tree_seconds"]


def tree_seconds(pid: int | None = None) -> float:
    """CPU seconds of a process (None: this one), its children, and those of them that have ended."""
    seconds = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid or os.getpid())
        times = process.cpu_times()
        seconds += times.user + times.system + times.children_user + times.children_system
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                seconds += times.user + times.system
    return seconds


def rss_bytes(pid: int) -> int:
    """Resident memory of one process."""
    return int(psutil.Process(pid).memory_info().rss)
