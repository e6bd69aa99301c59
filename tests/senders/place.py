"""Where senders send to: a gateway and a worker as they run, on servers that are there."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from seawall.embedded.ports import free_ports
from seawall.settings import Settings
from seawall.topics import ensure_topics
from sinks.postgres.connecting import connect
from sinks.postgres.projects import MadeKey, create_key, create_project
from tests.gateway.gateway_support import Running, query, start_gateway

ARRIVE_SECONDS = 60.0
ALL_ORIGINS = ("*",)


@dataclass
class Place:
    """A context manager; `stop_gateway` and `start_gateway` take the gateway away and bring it back."""

    settings: Settings
    folder: Path
    port: int = field(default_factory=free_ports)
    _open: ExitStack = field(default_factory=ExitStack)
    _gateway: ExitStack = field(default_factory=ExitStack)
    _running: Running | None = None

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        asyncio.run(ensure_topics(self.settings))
        self._open.enter_context(worker(self.settings, self.folder))
        self.start_gateway()
        return self

    def __exit__(self, *_: object) -> None:
        self._gateway.close()
        self._open.close()

    def start_gateway(self) -> None:
        """Start it, where it was before, and wait until it is ready."""
        self._running = self._gateway.enter_context(start_gateway(self.settings, self.folder, self.port))

    def kill_gateway(self) -> None:
        """As a crash does."""
        assert self._running is not None
        self._running.kill()
        self._gateway.close()

    def make_key(self, name: str, per_minute: int | None = None, *, origin: bool = False) -> MadeKey:
        """A project of its own with a public key."""

        async def make() -> MadeKey:
            async with await connect(self.settings.postgres(), application_name="test") as connection:
                project = f"{name}-{secrets.token_hex(3)}"
                await create_project(connection, project)
                origins = ALL_ORIGINS if origin else ()
                return await create_key(connection, project, secret=False, per_minute=per_minute, origins=origins)

        return asyncio.run(make())

    def events(self, mark: str) -> list[dict[str, Any]]:
        """The stored events that have a mark in them, the first one first."""
        rows = query(self.settings, _EVENTS, f"%{mark}%")
        return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]

    def await_events(self, mark: str, count: int, seconds: float = ARRIVE_SECONDS) -> list[dict[str, Any]]:
        """Wait until there are so many; those that there are then."""
        deadline = time.monotonic() + seconds
        while len(found := self.events(mark)) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        return found


@contextmanager
def worker(settings: Settings, folder: Path):
    """`seawall worker`, until the block ends."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    given = {
        f"SEAWALL_{name.upper()}": str(getattr(settings, name))
        for name in ("topic_prefix", "errors_topic", "dead_topic", "releases_topic", "traffic_topic", "consumer_group")
    }
    given |= {
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka(),
        "SEAWALL_DATABASE_URL": settings.postgres(),
        "SEAWALL_DATA": str(folder / "worker"),
        "SEAWALL_INSTANCE": "1",
    }
    (folder / "worker").mkdir(exist_ok=True)
    with (folder / "worker.log").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "seawall", "worker"],
            env={**clean, **given},
            stdout=out,
            stderr=out,
            cwd=folder,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def settings_for(kafka: str, database_url: str, redis_url: str | None) -> Settings:
    """Settings for topics of their own on these servers."""
    prefix = f"t{os.urandom(5).hex()}."
    return Settings(
        _env_file=None,
        kafka_bootstrap_servers=kafka,
        database_url=database_url,
        redis_url=redis_url,
        topic_prefix=prefix,
        errors_topic=f"{prefix}errors",
        dead_topic=f"{prefix}errors.dead",
        releases_topic=f"{prefix}releases",
        traffic_topic=f"{prefix}traffic",
        consumer_group=f"{prefix}group",
    )


_COLUMNS = (
    "event_id", "service", "type", "message", "release", "environment", "user_id", "trace_id", "severity", "payload",
)  # fmt: skip
_EVENTS = f"""
    SELECT {", ".join(_COLUMNS)} FROM occurrences WHERE payload::text LIKE %s ORDER BY received_at, "offset", ordinal"""
