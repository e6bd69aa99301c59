"""One batch's effect: dead letters, the store's transaction, summaries for the keyed agents, the position.

The order is what makes it exact: dead letters and summaries are acknowledged by the broker before the transaction
commits, and the position moves in that transaction. A crash anywhere replays; the store skips what lies below the
position, and keyed agents skip source offsets that they have counted.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from aiokafka.errors import KafkaError

from models.occurrence import Dead, Dropped, Occurrence
from models.reasons import DeadReason
from models.wire import Source
from rules.combining import combine, combine_rates
from rules.rating import alert_key
from sinks.postgres.batches import BatchStore, BatchTransaction, DayGoneError, DeadLetter
from streams.burying import bury
from streams.continuity import Batch, Continuity, Verdict
from streams.doubts import Doubts
from streams.fresh_topic import fingerprint_of, made_anew, read_from
from streams.job import Job
from streams.noticing import Noticing
from streams.transient import BACKOFF, REFUSED, TRANSIENT, plain
from telemetry import metrics

__all__ = ["AT_ONCE", "Prepared", "Storing"]

AT_ONCE = 4  # transactions under way; each may need a second connection for its claims

log = structlog.get_logger(__name__)

Item = Occurrence | Dropped | Dead


@dataclass(slots=True, frozen=True)
class Prepared:
    """A batch and what its records turned out to be, in offset order."""

    batch: Batch[Any]
    items: list[Item]
    size: int = 0  # bytes of their payloads


@dataclass(slots=True, frozen=True)
class _Span:
    """A part of a batch that is stored by itself: all of it, unless something in it is refused."""

    batch: Batch[Any]
    records: list[Any]
    items: list[Item]
    refused: list[Occurrence] = field(default_factory=list)  # that the items bury

    @property
    def next(self) -> int:
        return int(self.records[-1].offset) + 1

    def halves(self) -> "tuple[_Span, _Span]":
        middle = len(self.records) // 2
        border = self.records[middle].offset
        return (
            _Span(self.batch, self.records[:middle], [item for item in self.items if item.offset < border]),
            _Span(self.batch, self.records[middle:], [item for item in self.items if item.offset >= border]),
        )


class Storing:
    """Stores the batches of the errors topic, partition by partition in order."""

    def __init__(self, job: Job, store: BatchStore) -> None:
        self._job = job
        self._store = store
        self._continuity = Continuity()
        self._noticing = Noticing(job)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waits = 0
        self._doubts = Doubts(lambda: job.app.batches.refusals + self._waits)

    def assigned(self, topic: str, partition: int) -> None:
        """The partition was assigned anew."""
        self._continuity.forget((topic, partition))
        self._doubts.assigned((topic, partition), self._job.app.batches.epoch(topic, partition))

    async def store(self, prepared: Prepared) -> bool:
        """Bring about a batch's effect; waits for as long as the database is away. False: the batch was left alone."""
        batch = prepared.batch
        return await self._store_span(_Span(batch, batch.records, prepared.items))

    async def _store_span(self, span: _Span) -> bool:
        attempt = 0
        while True:
            try:
                return await self._attempt(span)
            except DayGoneError:
                continue
            except REFUSED as exc:
                return await self._isolate(span, exc)
            except TRANSIENT as exc:
                self._job.progress.waiting("normalize", "kafka" if isinstance(exc, KafkaError) else "postgres")
                log.warning("Storing failed, trying again", attempt=attempt, problem=plain(exc))
                self._store.doubt()
                self._noticing.doubt()
                await asyncio.sleep(BACKOFF[min(attempt, len(BACKOFF) - 1)])
                attempt += 1
                self._waits += 1  # what was fetched before may be from a topic that is gone by now
            except psycopg.Error as exc:
                return await self._isolate(span, exc)

    async def _isolate(self, span: _Span, exc: psycopg.Error) -> bool:
        """Find the record that the database refuses, and let it alone go to the dead letters."""
        if len(span.records) > 1:
            first, second = span.halves()
            return await self._store_span(first) and await self._store_span(second)
        record = span.records[0]
        log.error("Record refused by the database", offset=record.offset, problem=plain(exc))
        if all(isinstance(item, Dead) for item in span.items):
            raise exc  # it is not the record: what is left to store is our own note about it
        dead = Dead(
            offset=record.offset,
            reason=DeadReason.REFUSED,
            detail=type(exc).__name__,
            size=len(record.value or b""),
            received_at=record.timestamp / 1000,
        )
        refused = [item for item in span.items if isinstance(item, Occurrence)]
        return await self._store_span(_Span(span.batch, span.records, [dead], refused))

    async def _attempt(self, span: _Span) -> bool:
        batch = span.batch
        async with self._slots, self._store.batch(batch.topic, batch.partition, 0) as transaction:
            position = transaction.position
            if not await self._joins_on(span, transaction):
                return False
            if span.next > position.next_offset:
                await self._effect(span, transaction)
        self._continuity.done(batch)
        self._job.app.positions.advance(batch.topic, batch.partition, max(span.next, position.next_offset))
        return True

    async def _joins_on(self, span: _Span, transaction: BatchTransaction) -> bool:
        """Whether this span follows what was stored; asks for a rewind where it does not."""
        batch, position = span.batch, transaction.position
        if await made_anew(self._job.app.batches, batch, position):
            log.error(
                "The topic was made anew; reading it from its start", topic=batch.topic, partition=batch.partition
            )
            await transaction.advance(0, None, None, position.generation + 1)
            self._rewind(batch, 0)
            return False
        if not self._taken(batch, self._doubts.judge(batch, position), read_from(position)):
            return False
        if span.records[0].offset <= position.next_offset:
            return True
        match self._continuity.judge(batch, position.next_offset):
            case Verdict.REWIND | Verdict.STALE as verdict:
                return self._taken(batch, verdict, position.next_offset)
            case Verdict.GAP if position.last_timestamp is not None:
                metrics.GAPS.labels(batch.topic).inc()
                log.error(
                    "Records are gone from the topic",
                    topic=batch.topic,
                    partition=batch.partition,
                    position=position.next_offset,
                    next=batch.first,
                )
        return True

    def _taken(self, batch: Batch[Any], verdict: Verdict, position: int) -> bool:
        if verdict is Verdict.REWIND:
            self._rewind(batch, position)
        elif verdict is Verdict.STALE:
            metrics.STALE_BATCHES.labels(batch.topic).inc()
        return verdict is Verdict.TAKE

    def _rewind(self, batch: Batch[Any], offset: int) -> None:
        self._job.app.batches.rewind(batch.topic, batch.partition, offset)

    async def _effect(self, span: _Span, transaction: BatchTransaction) -> None:
        position = transaction.position
        items = [item for item in span.items if item.offset >= position.next_offset]
        source = Source(topic=span.batch.topic, partition=span.batch.partition, generation=position.generation)
        occurrences = [item for item in items if isinstance(item, Occurrence)]
        dropped = [item for item in items if isinstance(item, Dropped)]
        stored = await transaction.store(occurrences, dropped)
        await transaction.release(span.refused)
        await self._bury(span, [item for item in items if isinstance(item, Dead)], transaction, source)
        topics, outbox = self._job.topics, self._job.outbox
        noticed = await self._noticing.notice(stored, transaction.connection)
        await outbox.send_items(
            topics["groups"],
            combine(stored.kept, stored.groups, source, noticed, self._job.rulebook.impact),
            lambda record: record.group.group_id,
        )
        await outbox.send_items(
            topics["rates"],
            combine_rates(stored.kept, self._job.rulebook.thresholds, source),
            lambda record: alert_key(record.rule, record.by),
        )
        await transaction.advance(span.next, *fingerprint_of(span.records[-1]), position.generation)
        _count(len(stored.kept), stored.duplicates, dropped)

    async def _bury(self, span: _Span, dead: list[Dead], transaction: BatchTransaction, source: Source) -> None:
        if not dead:
            return
        records = {record.offset: record for record in span.records}
        placed = await bury(self._job.outbox, self._job.config.dead_topic, records, dead, source)
        await transaction.dead(
            [
                DeadLetter(dead=one, dead_partition=place.partition, dead_offset=place.offset)
                for one, place in zip(dead, placed, strict=True)
            ]
        )
        for one in dead:
            metrics.DEAD.labels(one.reason).inc()


def _count(kept: int, duplicates: int, dropped: list[Dropped]) -> None:
    metrics.OCCURRENCES.inc(kept)
    if duplicates:
        metrics.DROPPED.labels("duplicate").inc(duplicates)
    for one in dropped:
        metrics.DROPPED.labels(one.reason).inc()
