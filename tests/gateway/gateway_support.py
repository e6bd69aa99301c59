"""A gateway as it runs: a process of its own, on the session's servers."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import psycopg

from models.severity import Severity
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare
from seawall.embedded.ports import free_ports
from seawall.kafka import consumer
from seawall.settings import Settings
from sinks.postgres.connecting import connect
from sinks.postgres.projects import MadeKey, create_key, create_project

READY_SECONDS = 60
CONFIG = PrepareConfig(
    masker=Masker(), minimum_severity=Severity.WARNING, lateness=600, retention=86_400 * 30, hash_key=b"k"
)


@dataclass
class Response:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Running:
    """A gateway's process and how to talk to it."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, method="POST"):
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Response(answer.status, answer.read(), {n.lower(): v for n, v in answer.headers.items()})
        except urllib.error.HTTPError as error:
            return Response(error.code, error.read(), {n.lower(): v for n, v in error.headers.items()})

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def start_gateway(settings: Settings, folder: Path, port: int | None = None, **env: str) -> Iterator[Running]:
    """Start one and wait until it is ready, unless told `ready="no"`."""
    ready = env.pop("ready", "yes") == "yes"
    port = port or free_ports()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    given = {
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka(),
        "SEAWALL_DATABASE_URL": settings.postgres(),
        "SEAWALL_ERRORS_TOPIC": settings.errors_topic,
        "SEAWALL_RELEASES_TOPIC": settings.releases_topic,
        "SEAWALL_TRAFFIC_TOPIC": settings.traffic_topic,
        "SEAWALL_CHECK_INS_TOPIC": settings.check_ins_topic,
        "SEAWALL_FEEDBACK_TOPIC": settings.feedback_topic,
        "SEAWALL_DATA": str(folder),
        "SEAWALL_GATEWAY_PORT": str(port),
        **({"SEAWALL_REDIS_URL": settings.redis()} if settings.redis_url else {}),
        **env,
    }
    log = folder / f"gateway-{port}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "seawall", "gateway"],
            env={**clean, **given},
            stdout=out,
            stderr=out,
            cwd=folder,
        )
    running = Running(process, port, log)
    try:
        if ready:
            wait_ready(running)
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                assert process.wait(30) == 0, log.read_text()
            finally:
                process.kill()
                process.wait()


def wait_ready(running: Running, status: int = 200) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if running.request("/health", method="GET").status == status:
                return
        except OSError:
            assert running.process.poll() is None, running.log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"not ready: {running.log.read_text()}")


@dataclass
class Keys:
    """Keys of one project."""

    project_id: int
    public: str
    secret: str
    page: str  # for pages of https://shop.example


def make_keys(settings: Settings, name: str = "shop") -> Keys:
    async def make() -> Keys:
        async with await connect(settings.postgres(), application_name="test") as connection:
            number = await create_project(connection, name)
            made: list[MadeKey] = [
                await create_key(connection, name, secret=False),
                await create_key(connection, name, secret=True, environment="staging"),
                await create_key(
                    connection, name, secret=False, origins=["https://shop.example", "https://*.shop.example"]
                ),
            ]
            return Keys(number, *(one.text for one in made))

    return asyncio.run(make())


def records_of(settings: Settings, seconds: float = 10.0) -> list:
    """All records in the topic, as far as it goes now."""

    async def read() -> list:
        from aiokafka import TopicPartition

        async with consumer(settings) as reader:
            parts = [TopicPartition(settings.errors_topic, number) for number in range(settings.errors_partitions)]
            reader.assign(parts)
            await reader.seek_to_beginning()
            ends = await reader.end_offsets(parts)
            found = []
            async with asyncio.timeout(seconds):
                while any([await reader.position(part) < end for part, end in ends.items()]):
                    for records in (await reader.getmany(timeout_ms=200)).values():
                        found += records
            return found

    return asyncio.run(read())


def query(settings: Settings, text: str, *arguments):
    with psycopg.connect(settings.postgres(), autocommit=True, options="-c search_path=seawall") as connection:
        return connection.execute(text, arguments).fetchall()


def prepared(record):
    """What the job makes of a record."""
    origin = SimpleNamespace(topic="errors", partition=0, offset=1)
    return prepare(record.value, dict(record.headers), origin, time.time(), CONFIG)
