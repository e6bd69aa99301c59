"""What the three servers have in common: being started, waited for, stopped, killed, started again on the same port."""

import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from seawall.embedded.guard import Guard
from seawall.embedded.ports import PortBook
from seawall.embedded.spawning import Process, User, spawn
from seawall.errors import EmbeddedServerError

__all__ = ["Home", "Server"]

START_SECONDS = 90.0
STOP_SECONDS = 20.0
TRIES = 3
# A port was taken between our look and the server's bind; words of Java, PostgreSQL and Valkey.
PORT_TAKEN = ("Address already in use", "address already in use", "Address in use")
TAIL = 1_500  # bytes of its log that an error quotes


@dataclass(slots=True)
class Home:
    """The data folder as the servers see it."""

    data: Path
    guard: Guard
    ports: PortBook
    halted: threading.Event = field(default_factory=threading.Event)  # give up whatever is being started

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.data / "logs" / f"{name}.log"


class Server(ABC):
    """One embedded server. Its methods block, and may be called from any thread."""

    name: str
    stop_signal: signal.Signals
    after_crash: tuple[str, ...] = ()  # what its log says while remains of a killed one are still going away

    def __init__(self, home: Home) -> None:
        self.home = home
        self.process: Process | None = None
        self.wanted = True  # False: taken down on purpose
        self._lock = threading.RLock()  # one start, stop or kill at a time
        self._fresh = True  # it was not up yet: its address is not known to anybody

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.home.ports.take(self.name)

    @abstractmethod
    def prepare(self) -> None:
        """Make its data folder where it is missing."""

    @abstractmethod
    def launch(self) -> Process:
        """Start its process."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it is ready. May raise OSError."""

    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.exit_code() is None

    def start(self) -> None:
        """Start it and wait until it is ready; nothing happens where it runs.

        Raises:
            EmbeddedServerError: it ended, or was not ready in time.
        """
        with self._lock:
            if not self.alive():
                self._start()
            self.wanted = True

    def _start(self) -> None:
        self.prepare()
        deadline = time.monotonic() + START_SECONDS
        tries = 0
        while True:
            mark = self._log_size()
            self.process = self.launch()
            try:
                self.wait(self.process, self.answers, deadline - time.monotonic())
            except EmbeddedServerError:
                text, tries = self._log_since(mark), tries + 1
                if self.home.halted.is_set() or time.monotonic() > deadline or not self._worth_trying(text, tries):
                    raise
                time.sleep(0.1)
            else:
                self._fresh = False
                return

    def _worth_trying(self, log: str, tries: int) -> bool:
        if any(words in log for words in self.after_crash):
            return True
        if tries < TRIES and any(words in log for words in PORT_TAKEN):
            if self._fresh:
                self.take_other_ports()
            return True
        return False

    def take_other_ports(self) -> None:
        """Listen elsewhere."""
        self.home.ports.take(self.name, fresh=True)

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Stop it in good order."""
        with self._lock:
            self.wanted = False
            if self.process is not None:
                self.end(self.process, patience)

    def end(self, process: Process, patience: float) -> None:
        """Stop its process in good order."""
        process.stop(self.stop_signal, patience)

    def kill(self) -> None:
        """SIGKILL it, as a crash would."""
        with self._lock:
            self.wanted = False
            if self.process is not None:
                self.process.kill()

    def run(self, command: Sequence[str | Path], *, cwd: Path | str = "/", user: User | None = None) -> None:
        """Run one of its tools to the end. Raises EmbeddedServerError where it fails."""
        process = spawn(command, log=self.home.log(self.name), cwd=cwd, user=user, keep=[self.home.guard.descriptor])
        self.wait(process, None)

    def spawn_server(
        self, command: Sequence[str | Path], *, cwd: Path | str = "/", user: User | None = None
    ) -> Process:
        """Start the server itself: stopped in good order also when we end without a word."""
        return spawn(
            command,
            log=self.home.log(self.name),
            death_signal=self.stop_signal,
            cwd=cwd,
            user=user,
            keep=[self.home.guard.descriptor],
        )

    def wait(self, process: Process, ready: Callable[[], bool] | None, seconds: float = START_SECONDS) -> None:
        """Wait until it is ready, or without `ready` until it has ended well; ends it otherwise.

        Raises:
            EmbeddedServerError: it ended, or was not ready in time.
        """
        deadline = time.monotonic() + seconds
        while (code := process.exit_code()) is None and time.monotonic() < deadline and not self.home.halted.is_set():
            with suppress(OSError):
                if ready is not None and ready():
                    return
            time.sleep(0.01)
        if ready is None and code == 0:
            return
        what = f"ended with {code}" if code is not None else f"was not ready in {seconds:.0f} s"
        if self.home.halted.is_set():
            what = "was told to stop while starting"
        process.kill()
        raise EmbeddedServerError(f"{self.name} {what}; see {self.home.log(self.name)}: {self._last_words()}")

    def _log_size(self) -> int:
        with suppress(OSError):
            return self.home.log(self.name).stat().st_size
        return 0

    def _log_since(self, mark: int) -> str:
        with suppress(OSError), self.home.log(self.name).open("rb") as file:
            file.seek(mark)
            return file.read().decode(errors="replace")
        return ""

    def _last_words(self) -> str:
        lines = self._log_since(max(0, self._log_size() - TAIL)).strip().splitlines()
        telling = [
            line for line in lines if any(word in line for word in ("PANIC", "FATAL", "ERROR", "Exception", "rror:"))
        ]
        return (telling or lines or ["its log is empty"])[-1].strip()[:300]
