"""The processes that chaos is done to: workers and notifiers as real subprocesses."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


class Fleet:
    """Processes by name. One that ended by itself is started again, as a supervisor would."""

    def __init__(self, env: dict[str, str], logs: Path) -> None:
        self._env = env
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.exits: list[tuple[str, int]] = []

    def names(self, role: str) -> list[str]:
        return sorted(name for name in self._running if name.startswith(role))

    def start(self, name: str) -> None:
        """Start `worker-3` or `notifier-1`; the number is the instance."""
        role, instance = name.split("-")
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "seawall", role],
                env={**os.environ, **self._env, "SEAWALL_INSTANCE": instance},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def terminate(self, name: str) -> int:
        self._running[name].terminate()
        return self._ended(name)

    def _ended(self, name: str, patience: float = 40) -> int:
        process = self._running.pop(name)
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return -signal.SIGKILL

    def freeze(self, name: str, seconds: float) -> None:
        process = self._running[name]
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def ended(self) -> dict[str, int]:
        """What ended by itself and was not started again: exit codes by name."""
        codes = {name: process.poll() for name, process in self._running.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def revive(self) -> None:
        """Start again what ended by itself."""
        for name, process in list(self._running.items()):
            if (code := process.poll()) is not None:
                self.exits.append((name, code))
                self.start(name)

    def stop(self) -> dict[str, int]:
        """SIGTERM to all; the exit codes."""
        for process in self._running.values():
            process.terminate()
        return {name: self._ended(name) for name in list(self._running)}
