"""One of the job's programs, started again whenever it dies."""

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seawall.embedded.running import process_start
from seawall.embedded.spawning import Process, spawn
from seawall.supervising.backoff import Backoff
from seawall.supervising.log_files import last_words

__all__ = ["Child", "ChildState"]

PATIENCE = 15.0  # seconds to end in good order


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildState:
    """A child as others see it."""

    role: str
    instance: int
    pid: int | None  # None: it waits to be started again
    started: str | None  # tells it from a later process with its pid
    since: str | None  # ISO 8601, UTC
    restarts: int
    metrics_port: int | None
    log: str

    @property
    def name(self) -> str:
        """As in messages."""
        return f"{self.role} {self.instance}"


@dataclass(slots=True, kw_only=True)
class Child:
    """A program and its present process. Not thread-safe: the supervisor's lock guards it."""

    role: str
    instance: int
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    keep: Sequence[int]
    metrics_port: int | None = None
    restarts: int = 0
    _process: Process | None = None
    _born: float = 0.0
    _since: str | None = None
    _mark: int = 0
    _due: float | None = None  # when to start it again
    _backoff: Backoff = field(default_factory=Backoff)

    @property
    def name(self) -> str:
        """As in messages."""
        return f"{self.role} {self.instance}"

    def state(self) -> ChildState:
        """As others see it."""
        pid = self._process.pid if self._process and self._process.exit_code() is None else None
        return ChildState(
            role=self.role,
            instance=self.instance,
            pid=pid,
            started=process_start(pid) if pid else None,
            since=self._since if pid else None,
            restarts=self.restarts,
            metrics_port=self.metrics_port,
            log=str(self.log),
        )

    def start(self) -> None:
        """Start it. Raises OSError."""
        self._mark = self.log.stat().st_size if self.log.exists() else 0
        # SIGKILL when we end without a word: the job is made to be killed, and its servers go at the same moment.
        self._process = spawn(
            self.command,
            log=self.log,
            death_signal=signal.SIGKILL,
            cwd=Path.cwd(),
            env=self.environment,
            keep=self.keep,
        )
        self._born, self._since, self._due = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds"), None

    def tend(self) -> str | None:
        """See to it: note its death, start it again when that is due. Returns what there is to say."""
        now = time.monotonic()
        if self._due is not None:
            if now < self._due:
                return None
            return self._start_again(now)
        if self._process is None or (code := self._process.exit_code()) is None:
            return None
        wait = self._backoff.after(now - self._born)
        self._due = now + wait
        words = last_words(self.log, self._mark) if code > 0 else ""
        return f"{self.name} (pid {self._process.pid}) {how_it_ended(code)}; starts again in {wait:g} s" + (
            f": {words}" if words else ""
        )

    def _start_again(self, now: float) -> str:
        self.restarts += 1
        try:
            self.start()
        except OSError as error:  # no memory, no process left, no space for its log
            wait = self._backoff.after(0.0)
            self._due = now + wait
            return f"{self.name} cannot be started ({error.strerror}); tried again in {wait:g} s"
        return f"{self.name} started again (pid {self._process.pid if self._process else '?'})"

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if self._process is not None:
            self._process.signal(number)

    def ask_to_stop(self) -> None:
        """SIGTERM, and no more starting again."""
        self._due = None
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a frozen one could not hear it

    def wait(self, seconds: float) -> bool:
        """Wait for its end, then kill it; False where that was needed."""
        if self._process is None:
            return True
        return self._process.wait(max(0.0, seconds)) or self._process.kill()

    def summary(self) -> dict[str, Any]:
        """For `run.json`."""
        state = self.state()
        return {
            "role": state.role,
            "instance": state.instance,
            "pid": state.pid,
            "started": state.started,
            "since": state.since,
            "restarts": state.restarts,
            "metrics_port": state.metrics_port,
            "log": state.log,
        }


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
