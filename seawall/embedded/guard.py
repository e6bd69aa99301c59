"""One owner a data folder, also across crashes.

Every server inherits the locked descriptor, so the kernel holds the lock until the last of them is gone, however its
owner ended.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from seawall.embedded.running import is_alive, process_start
from seawall.errors import AlreadyRunningError, EmbeddedServerError

__all__ = ["Guard"]

PATIENCE = 30.0  # seconds: servers of a killed owner are stopping, PostgreSQL after a last checkpoint


class Guard:
    """The right to use a data folder. `descriptor` is to be inherited by every process that writes there."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.descriptor = -1

    def acquire(self, patience: float = PATIENCE) -> None:
        """Take the folder, waiting for what a killed owner left behind.

        Raises:
            AlreadyRunningError: its owner is alive.
            EmbeddedServerError: its owner is not, but its servers still run after `patience` seconds.
        """
        descriptor = os.open(self.data / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            self._wait(descriptor, time.monotonic() + patience)
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {process_start(os.getpid()) or ''}".encode(), 0)
        self.descriptor = descriptor

    def _wait(self, descriptor: int, deadline: float) -> None:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            pid, started = _owner(descriptor)
            if is_alive(pid, started):
                raise AlreadyRunningError(f"seawall is already running in {self.data} (pid {pid})")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"processes of an earlier run still use {self.data}: see `fuser {self.data / 'lock'}`"
                )
            time.sleep(0.05)

    def release(self) -> None:
        """Give the folder back; it is free once the last process that inherited the descriptor has ended."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _owner(descriptor: int) -> tuple[int, str | None]:
    pid, _, started = os.pread(descriptor, 100, 0).decode(errors="replace").partition(" ")
    return int(pid) if pid.isdecimal() else 0, started or None
