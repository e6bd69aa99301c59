"""What agents send to each other: small records, many to a Kafka message, acknowledged before we go on."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from streams.topics import TICK_KEY, partition_of

__all__ = ["Outbox"]

ITEMS_A_MESSAGE = 200  # keeps most messages well below the broker's limit of 1 MB
MESSAGE_BYTES = 900_000
MAX_REQUEST_BYTES = 16 * 1024 * 1024  # a dead letter may be as large as a record of the errors topic

REQUEST_TIMEOUT_MS = 8_000  # below the time for which the database lets a transaction idle
GIVE_UP_WITHIN = 2.0  # seconds

Item = TypeVar("Item")


class Outbox:
    """An idempotent producer with acks from all replicas."""

    def __init__(self, bootstrap_servers: Sequence[str], kafka: dict[str, Any], partitions: int) -> None:
        self._partitions = partitions
        self._encode = msgspec.json.Encoder().encode
        self._settings = {"bootstrap_servers": list(bootstrap_servers), **kafka}
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Connect. Raises aiokafka's KafkaConnectionError where no broker answers."""
        producer = AIOKafkaProducer(
            **self._settings,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_request_size=MAX_REQUEST_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def close(self) -> None:
        """Send what is waiting, and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def send_items(self, topic: str, items: Iterable[Item], key: Callable[[Item], str]) -> None:
        """Send records to the partitions of their keys, and wait until the brokers have them."""
        by_partition: dict[int, list[Item]] = {}
        for item in items:
            by_partition.setdefault(partition_of(key(item), self._partitions), []).append(item)
        await self._acknowledged(
            [
                await self._send(topic, partition, None, value)
                for partition, some in by_partition.items()
                for start in range(0, len(some), ITEMS_A_MESSAGE)
                for value in self._encoded(some[start : start + ITEMS_A_MESSAGE])
            ]
        )

    def _encoded(self, some: list[Item]) -> Iterator[bytes]:
        """The items as one message; as several where they are large, such as those that hold many users."""
        value = self._encode(some)
        if len(value) <= MESSAGE_BYTES or len(some) == 1:
            yield value
            return
        middle = len(some) // 2
        yield from self._encoded(some[:middle])
        yield from self._encoded(some[middle:])

    async def send_tick(self, partitions: Iterable[tuple[str, int]], tick: Any) -> None:
        """Tell some partitions the time."""
        value = self._encode(tick)
        await self._acknowledged([await self._send(*place, TICK_KEY, value) for place in partitions])

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
        async with self._opening:
            if self._producer is None:
                await self.open()
        assert self._producer is not None  # opened above
        return await self._producer.send(topic, value, key, partition=partition, headers=headers)  # type: ignore[no-any-return]

    async def _acknowledged(self, sent: "list[asyncio.Future[RecordMetadata]]") -> list[RecordMetadata]:
        try:
            return list(await asyncio.gather(*sent)) if sent else []
        except KafkaError:
            # After a refused batch, such as one that is too large, the sequence has a hole, and the broker refuses all
            # that this producer sends from then on. What a new one sends again is harmless: receivers know which
            # offsets they have counted.
            await self._give_up()
            raise

    async def _give_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                async with asyncio.timeout(GIVE_UP_WITHIN):
                    await producer.stop()
