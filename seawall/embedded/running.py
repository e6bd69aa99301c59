"""What runs in a data folder: `run.json`, written by its owner and read by every other command."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["is_alive", "process_start", "read_run_file", "read_running", "remove_run_file", "write_run_file"]

RUN_FILE = "run.json"


def read_running(data: Path) -> dict[str, str] | None:
    """The endpoints of the servers running in a data folder, by variable name, or None where nothing runs."""
    run = read_run_file(data)
    if run is None:
        return None
    return {str(name): str(value) for name, value in run.get("endpoints", {}).items() if value}


def read_run_file(data: Path) -> dict[str, Any] | None:
    """The whole `run.json`, or None where there is none, it cannot be read, or its owner is dead."""
    try:
        run = json.loads((data / RUN_FILE).read_text(encoding="utf-8"))
        owner = int(run["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return run if is_alive(owner, run.get("started")) else None


def write_run_file(data: Path, run: Mapping[str, Any]) -> None:
    """Replace `run.json` in one step; only its owner can read it, since the endpoints hold passwords."""
    fresh = data / f"{RUN_FILE}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(run, file, indent=2, default=str)
    fresh.replace(data / RUN_FILE)


def remove_run_file(data: Path) -> None:
    """Say that nothing runs here any more."""
    (data / RUN_FILE).unlink(missing_ok=True)


def process_start(pid: int) -> str | None:
    """When a process was started, as the kernel counts it: tells a process from a later one with its pid.

    None where the process is gone or a zombie, or where there is no /proc.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {b"Z", b"X"} else fields[19].decode()  # proc_pid_stat(5): fields 3 and 22


def is_alive(pid: int, started: str | None = None) -> bool:
    """Whether the process lives, and is the one that was started then (where that is known)."""
    if pid <= 0:
        return False
    if Path("/proc/self/stat").exists():
        now = process_start(pid)
        return now is not None and started in {None, now}
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
