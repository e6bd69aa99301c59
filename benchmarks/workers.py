"""Our own commands as processes of their own, as they run in production."""

import asyncio
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from benchmarks.arena import Arena, Run
from benchmarks.cpu import tree_seconds
from seawall.embedded.ports import free_ports

__all__ = ["Child", "running", "wait_until_joined"]

PATIENCE = 60.0  # seconds
STOP_WITHIN = 40.0


@dataclass(slots=True)
class Child:
    """A running command."""

    process: "subprocess.Popen[bytes]"
    metrics_port: int
    log: str

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def seconds(self) -> float:
        """CPU seconds used so far."""
        return tree_seconds(self.pid)

    def metric(self, line: str) -> float:
        """One number off its metrics page: the line's name with its labels, as it stands there."""
        return self._metrics().get(line, 0.0)

    def total(self, name: str) -> float:
        """The sum of a metric over all its labels."""
        return sum(value for line, value in self._metrics().items() if line.partition("{")[0] == name)

    def _metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as page:
            rows = (row.rpartition(" ") for row in page.read().decode().splitlines() if not row.startswith("#"))
            return {name: float(value) for name, _, value in rows}

    def check(self) -> None:
        """Raises RuntimeError where it has ended by itself."""
        if self.process.poll() is not None:
            raise RuntimeError(f"exit {self.process.returncode}: {_tail(self.log)}")


@contextmanager
def running(arena: Arena, run: Run, role: str, count: int = 1, arguments: Sequence[str] = ()) -> Iterator[list[Child]]:
    """`seawall <role>`, so many times; stopped at the end."""
    children = [_start(arena, run, role, number, arguments) for number in range(count)]
    try:
        yield children
    finally:
        for child in children:
            child.process.terminate()
        for child in children:
            try:
                child.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def wait_until_joined(arena: Arena, run: Run, workers: list[Child]) -> None:
    """Wait until the consumer group is stable with all workers in it."""
    asyncio.run(_joined(arena.kafka, run.settings.consumer_group, workers))


async def _joined(kafka: str, group: str, workers: list[Child]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            for worker in workers:
                worker.check()
            with suppress(KafkaError):  # the first group of a new broker has no coordinator for a moment
                for answer in await admin.describe_consumer_groups([group]):
                    for _error, _group, state, _type, _protocol, members, *_ in answer.groups:
                        if state == "Stable" and len(members) == len(workers):
                            return
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    raise RuntimeError("the workers did not join: " + " ".join(_tail(worker.log) for worker in workers))


def _start(arena: Arena, run: Run, role: str, number: int, arguments: Sequence[str]) -> Child:
    port = free_ports()
    log = str(arena.folder / f"{run.settings.consumer_group}-{role}-{number}.log")
    env = run.env | {"SEAWALL_METRICS_PORT": str(port)}
    if role == "worker":
        env["SEAWALL_INSTANCE"] = str(number)
    with open(log, "wb") as out:  # noqa: PTH123 -- a stream for the child
        process = subprocess.Popen([sys.executable, "-m", "seawall", role, *arguments], env=env, stdout=out, stderr=out)
    return Child(process, port, log)


def _tail(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as log:  # noqa: PTH123
        return log.read()[-3000:]
