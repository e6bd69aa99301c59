"""The job as operators run it: workers and a notifier as processes, on topics and a database of the test's own."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata
from psycopg import sql

from seawall.desk.server import Desk
from seawall.settings import Settings
from seawall.topics import ensure_topics
from sinks.postgres.connecting import connect
from tests.chaos.checking import ends
from tests.chaos.fleet import Fleet

PATIENCE = 100.0  # seconds that a loaded machine may take for what usually takes one
MAX_RECORD = 12 * 1024 * 1024
DESK = "desk.jsonl"  # in the job's folder: everything that the desk received

RULES = """
version: 1
alerts:
  - {name: new-error, on: new}
thresholds:
  - {name: critical-burst, match: {severity: critical}, count: 5, window: 1m, group_by: service}
routes:
  - {match: {severity: critical}, to: "pagerduty:default", continue: true}
default_route: "slack:#alerts"
"""


def event(service: str, number: int = 0, **fields: Any) -> bytes:
    """An error in our own JSON; those of one service with the same `error_type` are one group."""
    body = {"service": service, "error_type": "TestError", "message": f"order {number} failed", **fields}
    return orjson.dumps({name: value for name, value in body.items() if value is not None})


async def until(holds: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Ask again and again until the answer is true; returns it. Raises AssertionError with the last answer."""
    answer: Any = None
    try:
        async with asyncio.timeout(patience):
            while True:
                answer = holds()
                if isinstance(answer, Awaitable):
                    answer = await answer
                if answer:
                    return answer
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not within {patience:.0f} s; the last answer was {answer!r}") from None


@contextmanager
def copied_database(admin_url: str, template_url: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to; gone afterwards."""
    name, template = f"test_{secrets.token_hex(6)}", urlsplit(template_url).path.lstrip("/")
    url = urlunsplit(urlsplit(template_url)._replace(path=f"/{name}"))
    copy_database(admin_url, template, name)
    try:
        yield url
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def copy_database(admin_url: str, source: str, name: str) -> None:
    """`CREATE DATABASE … TEMPLATE`, with the same owner."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        row = admin.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = %s", [source]).fetchone()
        assert row is not None
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(source), sql.SQL(row[0])
            )
        )


@dataclass
class RunningJob:
    """A job with topics of its own. Start `worker-1`, `notifier-1` … by its fleet."""

    settings: Settings
    desk: Desk
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rules = self.folder / "rules.yaml"
        self.rules.write_text(RULES)
        ours = {
            "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": self.settings.kafka(),
            "SEAWALL_DATABASE_URL": self.settings.postgres(),
            "SEAWALL_REDIS_URL": self.settings.redis(),
            "SEAWALL_ERRORS_TOPIC": self.settings.errors_topic,
            "SEAWALL_DEAD_TOPIC": self.settings.dead_topic,
            "SEAWALL_RELEASES_TOPIC": self.settings.releases_topic,
            "SEAWALL_TRAFFIC_TOPIC": self.settings.traffic_topic,
            "SEAWALL_CHECK_INS_TOPIC": self.settings.check_ins_topic,
            "SEAWALL_FEEDBACK_TOPIC": self.settings.feedback_topic,
            "SEAWALL_TOPIC_PREFIX": self.settings.topic_prefix,
            "SEAWALL_CONSUMER_GROUP": self.settings.consumer_group,
            "SEAWALL_ERRORS_PARTITIONS": str(self.settings.errors_partitions),
            "SEAWALL_PARTITIONS": str(self.settings.partitions),
            "SEAWALL_DESK_URL": self.desk.url,
            "SEAWALL_RULES": str(self.rules),
            "SEAWALL_DATA": str(self.folder),
            "SEAWALL_LOG_FORMAT": "json",
        }
        self.environment = {**ours, **self.environment}
        self.fleet = Fleet(self.environment, self.folder)

    @property
    def topic(self) -> str:
        return self.settings.errors_topic

    async def send(
        self, *values: bytes, partition: int | None = None, headers: Sequence[tuple[str, bytes]] = ()
    ) -> list[RecordMetadata]:
        """Write records to the errors topic; returns where they lie."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka(), acks="all", max_request_size=MAX_RECORD, request_timeout_ms=60_000
        )
        await producer.start()
        try:
            sent = [await producer.send(self.topic, v, partition=partition, headers=headers) for v in values]
            return list(await asyncio.gather(*sent))
        finally:
            await producer.stop()

    async def send_nothing(self, partition: int) -> None:
        """Write a record without key and value, as other clients can and aiokafka's `send` refuses to."""
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka())
        await producer.start()
        try:
            batch = producer.create_batch()
            batch.append(key=None, value=None, timestamp=None)
            await (await producer.send_batch(batch, self.topic, partition=partition))
        finally:
            await producer.stop()

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """What the database says."""
        async with await connect(self.settings.postgres(), application_name="test") as connection:
            return await (await connection.execute(query, arguments or None)).fetchall()

    async def execute(self, statement: str) -> None:
        """Change something in the database."""
        async with await connect(self.settings.postgres(), application_name="test") as connection:
            await connection.execute(statement)

    async def value(self, query: str, *arguments: Any) -> Any:
        """One value that the database says."""
        return (await self.rows(query, *arguments))[0][0]

    async def stored(self, service: str) -> int:
        """Occurrences of a service."""
        return int(await self.value("SELECT coalesce(sum(occurrences), 0) FROM groups WHERE service = %s", service))

    async def until_stored(self, service: str, count: int) -> None:
        """Wait for a service to have so many occurrences, and not one more."""

        async def enough() -> bool:
            stored = await self.stored(service)
            assert stored <= count, f"{stored} stored of {count}"
            return stored == count

        await until(enough)

    async def until_read(self) -> None:
        """Wait until every record of the errors topic is accounted for by the stored positions."""

        async def at_the_end() -> bool:
            wanted = {part: end for part, end in (await ends(self.settings.kafka(), self.topic)).items() if end}
            rows = await self.rows("SELECT partition, next_offset FROM source_offsets WHERE topic = %s", self.topic)
            return dict(rows) == wanted

        await until(at_the_end)

    def logged(self, text: str, name: str = "worker-1") -> list[dict[str, Any]]:
        """The log lines of a process that hold a text."""
        log = self.folder / f"{name}.log"
        lines = log.read_bytes().splitlines() if log.exists() else []
        return [orjson.loads(line) for line in lines if text.encode() in line and line.startswith(b"{")]

    async def command(self, *arguments: str) -> Any:
        """Run `seawall …` and return what it prints as JSON, or as text where it is none."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "seawall", *arguments,
            env={**os.environ, **self.environment}, cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return orjson.loads(out) if "--json" in arguments else out.decode()


@asynccontextmanager
async def running_job(
    kafka: str, database_url: str, redis_url: str, folder: Path, *start: str, **options: Any
) -> AsyncIterator[RunningJob]:
    """Topics, a desk, and the processes named in `start`; all stopped afterwards.

    Args:
        kafka: a broker.
        database_url: of a migrated database that nobody else uses.
        redis_url: of Redis or Valkey.
        folder: for logs and rules.
        start: such as `worker-1`.
        options: further settings.
    """
    prefix = f"t{secrets.token_hex(5)}."
    settings = Settings(
        kafka_bootstrap_servers=kafka,
        database_url=database_url,
        redis_url=redis_url,
        topic_prefix=prefix,
        errors_topic=f"{prefix}errors",
        dead_topic=f"{prefix}errors.dead",
        releases_topic=f"{prefix}releases",
        traffic_topic=f"{prefix}traffic",
        check_ins_topic=f"{prefix}check-ins",
        feedback_topic=f"{prefix}feedback",
        consumer_group=f"{prefix}group",
        data=folder,
        **{"errors_partitions": 2, "partitions": 2, **options},
    )
    await ensure_topics(settings)
    extra = {f"SEAWALL_{name.upper()}": str(value) for name, value in options.items()}
    async with Desk(state=folder / DESK) as desk:
        job = RunningJob(settings, desk, folder, extra)
        try:
            for name in start:
                job.fleet.start(name)
            yield job
        except BaseException:
            for log in folder.glob("*.log"):
                print(f"--- the end of {log.name}", *log.read_text().splitlines()[-40:], sep="\n")
            raise
        finally:
            await asyncio.to_thread(job.fleet.stop)
