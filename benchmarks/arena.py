"""The servers that everything is measured on, and a fresh database, topics and consumer group for each run."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.cpu import tree_seconds
from seawall.embedded.stack import EmbeddedStack
from seawall.settings import Settings
from seawall.topics import ensure_topics
from sinks.postgres.migrating import migrate

__all__ = ["PARTITIONS", "Arena", "Run", "open_arena"]

PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run's surroundings."""

    settings: Settings
    env: dict[str, str]  # for our own commands
    database_url: str

    @property
    def topic(self) -> str:
        """The errors topic."""
        return self.settings.errors_topic


class Arena:
    """The embedded servers, while they run."""

    def __init__(self, stack: EmbeddedStack, folder: Path) -> None:
        self._stack = stack
        self.folder = folder
        ends = stack.endpoints()
        self.kafka, self.redis = ends["KAFKA_BOOTSTRAP_SERVERS"], ends["REDIS_URL"]
        self._database_url = ends["DATABASE_URL"]
        self._databases: list[str] = []

    def new_run(self, topic: str, **more: str) -> Run:
        """A run that reads `topic` from its start, into an empty database.

        Args:
            topic: the errors topic; made where it is missing.
            more: further settings, by their names without the prefix.
        """
        name = f"bench_{secrets.token_hex(4)}"
        database_url = self._new_database(name)
        values = {
            "data": str(self.folder / name),
            "kafka_bootstrap_servers": self.kafka,
            "database_url": database_url,
            "redis_url": self.redis,
            "errors_topic": topic,
            "dead_topic": f"{name}.dead",
            "releases_topic": f"{name}.releases",
            "traffic_topic": f"{name}.traffic",
            "check_ins_topic": f"{name}.check-ins",
            "feedback_topic": f"{name}.feedback",
            "topic_prefix": f"{name}.",
            "consumer_group": name,
            "log_format": "text",
            "log_level": "warning",
            "rules": str(Path(__file__).resolve().parent.parent / "rules.yaml"),
            **more,
        }
        settings = Settings(_env_file=None, **values)  # type: ignore[arg-type]
        asyncio.run(ensure_topics(settings))
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SEAWALL_")}
        return Run(settings, kept | {f"SEAWALL_{key.upper()}": value for key, value in values.items()}, database_url)

    def server_seconds(self) -> dict[str, float]:
        """CPU seconds that each server has used."""
        return {name: tree_seconds(pid) for name, pid in self._stack.servers().items() if pid}

    def port(self, name: str) -> int:
        """A free port, the same for the same name."""
        return self._stack.ports.take(name)

    def drop_databases(self) -> None:
        """Give the disk back; called between runs."""
        with psycopg.connect(self._stack.postgres.superuser_url, autocommit=True) as admin:
            for name in self._databases:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._databases.clear()

    def _new_database(self, name: str) -> str:
        parts = urlsplit(self._database_url)
        with psycopg.connect(self._stack.postgres.superuser_url, autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(parts.username or "seawall")
                )
            )
        self._databases.append(name)
        url = urlunsplit(parts._replace(path=f"/{name}"))
        migrate(url)
        return url


@contextmanager
def open_arena() -> Iterator[Arena]:
    """Start the servers in a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-bench-"))
    folder.chmod(0o711)  # PostgreSQL's user must pass through
    try:
        with EmbeddedStack(folder / "data") as stack:
            yield Arena(stack, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
