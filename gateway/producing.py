"""A producer for one topic, made anew whenever it fails, that finds out which records the brokers refuse for good."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    UnknownError,
    UnsupportedForMessageFormatError,
)

__all__ = ["ACK_SECONDS", "BATCH_BYTES", "Producing", "Written"]

BATCH_BYTES = 1024 * 1024
LEAST_BATCH = 16 * 1024  # bytes
ACK_SECONDS = 5.0  # for the brokers to have a batch
START_SECONDS = 5.0
STOP_SECONDS = 2.0
TRIES = 3  # of a record alone, until an error that may pass is taken for a refusal
AGAIN_SECONDS = 0.25  # between these
REMEMBERED_SECONDS = 60.0  # how large a record was that the topic did not take: somebody may change that
# What will be refused however often it is sent. aiokafka knows no INVALID_RECORD and calls it unknown.
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_FOR_GOOD = (
    *_TOO_LARGE, InvalidTimestampError, PolicyViolationError, UnsupportedForMessageFormatError, UnknownError,
)  # fmt: skip

_log = structlog.get_logger(__name__)


class Written(NamedTuple):
    """A record as it is written. `other`: what its topic is of, where that is not the topic of errors."""

    value: bytes
    key: bytes | None
    headers: list[tuple[str, bytes]]
    other: str = ""

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self.value) + 200


class Producing:
    """An idempotent producer.

    Args:
        topic: where to.
        kafka: aiokafka's arguments for a client.
        max_request: bytes of the largest record.
    """

    def __init__(self, topic: str, kafka: dict[str, Any], max_request: int) -> None:
        self._topic = topic
        self._settings = {
            **kafka,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": 0,
            "max_batch_size": BATCH_BYTES,
            "max_request_size": max_request,
            "request_timeout_ms": int(ACK_SECONDS * 1000),
        }
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._turn = 0
        self._refused_size, self._refused_until = 0, 0.0
        self.batch_bytes = BATCH_BYTES  # that the topic takes at once, as far as we know
        self.away = True  # until it is connected

    async def deliver(self, records: Sequence[Written]) -> list[Written]:
        """Write them; returns those that are refused for good, each of them also alone.

        Raises KafkaError, OSError, TimeoutError: some of them may be written all the same. To be given up then.
        """
        if not records or (len(records) == 1 and self._is_known_to_be_refused(records[0])):
            return list(records)
        try:
            await self._write(records)
        except _FOR_GOOD as error:
            await self.give_up()
            if len(records) == 1:
                return await self._refused(records, error)
        else:
            return []
        middle = len(records) // 2
        refused = [*await self.deliver(records[:middle]), *await self.deliver(records[middle:])]
        if not refused:  # it was not the records: the topic takes no batch of that size
            self.batch_bytes = max(LEAST_BATCH, min(self.batch_bytes, sum(one.size for one in records)) // 2)
        return refused

    def _is_known_to_be_refused(self, record: Written) -> bool:
        """Whether the topic did not take a record as large, a moment ago: each refusal costs a connection."""
        known = asyncio.get_running_loop().time() < self._refused_until
        return known and record.size >= self._refused_size

    async def _refused(self, records: Sequence[Written], error: KafkaError) -> list[Written]:
        if isinstance(error, UnknownError):
            return await self._again(records)
        if isinstance(error, _TOO_LARGE):
            self._refused_size = records[0].size
            self._refused_until = asyncio.get_running_loop().time() + REMEMBERED_SECONDS
        return list(records)

    async def _again(self, records: Sequence[Written]) -> list[Written]:
        """Write a record that was refused by an error that may pass."""
        for _ in range(TRIES):
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                await self._write(records)
            except _FOR_GOOD:
                await self.give_up()
            else:
                return []
        return list(records)

    async def _write(self, records: Sequence[Written]) -> None:
        async with asyncio.timeout(START_SECONDS + ACK_SECONDS):
            producer = await self.connected()
            partitions = sorted(await producer.partitions_for(self._topic))
            if not partitions:
                raise KafkaError("the topic has no partitions")
            futures = []
            batch, size = producer.create_batch(), 0
            for record in records:
                if size and (size + record.size > self.batch_bytes or not self._append(batch, record)):
                    futures.append(await producer.send_batch(batch, self._topic, partition=self._next(partitions)))
                    batch, size = producer.create_batch(), 0
                if not size and not self._append(batch, record):
                    raise KafkaError("the record fits into no batch")
                size += record.size
            futures.append(await producer.send_batch(batch, self._topic, partition=self._next(partitions)))
            await asyncio.gather(*futures)

    @staticmethod
    def _append(batch: Any, record: Written) -> bool:
        added = batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
        return added is not None

    def _next(self, partitions: Sequence[int]) -> int:
        self._turn += 1
        return partitions[self._turn % len(partitions)]

    async def connected(self) -> AIOKafkaProducer:
        """The producer, connected. Raises KafkaError, OSError, TimeoutError."""
        if self._producer is not None:
            return self._producer
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(**self._settings)
                try:
                    async with asyncio.timeout(START_SECONDS):
                        await producer.start()
                except BaseException:
                    with suppress(Exception):
                        await producer.stop()
                    raise
                self._producer = producer
                if self.away:
                    self.away = False
                    _log.info("kafka_connected")
            return self._producer

    async def lost(self, error: Exception) -> None:
        """Note that Kafka is away, and let go of the producer."""
        if not self.away:
            self.away = True
            _log.warning("kafka_away", error=type(error).__name__)
        await self.give_up()

    async def give_up(self) -> None:
        """Let go of the producer: after a failed batch its sequence has a hole, and brokers refuse all it sends."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                async with asyncio.timeout(STOP_SECONDS):
                    await producer.stop()
