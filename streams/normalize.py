"""The normalize agent: records of any format in, occurrences in the store, summaries to the keyed agents.

Preparing (CPU) and storing (waiting) overlap: while a partition's last batch is being stored, the next one is prepared.
A fetch of compressed records may hold a million events: it is prepared and stored in parts, so that memory is bounded.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import structlog

from models.event import Origin
from models.occurrence import Dead, Occurrence
from models.reasons import DeadReason
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare
from sinks.postgres.batches import BatchStore
from streams.app import batch_topic
from streams.continuity import Batch
from streams.flood import Flood
from streams.fresh_topic import read_from
from streams.job import Job
from streams.lanes import MAX_BYTES, MAX_ITEMS, Lanes
from streams.storing import Item, Prepared, Storing
from telemetry import metrics

__all__ = ["add_normalize"]

log = structlog.get_logger(__name__)

TURN = 0.002  # seconds of preparing before other agents get a turn: each hop to a message takes several turns
LOG_APPEND_TIME = 1  # the broker stamped the record, not its producer
HOLD_EVERY = 10.0  # seconds between two words about a partition that stands still
SKEW = 60.0  # seconds by which a producer's clock may be ahead


def add_normalize(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    normalizing = _Normalizing(job, store)
    app, topic = job.app, job.config.errors_topic
    app.positions.register(topic, normalizing.position)
    app.assigned_hooks.append(normalizing.assigned)

    @app.agent(batch_topic(app, topic), name="normalize")
    async def normalize(stream: Any) -> None:
        async for batch in stream:
            app.batches.taken(*batch.tp)
            await normalizing.take(batch)


class _Normalizing:
    def __init__(self, job: Job, store: BatchStore) -> None:
        self._job = job
        self._store = store
        self._storing = Storing(job, store)
        self._lanes = Lanes(self._store_one)
        self._flood = Flood(job.config.dead_run_limit)
        self._config: PrepareConfig | None = None

    async def position(self, partition: int) -> int | None:
        """Where to read on. Where the database is away, Kafka's hint does: the store skips what it has."""
        try:
            async with asyncio.timeout(10):
                return read_from(await self._store.position(self._job.config.errors_topic, partition))
        except Exception as exc:  # noqa: BLE001 - an assignment must not fail for it
            log.warning("No position from the store, reading from the committed offset", problem=type(exc).__name__)
            return None

    def assigned(self, topic: str, partition: int) -> None:
        if topic == self._job.config.errors_topic:
            self._storing.assigned(topic, partition)
            self._flood.forget(partition)

    async def take(self, batch: Batch[Any]) -> None:
        """Prepare a batch, in parts where it is large, each for the lane of its partition."""
        async for prepared in self._prepare(batch):
            await self._lanes.put(prepared)

    async def _store_one(self, prepared: Prepared) -> None:
        if self._flood.rises(prepared.batch.partition, prepared.items):
            await self._hold(prepared.batch)
            return
        started = time.perf_counter()
        try:
            with self._job.progress.busy("normalize"):
                if await self._storing.store(prepared):
                    self._stored(prepared.batch, time.perf_counter() - started)
        except Exception:
            # The position did not move: the next batch is seen as a hole, and these records are read again.
            log.exception("Storing a batch failed", partition=prepared.batch.partition, first=prepared.batch.first)
            await asyncio.sleep(1)

    async def _hold(self, batch: Batch[Any]) -> None:
        """Leave the partition alone, and say so, until a person has looked: for as long as it is ours."""
        while self._job.app.batches.epoch(batch.topic, batch.partition) == batch.epoch:
            self._job.progress.waiting("normalize", "unreadable records")
            log.error(
                "Too many unreadable records in a row: the partition stands still until the worker is restarted",
                topic=batch.topic,
                partition=batch.partition,
                limit=self._job.config.dead_run_limit,
                remedy="stop what writes them, or raise SEAWALL_DEAD_RUN_LIMIT",
            )
            await asyncio.sleep(HOLD_EVERY)

    def _stored(self, batch: Batch[Any], seconds: float) -> None:
        self._job.read_to[batch.partition] = batch.records[-1].timestamp / 1000
        metrics.RECORDS.labels("normalize").inc(len(batch.records))
        metrics.BATCH_SECONDS.labels("normalize").observe(seconds)
        self._job.progress.moved("normalize")

    async def _prepare(self, batch: Batch[Any]) -> AsyncIterator[Prepared]:
        config = self._prepare_config()
        records: list[Any] = []
        items: list[Item] = []
        size, now, turn = 0, time.time(), time.perf_counter()
        for record in batch.records:
            made = list(_prepare_one(batch, record, config, now))
            records.append(record)
            items.extend(made)
            size += sum(len(item.payload) for item in made if isinstance(item, Occurrence))
            if time.perf_counter() - turn > TURN:
                await asyncio.sleep(0)
                turn = time.perf_counter()
            if len(items) >= MAX_ITEMS or size >= MAX_BYTES:
                yield Prepared(_part(batch, records), items, size)
                records, items, size = [], [], 0
        if records:
            yield Prepared(_part(batch, records), items, size)

    def _prepare_config(self) -> PrepareConfig:
        if self._config is None:
            config = self._job.config
            self._config = PrepareConfig(
                masker=Masker(),
                minimum_severity=config.minimum_severity,
                lateness=config.lateness,
                retention=config.retention_days * 86_400.0,
                hash_key=self._job.hash_key,
            )
        return self._config


def _part(batch: Batch[Any], records: list[Any]) -> Batch[Any]:
    return replace(batch, records=records, first=records[0].offset, next=records[-1].offset + 1)


def _prepare_one(batch: Batch[Any], record: Any, config: PrepareConfig, now: float) -> Iterator[Item]:
    received_at = _received_at(record, now, config.retention)
    origin = Origin.model_construct(topic=batch.topic, partition=batch.partition, offset=record.offset)
    try:
        yield from prepare(record.value, dict(record.headers), origin, received_at, config)
    except Exception as exc:
        # A fault of ours must not stop the partition: the record waits among the dead letters for the fix.
        log.exception("Preparing a record failed", offset=record.offset, partition=batch.partition)
        yield Dead(
            offset=record.offset,
            reason=DeadReason.REFUSED,
            detail=f"preparing failed: {type(exc).__name__}",
            size=len(record.value or b""),
            received_at=received_at,
        )


def _received_at(record: Any, now: float, retention: float) -> float:
    """The broker's time where it stamps records; a producer's stamp only where it is believable."""
    stamped = float(record.timestamp) / 1000
    if record.timestamp_type == LOG_APPEND_TIME or now - retention < stamped <= now + SKEW:
        return stamped
    return now
