"""Records to Kafka: those of many requests share a batch, and each is waited for until all replicas have it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

__all__ = ["KafkaAwayError", "Publisher", "Written"]

BATCH_BYTES = 1024 * 1024
LANES = 2  # batches on their way at a time: with more, each carries less
LINGER_SECONDS = 0.01  # for others to come along: a batch costs the same whatever is in it
EXPIRE_SECONDS = 0.25
ACK_SECONDS = 5.0  # for the brokers to have a batch
START_SECONDS = 5.0
STOP_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class KafkaAwayError(Exception):
    """The brokers did not take the records in time; some of them may have been taken all the same."""


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


class _Waiting(NamedTuple):
    records: Sequence[Written]
    size: int
    done: "asyncio.Future[None]"
    until: float  # by the loop's clock


class Publisher:
    """An idempotent producer for one topic.

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
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._lanes: list[asyncio.Task[None]] = []
        self._turn = 0
        self._on_their_way: list[_Waiting] = []
        self.away = True  # until it is connected

    async def open(self) -> None:
        """Begin to work; connects by itself, as soon as there is something to write or `probe` is called."""
        self._lanes = [asyncio.create_task(self._lane()) for _ in range(LANES)]
        self._lanes.append(asyncio.create_task(self._expire()))

    async def close(self) -> None:
        """Write what is waiting, and disconnect."""
        deadline = asyncio.get_running_loop().time() + ACK_SECONDS
        while self._waiting and not self.away and asyncio.get_running_loop().time() < deadline:
            await asyncio.wait([one.done for one in self._waiting], timeout=ACK_SECONDS)
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        await self._give_up()

    async def publish(self, records: Sequence[Written], patience: float = ACK_SECONDS) -> None:
        """Write them and wait until the brokers have them.

        Args:
            records: any number of them.
            patience: seconds to wait, within EXPIRE_SECONDS.

        Raises:
            KafkaAwayError: they have not after that time.
        """
        if not records:
            return
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append(_Waiting(records, sum(record.size for record in records), done, loop.time() + patience))
        self._wake.set()
        await done

    async def probe(self) -> bool:
        """Whether Kafka is there: tries to connect where we are not."""
        try:
            await self._connected()
        except (KafkaError, OSError, TimeoutError):
            return False
        return True

    async def _expire(self) -> None:
        """End the waiting of those whose patience is over: one timer for all costs less than one each."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(EXPIRE_SECONDS)
            now = loop.time()
            for one in (*self._waiting, *self._on_their_way):
                if one.until < now:
                    _fail(one)
            while self._waiting and self._waiting[0].done.done():
                self._waiting.popleft()

    async def _lane(self) -> None:
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                await asyncio.sleep(LINGER_SECONDS)
            if not (taken := self._take()):
                continue
            self._on_their_way += taken
            try:
                await self._carry(taken)
            finally:
                mine = {id(one) for one in taken}
                self._on_their_way = [one for one in self._on_their_way if id(one) not in mine]

    async def _carry(self, taken: Sequence[_Waiting]) -> None:
        problem: Exception | None = None
        try:
            await self._write([record for one in taken for record in one.records])
        except Exception as error:  # noqa: BLE001 -- whatever it was: this lane has to go on, or everybody waits for ever
            await self._lost(error)
            problem = KafkaAwayError()
        except asyncio.CancelledError:
            problem = KafkaAwayError()
            raise
        finally:
            for one in taken:
                if one.done.done():  # whoever waited has gone
                    continue
                if problem is None:
                    one.done.set_result(None)
                else:
                    one.done.set_exception(problem)

    def _take(self) -> list[_Waiting]:
        """Some of those that wait, as many as go into a batch; who has given up meanwhile is left out."""
        taken: list[_Waiting] = []
        size = 0
        while self._waiting and (not taken or size + self._waiting[0].size <= BATCH_BYTES):
            one = self._waiting.popleft()
            if not one.done.done():
                taken.append(one)
                size += one.size
        return taken

    async def _write(self, records: Sequence[Written]) -> None:
        async with asyncio.timeout(START_SECONDS + ACK_SECONDS):
            producer = await self._connected()
            partitions = sorted(await producer.partitions_for(self._topic))
            if not partitions:
                raise KafkaError("the topic has no partitions")
            futures = []
            batch = producer.create_batch()
            for record in records:
                if not self._append(batch, record):
                    futures.append(await producer.send_batch(batch, self._topic, partition=self._next(partitions)))
                    batch = producer.create_batch()
                    if not self._append(batch, record):
                        raise KafkaError("the record fits into no batch")
            futures.append(await producer.send_batch(batch, self._topic, partition=self._next(partitions)))
            await asyncio.gather(*futures)

    @staticmethod
    def _append(batch: Any, record: Written) -> bool:
        added = batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
        return added is not None

    def _next(self, partitions: Sequence[int]) -> int:
        self._turn += 1
        return partitions[self._turn % len(partitions)]

    async def _connected(self) -> AIOKafkaProducer:
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

    async def _lost(self, error: Exception) -> None:
        if not self.away:
            self.away = True
            _log.warning("kafka_away", error=type(error).__name__)
        await self._give_up()

    async def _give_up(self) -> None:
        """Let go of the producer: after a failed batch its sequence has a hole, and brokers refuse all it sends."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                async with asyncio.timeout(STOP_SECONDS):
                    await producer.stop()


def _fail(one: _Waiting) -> None:
    if not one.done.done():
        one.done.set_exception(KafkaAwayError())
