"""Make the broker's start-up cache: a throw-away broker is recorded, then Java writes the cache from the record."""

import secrets
import shutil
import signal
import time
from pathlib import Path

from seawall.embedded.folders import locked
from seawall.embedded.kafka import broker_properties
from seawall.embedded.kafka_java import JARS, aot_cache, java
from seawall.embedded.ports import PortBook
from seawall.embedded.probes import kafka_answers
from seawall.embedded.server import Home, Server
from seawall.embedded.spawning import Process, spawn
from seawall.errors import EmbeddedServerError

__all__ = ["make_cache"]

FOLDER = "aot"  # in the data folder, gone afterwards
RECORD = f"{FOLDER}/record"
NICENESS = 19  # somebody works on this machine
SECONDS = 180.0


def make_cache(home: Home) -> bool:
    """Make the cache where it is missing; False where that was halted or failed. Takes 10 to 20 s of one core.

    The jars must be there. To be called in a thread of its own.
    """
    target = aot_cache(home.data)
    work = home.data / FOLDER
    shutil.rmtree(work, ignore_errors=True)
    try:
        with locked((home.data / JARS).resolve(), wait=False):  # else a second stack of this user is at it
            if not target.exists():
                work.mkdir(mode=0o700)
                _Rehearsal(home).make(target)
    except (EmbeddedServerError, OSError):
        return False  # nothing depends on it
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return True


class _Rehearsal(Server):
    """A broker whose start is recorded."""

    name = "aot"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home) -> None:
        # Ports of its own that nobody remembers.
        super().__init__(Home(home.data, home.guard, PortBook(home.data / FOLDER / "ports.json"), home.halted))

    def make(self, target: Path) -> None:
        """Record, create, and put it in place. Raises EmbeddedServerError."""
        self.start()
        self._end_of_record()
        fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        try:
            self.wait(self._java(["-XX:AOTMode=create", f"-XX:AOTCache={JARS}/{fresh.name}"]), None, SECONDS)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)

    def _end_of_record(self) -> None:
        """Stop the broker; Java writes the record when it ends."""
        process, deadline = self.process, time.monotonic() + SECONDS
        if process is None:
            return
        process.signal(self.stop_signal)
        while process.exit_code() is None:
            if self.home.halted.is_set() or time.monotonic() > deadline:
                process.kill()
                raise EmbeddedServerError("the record of the broker's start was not written")
            time.sleep(0.05)

    def prepare(self) -> None:
        """Storage for a broker that lives for a few seconds."""
        config = broker_properties(self.port, self.home.ports.take("aot-controller"), f"{FOLDER}/kafka")
        (self.home.data / FOLDER / "broker.properties").write_text(config, encoding="ascii")
        tool = ["kafka.tools.StorageTool", "format", "-t", secrets.token_hex(11), "-c", f"{FOLDER}/broker.properties"]
        self.run(java(*tool, cache=False, data=self.home.data), cwd=self.home.data)

    def launch(self) -> Process:
        """Start the broker to be recorded."""
        return self._java(["-XX:AOTMode=record"], "kafka.Kafka", f"{FOLDER}/broker.properties")

    def answers(self) -> bool:
        """Whether all that a start loads is loaded."""
        return kafka_answers(self.port)

    def _java(self, options: list[str], *arguments: str) -> Process:
        program, *rest = java(*arguments, cache=False, data=self.home.data)
        return spawn(
            [program, *options, f"-XX:AOTConfiguration={RECORD}", *rest],
            log=self.home.log(self.name),
            cwd=self.home.data,
            keep=[self.home.guard.descriptor],
            niceness=NICENESS,
        )
