"""What became of this run's errors, as PostgreSQL and Kafka tell it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from seawall.kafka import consumer
from sinks.postgres.connecting import connect

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer
    from psycopg import AsyncConnection

    from seawall.settings import Settings

__all__ = ["Numbers", "TopGroup", "Watch", "watching"]


@dataclass(frozen=True, slots=True)
class TopGroup:
    """A group on the screen."""

    occurrences: int
    severity: str
    service: str
    title: str


@dataclass(slots=True)
class Numbers:
    """A look at one moment. Services are this run's."""

    counted: dict[str, int] = field(default_factory=dict)  # occurrences by service, as the groups count them
    dropped: dict[str, int] = field(default_factory=dict)  # passed over on purpose, by service
    groups: int = 0
    top: list[TopGroup] = field(default_factory=list)
    alerts: dict[str, int] = field(default_factory=dict)  # transitions of incidents, by kind
    incidents: dict[str, int] = field(default_factory=dict)  # by status
    deliveries: dict[str, int] = field(default_factory=dict)  # by status
    lag: int = 0
    read: int = 0  # records of the errors topic, all runs

    @property
    def stored(self) -> int:
        """Occurrences of all services."""
        return sum(self.counted.values())

    @property
    def unfinished(self) -> int:
        """Deliveries that are still to be made."""
        return self.deliveries.get("pending", 0) + self.deliveries.get("sending", 0)


@asynccontextmanager
async def watching(settings: "Settings", services: Sequence[str]) -> AsyncIterator["Watch"]:
    """Look at what happens to these services."""
    async with consumer(settings) as client:
        watch = Watch(settings, client, list(services))
        try:
            yield watch
        finally:
            await watch.forget()


class Watch:
    """Looks, whenever it is told to. Servers may be killed meanwhile: it connects again."""

    def __init__(self, settings: "Settings", client: "AIOKafkaConsumer", services: list[str]) -> None:
        self.services = services
        self._settings = settings
        self._connection: AsyncConnection[Any] | None = None
        self._client = client
        self._topic = settings.errors_topic

    async def glance(self) -> Numbers | None:
        """Read everything; None where a server is away."""
        try:
            return await self.look()
        except (psycopg.Error, KafkaError, TimeoutError, OSError):
            await self.forget()
            return None

    async def look(self) -> Numbers:
        """Read everything. Raises psycopg.Error, KafkaError or TimeoutError where a server is away."""
        numbers = Numbers(
            counted=dict(await self.rows(_COUNTED, self.services)),
            dropped=dict(await self.rows(_DROPPED, self.services)),
            top=[TopGroup(*row) for row in await self.rows(_TOP, self.services)],
            alerts=dict(await self.rows(_ALERTS, self.services)),
            incidents=dict(await self.rows(_INCIDENTS, self.services)),
            deliveries=dict(await self.rows(_DELIVERIES, self.services)),
        )
        ((numbers.groups,),) = await self.rows(_GROUPS, self.services)
        positions = dict(await self.rows(_POSITIONS, self._topic))
        numbers.read = sum(positions.values())
        ends = await self._ends()
        numbers.lag = sum(max(0, end - positions.get(partition, 0)) for partition, end in ends.items())
        return numbers

    async def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """The rows of any query."""
        if self._connection is None:
            self._connection = await connect(self._settings.postgres(), application_name="seawall demo")
        return await (await self._connection.execute(query, arguments)).fetchall()

    async def forget(self) -> None:
        """Close the connection, which may be broken."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None

    async def _ends(self) -> dict[int, int]:
        parts = self._client.partitions_for_topic(self._topic)
        if parts is None:
            await self._client.topics()
            parts = self._client.partitions_for_topic(self._topic) or set()
        async with asyncio.timeout(10):
            ends = await self._client.end_offsets([TopicPartition(self._topic, part) for part in parts])
        return {tp.partition: end for tp, end in ends.items()}


_COUNTED = "SELECT service, sum(occurrences)::bigint FROM groups WHERE service = ANY (%s) GROUP BY 1"
_DROPPED = "SELECT service, sum(records)::bigint FROM drop_stats WHERE service = ANY (%s) GROUP BY 1"
_GROUPS = "SELECT count(*) FROM groups WHERE service = ANY (%s)"
_TOP = """
    SELECT occurrences, severity::text, service, title FROM groups WHERE service = ANY (%s)
    ORDER BY occurrences DESC, title LIMIT 8"""
_ALERTS = """
    SELECT kind, count(*) FROM incident_log JOIN incidents ON id = incident_id
    WHERE service = ANY (%s) GROUP BY 1 ORDER BY 1"""
_INCIDENTS = "SELECT status::text, count(*) FROM incidents WHERE service = ANY (%s) GROUP BY 1"
_DELIVERIES = """
    SELECT d.status::text, count(*) FROM deliveries d JOIN incidents i ON i.id = incident_id
    WHERE service = ANY (%s) GROUP BY 1"""
_POSITIONS = "SELECT partition, next_offset FROM source_offsets WHERE topic = %s"
