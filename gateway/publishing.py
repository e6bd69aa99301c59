"""Records to Kafka: those of many requests share a batch, and each is waited for until all replicas have it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError

from gateway.producing import ACK_SECONDS, Producing, Written

__all__ = ["KafkaAwayError", "Publisher", "Written"]

LANES = 2  # batches on their way at a time: with more, each carries less
LINGER_SECONDS = 0.005  # for others to come along: a batch costs the same whatever is in it
EXPIRE_SECONDS = 0.25
DELIVER_SECONDS = 60.0  # for a batch, also where it takes many tries to find out which records are refused


class KafkaAwayError(Exception):
    """The brokers did not take the records in time; some of them may have been taken all the same."""


class _Waiting(NamedTuple):
    records: Sequence[Written]
    size: int
    done: "asyncio.Future[list[Written]]"
    until: float  # by the loop's clock


class Publisher:
    """Writes to one topic.

    Args:
        topic: where to.
        kafka: aiokafka's arguments for a client.
        max_request: bytes of the largest record.
    """

    def __init__(self, topic: str, kafka: dict[str, Any], max_request: int) -> None:
        self._producing = Producing(topic, kafka, max_request)
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._lanes: list[asyncio.Task[None]] = []
        self._on_their_way: list[_Waiting] = []

    @property
    def away(self) -> bool:
        """Whether Kafka is away, as far as we know."""
        return self._producing.away

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
        await self._producing.give_up()

    async def publish(self, records: Sequence[Written], patience: float = ACK_SECONDS) -> list[Written]:
        """Write them and wait until the brokers have them; returns those that the brokers refuse for good.

        Args:
            records: any number of them.
            patience: seconds to wait, within EXPIRE_SECONDS.

        Raises:
            KafkaAwayError: they have not after that time.
        """
        if not records:
            return []
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[Written]] = loop.create_future()
        self._waiting.append(_Waiting(records, sum(record.size for record in records), done, loop.time() + patience))
        self._wake.set()
        return await done

    async def probe(self) -> bool:
        """Whether Kafka is there: tries to connect where we are not."""
        try:
            await self._producing.connected()
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
        refused: set[int] = set()
        try:
            async with asyncio.timeout(DELIVER_SECONDS):
                found = await self._producing.deliver([record for one in taken for record in one.records])
            refused = {id(record) for record in found}
        except Exception as error:  # noqa: BLE001 -- whatever it was: this lane has to go on, or everybody waits for ever
            await self._producing.lost(error)
            problem = KafkaAwayError()
        except asyncio.CancelledError:
            problem = KafkaAwayError()
            raise
        finally:
            for one in taken:
                if one.done.done():  # whoever waited has gone
                    continue
                if problem is None:
                    one.done.set_result([record for record in one.records if id(record) in refused] if refused else [])
                else:
                    one.done.set_exception(problem)

    def _take(self) -> list[_Waiting]:
        """Some of those that wait, as many as go into a batch; who has given up meanwhile is left out."""
        taken: list[_Waiting] = []
        size = 0
        while self._waiting and (not taken or size + self._waiting[0].size <= self._producing.batch_bytes):
            one = self._waiting.popleft()
            if not one.done.done():
                taken.append(one)
                size += one.size
        return taken


def _fail(one: _Waiting) -> None:
    if not one.done.done():
        one.done.set_exception(KafkaAwayError())
