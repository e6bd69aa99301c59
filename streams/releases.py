"""The releases agent: what is made known on the topic of releases goes to the store, with the topic's position."""

import asyncio
import time
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from models.occurrence import Dead
from models.reasons import DeadReason
from models.release import Release
from models.wire import Source
from rules.masking import Masker
from rules.normalizing.draft import Unreadable
from rules.releases import parse_releases
from sinks.postgres.batches import BatchStore, BatchTransaction, DeadLetter, Position
from sinks.postgres.releases import store_releases
from streams.app import batch_topic
from streams.burying import bury
from streams.continuity import Batch, Continuity, Verdict
from streams.fresh_topic import fingerprint_of, made_anew, read_from
from streams.job import Job
from streams.transient import BACKOFF, REFUSED, TRANSIENT, plain
from telemetry import metrics

__all__ = ["add_releases"]

log = structlog.get_logger(__name__)

SKEW = 60.0  # seconds by which a producer's clock may be ahead


def add_releases(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    agent = _Releases(job, store)
    app, topic = job.app, job.config.releases_topic
    app.positions.register(topic, agent.position)
    app.assigned_hooks.append(agent.assigned)

    @app.agent(batch_topic(app, topic), name="releases")
    async def releases(stream: Any) -> None:
        async for batch in stream:
            app.batches.taken(*batch.tp)
            await agent.take(batch)


class _Releases:
    def __init__(self, job: Job, store: BatchStore) -> None:
        self._job = job
        self._store = store
        self._topic = job.config.releases_topic
        self._continuity = Continuity()
        self._masker: tuple[Any, Masker] | None = None  # with the rules that it is of

    async def position(self, partition: int) -> int | None:
        """Where to read on; where the database is away, Kafka's hint does, since the store skips what it has."""
        try:
            async with asyncio.timeout(10):
                return read_from(await self._store.position(self._topic, partition))
        except Exception as exc:  # noqa: BLE001 - an assignment must not fail for it
            log.warning("No position from the store, reading from the committed offset", problem=type(exc).__name__)
            return None

    def assigned(self, topic: str, partition: int) -> None:
        self._continuity.forget((topic, partition))

    async def take(self, batch: Batch[Any]) -> None:
        """Store a batch; waits for as long as the database is away."""
        started = time.perf_counter()
        try:
            with self._job.progress.busy("releases"):
                read = await asyncio.to_thread(self._read_all, batch)
                await self._until_stored(batch, read)
                metrics.RECORDS.labels("releases").inc(len(batch.records))
                metrics.BATCH_SECONDS.labels("releases").observe(time.perf_counter() - started)
                self._job.progress.moved("releases")
        except Exception:
            # The position did not move: the next batch is seen as a hole, and these records are read again.
            log.exception("Storing releases failed", partition=batch.partition, first=batch.first)
            await asyncio.sleep(1)

    async def _until_stored(self, batch: Batch[Any], read: dict[int, list[Release] | Dead]) -> None:
        attempt = 0
        while True:
            try:
                return await self._attempt(batch, read)
            except TRANSIENT as exc:
                self._job.progress.waiting("releases", "postgres")
                log.warning("Storing releases failed, trying again", attempt=attempt, problem=plain(exc))
                await asyncio.sleep(BACKOFF[min(attempt, len(BACKOFF) - 1)])
                attempt += 1

    async def _attempt(self, batch: Batch[Any], read: dict[int, list[Release] | Dead]) -> None:
        async with self._store.batch(batch.topic, batch.partition, 0) as transaction:
            position = transaction.position
            if not await self._joins_on(batch, transaction):
                return
            new = {offset: one for offset, one in read.items() if offset >= position.next_offset}
            dead = [one for one in new.values() if isinstance(one, Dead)]
            for offset, one in new.items():
                if isinstance(one, list) and (refused := await _store(transaction.connection, offset, one)):
                    dead.append(refused)
            await self._bury(batch, dead, transaction)
            if batch.next > position.next_offset:
                await transaction.advance(batch.next, *fingerprint_of(batch.records[-1]), position.generation)
        self._continuity.done(batch)
        self._job.app.positions.advance(batch.topic, batch.partition, max(batch.next, position.next_offset))

    async def _joins_on(self, batch: Batch[Any], transaction: BatchTransaction) -> bool:
        """Whether the batch follows what was stored; asks for a rewind where it does not."""
        position: Position = transaction.position
        batches = self._job.app.batches
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
                log.error("Releases are gone from the topic", position=position.next_offset, next=batch.first)
        return True

    def _read_all(self, batch: Batch[Any]) -> dict[int, list[Release] | Dead]:
        """What each record says, by its offset. Masking takes time: to be called in a thread."""
        masker, now = self._mask(), time.time()
        return {record.offset: _read(record, now, masker) for record in batch.records}

    def _mask(self) -> Masker:
        rules = self._job.rulebook.current.masking
        if self._masker is None or self._masker[0] is not rules:
            self._masker = rules, Masker(rules, self._job.hash_key)
        return self._masker[1]

    async def _bury(self, batch: Batch[Any], dead: list[Dead], transaction: BatchTransaction) -> None:
        if not dead:
            return
        source = Source(topic=batch.topic, partition=batch.partition, generation=transaction.position.generation)
        records = {record.offset: record for record in batch.records}
        placed = await bury(self._job.outbox, self._job.config.dead_topic, records, dead, source)
        await transaction.dead(
            [
                DeadLetter(dead=one, dead_partition=place.partition, dead_offset=place.offset)
                for one, place in zip(dead, placed, strict=True)
            ]
        )
        for one in dead:
            metrics.DEAD.labels(one.reason).inc()
            log.warning("Record of the topic of releases buried", offset=one.offset, reason=one.reason)


def _read(record: Any, now: float, masker: Masker) -> list[Release] | Dead:
    received_at = min(float(record.timestamp) / 1000, now + SKEW) if record.timestamp > 0 else now
    try:
        return parse_releases(record.value, received_at, masker.mask_text)
    except Unreadable as unreadable:
        reason, detail = unreadable.reason, unreadable.detail
    except Exception as exc:
        log.exception("Reading a release failed", offset=record.offset)
        reason, detail = DeadReason.REFUSED, f"reading failed: {type(exc).__name__}"
    size = len(record.value or b"")
    return Dead(offset=record.offset, reason=reason, detail=detail, size=size, received_at=received_at)


async def _store(connection: AsyncConnection[Any], offset: int, releases: list[Release]) -> Dead | None:
    """Store what one record says; what the database refuses is a dead letter."""
    try:
        async with connection.transaction():  # a savepoint
            await store_releases(connection, releases)
    except psycopg.Error as exc:
        if isinstance(exc, TRANSIENT) and not isinstance(exc, REFUSED):
            raise
        log.error("Release refused by the database", offset=offset, problem=plain(exc))  # noqa: TRY400 - its text says it all
        at = releases[0].at
        return Dead(offset=offset, reason=DeadReason.REFUSED, detail=type(exc).__name__, size=0, received_at=at)
    return None
