"""A sender's program as it runs: told what to do line by line."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

CACHE = Path(os.environ.get("SEAWALL_SENDERS_CACHE", Path.home() / ".cache" / "seawall-senders"))
INSTALL_SECONDS = 1_800
END_SECONDS = 100  # to send what is left, with all retries that a sender has

RELEASE, ENVIRONMENT, USER = "shop@1.4.2", "staging", "c-17"


class Program:
    """One process. `catch TEXT` makes it fail and report that, `noise` send what is no error, `crash TEXT` die.

    It says `done` after each, and at the end of its input sends what is left and exits.
    """

    def __init__(self, command: list[str], folder: Path, env: dict[str, str], log: Path) -> None:
        self.log = log
        self._how = (command, folder, env, log)
        self._lines: list[str] = []
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True,
                start_new_session=True,
            )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def again(self) -> "Program":
        """Another start of the same program, in the same folder, once this one has ended."""
        return Program(*self._how)

    @property
    def done(self) -> int:
        """How many lines it has carried out."""
        return sum(line.strip() == "done" for line in self._lines)

    def say(self, line: str) -> None:
        """Tell it something; it may be busy, or gone."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def ask(self, line: str, seconds: float = 60) -> bool:
        """Tell it something and wait until it is done; whether it was."""
        before, deadline = self.done, time.monotonic() + seconds
        self.say(line)
        while self.done == before and time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            time.sleep(0.05)
        return self.done > before

    def close(self) -> None:
        """Let it send what is left, and end."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def end(self) -> int | None:
        """Close its input and wait; its exit code, None where it had to be killed."""
        self.close()
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        with suppress(ProcessLookupError):  # and what it started
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(5)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)


def install(folder: Path) -> str:
    """Install what a folder's programs need; what went wrong, if something did."""
    cache = CACHE / folder.name
    cache.mkdir(parents=True, exist_ok=True)
    script = folder / "install.sh"
    if not script.exists():
        return ""
    with tempfile.TemporaryDirectory(prefix="srv-") as temporary:
        copy = shutil.copytree(folder, Path(temporary) / "shop")
        done = subprocess.run(
            ["sh", "-eu", script.name], cwd=copy, env={**clean_environment(), "CACHE": str(cache)},
            capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False,
        )  # fmt: skip
    return "" if done.returncode == 0 else f"installing failed: {' '.join(done.stderr.split()[-30:])}"


def clean_environment() -> dict[str, str]:
    """The environment without what would tell programs of this run's Python or Seawall."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SEAWALL_", "PYTHON"))}


def environment(*, url: str, key: str, project: int, trace: str, more: dict[str, str]) -> dict[str, str]:
    """What programs are told: where to, with which key, and who they are."""
    return {
        **clean_environment(),
        "SENDER_URL": url,
        "SENDER_KEY": key,
        "SENDER_DSN": f"{url.replace('//', f'//{key}@')}/{project}",
        "SENDER_RELEASE": RELEASE,
        "SENDER_ENVIRONMENT": ENVIRONMENT,
        "SENDER_USER": USER,
        "SENDER_TRACE": trace,
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{key}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        **more,
    }
