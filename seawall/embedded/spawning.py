"""Child processes that cannot outlive us.

On Linux the kernel signals a child when the *thread* that created it ends (PR_SET_PDEATHSIG), so one thread that lives
as long as the process creates them all. Elsewhere a watcher on a pipe does the same.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Process", "User", "server_environment", "spawn"]

_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
_PR_SET_PDEATHSIG = 1
# What would change how a server behaves, taken from the environment of whoever starts it.
_UNWANTED = ("PG", "JAVA_TOOL", "JDK_JAVA", "_JAVA", "LC_", "LANG", "CLASSPATH")


@dataclass(frozen=True, slots=True)
class User:
    """Whom a child runs as, without any further groups."""

    uid: int
    gid: int


class Process:
    """A running child, and on systems without PR_SET_PDEATHSIG its watcher."""

    def __init__(self, child: "subprocess.Popen[bytes]", watcher: "subprocess.Popen[bytes] | None") -> None:
        self._child = child
        self._watcher = watcher
        self.pid = child.pid

    def exit_code(self) -> int | None:
        """None while it lives; negative: the signal that killed it."""
        code = self._child.poll()
        if code is not None:
            self._dismiss()
        return code

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens where it has ended."""
        with suppress(ProcessLookupError):
            self._child.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False where it still lives after that time."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._dismiss()
        return True

    def stop(self, number: int, patience: float) -> bool:
        """Signal it and wait; False where it had to be killed."""
        self.signal(number)
        return self.wait(patience) or self.kill()

    def kill(self) -> bool:
        """SIGKILL it and wait for its end; always False."""
        self.signal(signal.SIGKILL)
        self._child.wait()
        self._dismiss()
        return False

    def _dismiss(self) -> None:
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.wait()
            self._watcher = None


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    death_signal: int = signal.SIGKILL,
    cwd: Path | str = "/",
    env: Mapping[str, str] | None = None,
    user: User | None = None,
    keep: Sequence[int] = (),
    niceness: int = 0,
) -> Process:
    """Start a child in a session of its own, with its output appended to a log file.

    Args:
        command: the program and its arguments.
        log: the file for its output.
        death_signal: what it gets when we end without stopping it.
        cwd: its working folder.
        env: its environment; None: `server_environment()`.
        user: whom to run it as; None: as us.
        keep: descriptors that it inherits.
        niceness: added to ours.

    Raises:
        OSError: the program cannot be started.
    """
    environment = dict(server_environment() if env is None else env)
    setup = _setup(death_signal, niceness)

    def start() -> "subprocess.Popen[bytes]":
        who: dict[str, Any] = {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": []}
        with log.open("ab") as out:
            return subprocess.Popen(  # noqa: S603 -- our own commands, no shell
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=cwd,
                env=environment,
                start_new_session=True,
                pass_fds=keep,
                umask=0o077,  # what a server writes is for nobody else on this machine
                preexec_fn=setup,  # noqa: PLW1509 -- two system calls, nothing that takes a lock
                **who,
            )

    child = _creator().submit(start).result()
    return Process(child, None if _LIBC else _watch(child.pid, death_signal))


def server_environment() -> dict[str, str]:
    """Our environment without what would change a server's behaviour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)}
    return {**kept, "LC_ALL": "C.UTF-8" if _LIBC else "en_US.UTF-8"}


def _setup(death_signal: int, niceness: int) -> Callable[[], None]:
    parent, number = os.getpid(), int(death_signal)

    def in_child() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # we ended before the line above
                os._exit(1)
        if niceness:
            os.nice(niceness)

    return in_child


def _watch(pid: int, number: int) -> "subprocess.Popen[bytes]":
    code = f"import os,sys;sys.stdin.read();os.kill({pid},{int(number)})"
    return subprocess.Popen(  # noqa: S603 -- our own code
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, start_new_session=True
    )


@cache
def _creator() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="children")


os.register_at_fork(after_in_child=_creator.cache_clear)  # a forked copy of us has no such thread
