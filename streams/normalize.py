"""The normalize agent: records of any format in, occurrences in the store, summaries to the keyed agents.

Preparing (CPU) and storing (waiting) overlap: while a partition's last batch is being stored, the next one is prepared.
A fetch of compressed records may hold a million events: it is prepared and stored in parts, so that memory is bounded.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog

from rules.preparing import Begun, LookedUp
from sinks.postgres.batches import BatchStore
from streams.app import batch_topic
from streams.compiling import Compiling
from streams.continuity import Batch
from streams.flood import Flood
from streams.fresh_topic import read_from
from streams.job import Job
from streams.lanes import Lanes
from streams.preparing import FEW, MANY, Preparing
from streams.source_maps import SourceMaps
from streams.storing import Prepared, Storing
from telemetry import metrics

__all__ = ["add_normalize"]

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.1  # seconds between two looks at what is held back
HOLD_EVERY = 10.0  # seconds between two words about a partition that stands still


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
        self._compiling = Compiling(job)
        self._maps = SourceMaps(job.pool)
        self._preparing = Preparing(self._look_up, lambda: MANY if job.users.asked else FEW)
        self._releasing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()  # of preparing: what is prepared later comes later into its lane

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
            self._preparing.joining.forget(topic, partition)

    async def take(self, batch: Batch[Any]) -> None:
        """Prepare a batch, in parts where it is large, each for the lane of its partition."""
        async with self._turn:
            async for prepared in self._preparing.parts(batch, self._compiling.config(self._job.lookups.data)):
                await self._lanes.put(prepared)

        if self._preparing.joining.holding and (self._releasing is None or self._releasing.done()):
            self._releasing = asyncio.create_task(self._release())

    async def _release(self) -> None:
        """Let go of what was held back for long enough, until nothing is held back."""
        while self._preparing.joining.holding:
            await asyncio.sleep(LOOK_EVERY)
            try:
                async with self._turn:
                    async for prepared in self._preparing.overdue(self._compiling.config(self._job.lookups.data)):
                        await self._lanes.put(prepared)
            except Exception:  # the next look may do better, and the position did not move
                log.exception("What was held back could not be prepared")

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

    async def _look_up(self, begun: Sequence[Begun]) -> LookedUp:
        maps = await self._maps.wanted(one.draft for one in begun)
        users = await self._job.users.wanted(one.hints.user_id for one in begun)
        return LookedUp(maps=maps, users=users)
