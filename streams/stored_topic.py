"""An agent whose effect is stored with its topic's position: waits for the database, buries what cannot be read."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

import structlog

from models.occurrence import Dead
from models.reasons import DeadReason
from models.wire import Source
from rules.normalizing.draft import Unreadable
from sinks.postgres.batches import BatchStore, BatchTransaction, DeadLetter
from streams.app import batch_topic
from streams.burying import bury
from streams.continuity import Batch, Continuity, Verdict
from streams.fresh_topic import fingerprint_of, made_anew, read_from
from streams.job import Job
from streams.transient import BACKOFF, REFUSED, TRANSIENT, plain
from telemetry import metrics

__all__ = ["StoredTopic"]

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
_Read = dict[int, list[Item] | Dead]
SKEW = 60.0  # seconds by which a producer's clock may be ahead


class StoredTopic(ABC, Generic[Item]):
    """One such agent: what is its own is how a record is read, and what a batch of them brings about."""

    def __init__(self, job: Job, store: BatchStore, *, name: str, topic: str) -> None:
        self.job = job
        self._store = store
        self._name = name
        self._topic = topic
        self._continuity = Continuity()

    @abstractmethod
    def read(self, value: bytes | None, headers: Mapping[str, bytes], offset: int, received_at: float) -> list[Item]:
        """What one record says; called in a thread, since masking takes its time. Raises Unreadable."""

    @abstractmethod
    async def effect(self, items: list[Item], transaction: BatchTransaction, source: Source) -> None:
        """Bring about what a batch's records say, in the transaction that moves the position."""

    def add(self) -> None:
        """Add the agent to the app."""
        app = self.job.app
        app.positions.register(self._topic, self.position)
        app.assigned_hooks.append(self.assigned)

        @app.agent(batch_topic(app, self._topic), name=self._name)
        async def agent(stream: Any) -> None:
            async for batch in stream:
                app.batches.taken(*batch.tp)
                await self.take(batch)

    async def position(self, partition: int) -> int | None:
        """Where to read on; where the database is away, Kafka's hint does, since the store skips what it has."""
        try:
            async with asyncio.timeout(10):
                return read_from(await self._store.position(self._topic, partition))
        except Exception as exc:  # noqa: BLE001 - an assignment must not fail for it
            log.warning("No position from the store, reading from the committed offset", problem=type(exc).__name__)
            return None

    def assigned(self, topic: str, partition: int) -> None:
        """The partition was assigned anew."""
        if topic == self._topic:
            self._continuity.forget((topic, partition))

    async def take(self, batch: Batch[Any]) -> None:
        """Bring about a batch's effect; waits for as long as the database is away."""
        started = time.perf_counter()
        try:
            with self.job.progress.busy(self._name):
                await self._until_stored(batch, await asyncio.to_thread(self._read_all, batch))
                metrics.RECORDS.labels(self._name).inc(len(batch.records))
                metrics.BATCH_SECONDS.labels(self._name).observe(time.perf_counter() - started)
                self.job.progress.moved(self._name)
        except Exception:
            # The position did not move: the next batch is seen as a hole, and these records are read again.
            log.exception("Storing a batch failed", topic=batch.topic, partition=batch.partition, first=batch.first)
            await asyncio.sleep(1)

    async def _until_stored(self, batch: Batch[Any], read: _Read[Item]) -> None:
        attempt = 0
        while True:
            try:
                return await self._attempt(batch, read)
            except REFUSED as exc:
                return await self._isolate(batch, read, exc)
            except TRANSIENT as exc:
                self.job.progress.waiting(self._name, "postgres")
                log.warning("Storing failed, trying again", topic=batch.topic, attempt=attempt, problem=plain(exc))
                await asyncio.sleep(BACKOFF[min(attempt, len(BACKOFF) - 1)])
                attempt += 1
            except Exception as exc:  # noqa: BLE001 - whatever it is, a record of many must not stop the partition
                return await self._isolate(batch, read, exc)

    async def _isolate(self, batch: Batch[Any], read: _Read[Item], problem: Exception) -> None:
        """Find the records whose effect cannot be brought about, and let them alone go to the dead letters."""
        if len(batch.records) > 1:
            first = batch.first
            for record in batch.records:
                alone = replace(batch, records=[record], first=first, next=record.offset + 1)
                await self._until_stored(alone, {record.offset: read[record.offset]})
                first = alone.next
            return
        record = batch.records[0]
        if isinstance(read[record.offset], Dead):
            raise problem  # it is not the record: what is left to store is our own note about it
        log.error("The effect of a record failed", topic=batch.topic, offset=record.offset, problem=plain(problem))
        detail = f"its effect failed: {type(problem).__name__}"
        dead = _dead(record, DeadReason.REFUSED, detail, record.timestamp / 1000)
        await self._until_stored(batch, {record.offset: dead})

    async def _attempt(self, batch: Batch[Any], read: _Read[Item]) -> None:
        async with self._store.batch(batch.topic, batch.partition, 0) as transaction:
            position = transaction.position
            if not await self._joins_on(batch, transaction):
                return
            source = Source(topic=batch.topic, partition=batch.partition, generation=position.generation)
            new = [one for offset, one in read.items() if offset >= position.next_offset]
            dead = [one for one in new if isinstance(one, Dead)]
            await self.effect([item for one in new if isinstance(one, list) for item in one], transaction, source)
            await self._bury(batch, dead, transaction, source)
            if batch.next > position.next_offset:
                await transaction.advance(batch.next, *fingerprint_of(batch.records[-1]), position.generation)
        self._continuity.done(batch)
        self.job.app.positions.advance(batch.topic, batch.partition, max(batch.next, position.next_offset))

    async def _joins_on(self, batch: Batch[Any], transaction: BatchTransaction) -> bool:
        """Whether the batch follows what was stored; asks for a rewind where it does not."""
        position, batches = transaction.position, self.job.app.batches
        if await made_anew(batches, batch, position):
            log.error(
                "The topic was made anew; reading it from its start", topic=batch.topic, partition=batch.partition
            )
            await transaction.advance(0, None, None, position.generation + 1)
            batches.rewind(batch.topic, batch.partition, 0)
            return False
        match self._continuity.judge(batch, position.next_offset):
            case Verdict.REWIND:
                batches.rewind(batch.topic, batch.partition, position.next_offset)
                return False
            case Verdict.STALE:
                metrics.STALE_BATCHES.labels(batch.topic).inc()
                return False
            case Verdict.GAP if position.next_offset:
                metrics.GAPS.labels(batch.topic).inc()
                log.error(
                    "Records are gone from the topic",
                    topic=batch.topic,
                    position=position.next_offset,
                    next=batch.first,
                )
        return True

    def _read_all(self, batch: Batch[Any]) -> _Read[Item]:
        """What each record says, by its offset."""
        now = time.time()
        return {record.offset: self._read(record, now) for record in batch.records}

    def _read(self, record: Any, now: float) -> list[Item] | Dead:
        received_at = min(float(record.timestamp) / 1000, now + SKEW) if record.timestamp > 0 else now
        try:
            return self.read(record.value, dict(record.headers), record.offset, received_at)
        except Unreadable as unreadable:
            reason, detail = unreadable.reason, unreadable.detail
        except Exception as exc:
            log.exception("Reading a record failed", topic=self._topic, offset=record.offset)
            reason, detail = DeadReason.REFUSED, f"reading failed: {type(exc).__name__}"
        return _dead(record, reason, detail, received_at)

    async def _bury(self, batch: Batch[Any], dead: list[Dead], transaction: BatchTransaction, source: Source) -> None:
        if not dead:
            return
        records = {record.offset: record for record in batch.records}
        placed = await bury(self.job.outbox, self.job.config.dead_topic, records, dead, source)
        await transaction.dead(
            [
                DeadLetter(dead=one, dead_partition=place.partition, dead_offset=place.offset)
                for one, place in zip(dead, placed, strict=True)
            ]
        )
        for one in dead:
            metrics.DEAD.labels(one.reason).inc()
            log.warning("Record buried", topic=batch.topic, offset=one.offset, reason=one.reason)


def _dead(record: Any, reason: DeadReason, detail: str, received_at: float) -> Dead:
    size = len(record.value or b"")
    return Dead(offset=record.offset, reason=reason, detail=detail, size=size, received_at=received_at)
