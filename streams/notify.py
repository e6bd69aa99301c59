"""The notify agent: alerts become incidents and deliveries, in one transaction with the position of their topic."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection

from models.wire import Alert
from sinks.jobs import defer_only_app
from sinks.postgres.batches import BatchStore
from sinks.postgres.connecting import pipelined
from streams.app import batch_topic
from streams.catching_up import until_stored
from streams.continuity import Batch, Continuity, Verdict
from streams.fresh_topic import fingerprint_of, made_anew, read_from
from streams.job import Job
from streams.transient import BACKOFF, REFUSED, TRANSIENT, plain
from telemetry import metrics
from triage.alerting import apply_alerts
from triage.telling import Told

if TYPE_CHECKING:
    from procrastinate import App

__all__ = ["add_notify"]

log = structlog.get_logger(__name__)

AT_ONCE = 256 * 1024  # bytes of alerts in a transaction, some hundreds: it locks the incidents of all of them


def add_notify(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    notifying = _Notifying(job, store)
    app, topic = job.app, job.topics["alerts"]
    app.positions.register(topic, notifying.position)
    app.assigned_hooks.append(notifying.assigned)

    @app.agent(batch_topic(app, topic, job.config.partitions), name="notify")
    async def notify(stream: Any) -> None:
        async for batch in stream:
            app.batches.taken(*batch.tp)
            await notifying.take(batch)


class _Notifying:
    def __init__(self, job: Job, store: BatchStore) -> None:
        self._job = job
        self._store = store
        self._topic = job.topics["alerts"]
        self._continuity = Continuity()
        self._decode = msgspec.json.Decoder(list[Alert]).decode
        self._jobs: App = defer_only_app()

    async def position(self, partition: int) -> int | None:
        """Where to read on; where the database is away, Kafka's hint does, since the store skips what it has."""
        try:
            async with asyncio.timeout(10):
                position = await self._store.position(self._topic, partition)
        except Exception as exc:  # noqa: BLE001 - an assignment must not fail for it
            log.warning("No position from the store, reading from the committed offset", problem=type(exc).__name__)
            return None
        return read_from(position)

    def assigned(self, topic: str, partition: int) -> None:
        self._continuity.forget((topic, partition))

    async def take(self, batch: Batch[Any]) -> None:
        started = time.perf_counter()
        try:
            with self._job.progress.busy("notify"):
                for part in batch.parts(AT_ONCE):
                    await self._until_applied(part)
                metrics.RECORDS.labels("notify").inc(len(batch.records))
                metrics.BATCH_SECONDS.labels("notify").observe(time.perf_counter() - started)
                self._job.progress.moved("notify")
        except Exception:
            # The position did not move: the next batch is seen as a hole, and these alerts are read again.
            log.exception("Notifying failed", partition=batch.partition, first=batch.first)
            await asyncio.sleep(1)

    async def _until_applied(self, batch: Batch[Any]) -> None:
        alerts = [(record.offset, alert) for record in batch.records for alert in self._read(record)]
        attempt, apart = 0, False
        while True:
            try:
                await until_stored(self._job.pool, [alert for _, alert in alerts], time.time())
                return await self._attempt(batch, alerts, apart=apart)
            except (psycopg.Error, *TRANSIENT) as exc:
                if not apart and _is_refused(exc):
                    apart = True
                    continue
                if not isinstance(exc, TRANSIENT):
                    raise
                self._job.progress.waiting("notify", "postgres")
                log.warning("Notifying failed, trying again", attempt=attempt, problem=plain(exc))
                await asyncio.sleep(BACKOFF[min(attempt, len(BACKOFF) - 1)])
                attempt += 1

    async def _attempt(self, batch: Batch[Any], alerts: Sequence[tuple[int, Alert]], *, apart: bool) -> None:
        """Apply a batch. `apart`: one of its alerts was refused, and must not take the others with it."""
        begin, apply = (AsyncConnection.transaction, self._apply_apart) if apart else (pipelined, self._apply)
        told: list[Told] = []
        async with self._store.batch(batch.topic, batch.partition, 0, begin=begin) as held:
            position = held.position.next_offset
            if await made_anew(self._job.app.batches, batch, held.position):
                log.error(
                    "The topic was made anew; reading it from its start", topic=batch.topic, partition=batch.partition
                )
                await held.advance(0, None, None, held.position.generation + 1)
                self._job.app.batches.rewind(batch.topic, batch.partition, 0)
                return
            match self._continuity.judge(batch, position):
                case Verdict.REWIND:
                    self._job.app.batches.rewind(batch.topic, batch.partition, position)
                    return
                case Verdict.STALE:
                    metrics.STALE_BATCHES.labels(batch.topic).inc()
                    return
                case Verdict.GAP if position:
                    metrics.GAPS.labels(batch.topic).inc()
                    log.error("Alerts are gone from the topic", position=position, next=batch.first)
            fresh = [alert for offset, alert in alerts if offset >= position]
            if fresh:
                told = await apply(held.connection, fresh)
            if batch.next > position:
                await held.advance(batch.next, *fingerprint_of(batch.records[-1]), held.position.generation)
        self._continuity.done(batch)
        self._job.app.positions.advance(batch.topic, batch.partition, max(batch.next, position))
        for why, times in (held_back for one in told for held_back in one.held.items()):
            metrics.HELD_BACK.labels(why).inc(times)

    def _read(self, record: Any) -> list[Alert]:
        try:
            return self._decode(record.value or b"")  # a tombstone, which only a stranger writes, is none of ours
        except msgspec.DecodeError as exc:
            metrics.DROPPED.labels("unknown_wire").inc()
            log.error("Record between agents refused", topic=self._topic, offset=record.offset, problem=str(exc))  # noqa: TRY400 - its text says it all
            return []

    async def _apply_apart(self, connection: AsyncConnection[Any], alerts: list[Alert]) -> list[Told]:
        """Apply alerts each by itself, without those that are refused."""
        told = []
        for alert in alerts:
            try:
                async with connection.transaction():  # a savepoint
                    told += await self._apply(connection, [alert])
            except psycopg.Error as exc:
                if not _is_refused(exc):
                    raise
                metrics.DROPPED.labels("alert_refused").inc()
                log.error("An alert was refused by the database", alert=alert.id, problem=plain(exc))  # noqa: TRY400 - likewise
        return told

    async def _apply(self, connection: AsyncConnection[Any], alerts: list[Alert]) -> list[Told]:
        book = self._job.rulebook
        told = await apply_alerts(
            connection,
            alerts,
            router=book.router,
            rules=book.quiet,
            people=book.people,
            jobs=self._jobs,
            at=time.time(),
        )
        return [told]


def _is_refused(exc: BaseException) -> bool:
    """Whether it is the fault of the data."""
    return isinstance(exc, psycopg.Error) and (isinstance(exc, REFUSED) or not isinstance(exc, TRANSIENT))
