"""What agents send to each other: small records, many to a Kafka message, acknowledged before we go on."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from streams.topics import TICK_KEY, partition_of

__all__ = ["Outbox"]

ITEMS_A_MESSAGE = 200  # keeps a message well below the broker's limit of 1 MB
MAX_REQUEST_BYTES = 16 * 1024 * 1024  # a dead letter may be as large as a record of the errors topic

Item = TypeVar("Item")


class Outbox:
    """An idempotent producer with acks from all replicas."""

    def __init__(self, bootstrap_servers: Sequence[str], kafka: dict[str, Any], partitions: int) -> None:
        self._partitions = partitions
        self._encode = msgspec.json.Encoder().encode
        self._settings = {"bootstrap_servers": list(bootstrap_servers), **kafka}
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Connect. Raises aiokafka's KafkaConnectionError where no broker answers."""
        producer = AIOKafkaProducer(
            **self._settings,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_request_size=MAX_REQUEST_BYTES,
            request_timeout_ms=30_000,
        )
        await producer.start()
        self._producer = producer

    async def close(self) -> None:
        """Send what is waiting, and disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def send_items(self, topic: str, items: Iterable[Item], key: Callable[[Item], str]) -> None:
        """Send records to the partitions of their keys, and wait until the brokers have them."""
        by_partition: dict[int, list[Item]] = {}
        for item in items:
            by_partition.setdefault(partition_of(key(item), self._partitions), []).append(item)
        await self._acknowledged(
            [
                await self._send(topic, partition, None, self._encode(some[start : start + ITEMS_A_MESSAGE]))
                for partition, some in by_partition.items()
                for start in range(0, len(some), ITEMS_A_MESSAGE)
            ]
        )

    async def send_tick(self, topic: str, partition: int, tick: Any) -> None:
        """Tell a partition the time. Not awaited: the next one is soon."""
        await self._send(topic, partition, TICK_KEY, self._encode(tick))

    async def send_raw(
        self, topic: str, records: Iterable[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]]
    ) -> list[RecordMetadata]:
        """Send (key, value, headers) as they are, and wait; returns where each one lies."""
        return await self._acknowledged(
            [await self._send(topic, None, key, value, headers) for key, value, headers in records]
        )

    async def _send(
        self,
        topic: str,
        partition: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> "asyncio.Future[RecordMetadata]":
        assert self._producer is not None, "open() comes first"
        return await self._producer.send(topic, value, key, partition=partition, headers=headers)  # type: ignore[no-any-return]

    @staticmethod
    async def _acknowledged(sent: "list[asyncio.Future[RecordMetadata]]") -> list[RecordMetadata]:
        return list(await asyncio.gather(*sent)) if sent else []
