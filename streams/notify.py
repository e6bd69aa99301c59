"""The notify agent: alerts become incidents and deliveries, in one transaction with the position of their topic."""

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection

from models.wire import Alert
from rules.incidents import IncidentState, IncidentStatus, Transition, transition
from rules.routing import facts_of, route
from sinks.jobs import defer_delivery, defer_only_app
from sinks.postgres.batches import BatchStore
from sinks.postgres.incidents import (
    IncidentRow,
    LogEntry,
    add_delivery,
    live_incident,
    told_channels,
    write_transition,
)
from streams.app import batch_topic
from streams.continuity import Batch, Continuity, Verdict
from streams.fresh_topic import fingerprint_of
from streams.job import Job
from streams.transient import BACKOFF, TRANSIENT, plain
from telemetry import metrics

if TYPE_CHECKING:
    from procrastinate import App

__all__ = ["add_notify"]

log = structlog.get_logger(__name__)


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
        return position.next_offset if position else 0

    def assigned(self, topic: str, partition: int) -> None:
        self._continuity.forget((topic, partition))

    async def take(self, batch: Batch[Any]) -> None:
        attempt = 0
        started = time.perf_counter()
        while True:
            try:
                await self._attempt(batch)
                break
            except TRANSIENT as exc:
                self._job.progress.waiting("notify", "postgres")
                log.warning("Notifying failed, trying again", attempt=attempt, problem=plain(exc))
                await asyncio.sleep(BACKOFF[min(attempt, len(BACKOFF) - 1)])
                attempt += 1
            except Exception:
                # The position did not move: the next batch is seen as a hole, and these alerts are read again.
                log.exception("Notifying failed", partition=batch.partition, first=batch.first)
                await asyncio.sleep(1)
                return
        metrics.RECORDS.labels("notify").inc(len(batch.records))
        metrics.BATCH_SECONDS.labels("notify").observe(time.perf_counter() - started)
        self._job.progress.moved("notify")

    async def _attempt(self, batch: Batch[Any]) -> None:
        async with self._store.batch(batch.topic, batch.partition, 0) as held:
            position = held.position.next_offset
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
            for record in batch.records:
                if record.offset >= position:
                    await self._apply_record(held.connection, record)
            if batch.next > position:
                await held.advance(batch.next, *fingerprint_of(batch.records[-1]), held.position.generation)
        self._continuity.done(batch)
        self._job.app.positions.advance(batch.topic, batch.partition, max(batch.next, position))

    async def _apply_record(self, connection: AsyncConnection[Any], record: Any) -> None:
        try:
            alerts = self._decode(record.value)
        except msgspec.DecodeError as exc:
            metrics.DROPPED.labels("unknown_wire").inc()
            log.error("Record between agents refused", topic=self._topic, offset=record.offset, problem=str(exc))  # noqa: TRY400 - its text says it all
            return
        for alert in alerts:
            try:
                async with connection.transaction():  # a savepoint: one that is refused must not hold up the others
                    await self._apply(connection, alert)
            except TRANSIENT:
                raise
            except psycopg.Error as exc:
                metrics.DROPPED.labels("alert_refused").inc()
                log.error("An alert was refused by the database", alert=alert.id, problem=plain(exc))  # noqa: TRY400 - likewise

    async def _apply(self, connection: AsyncConnection[Any], alert: Alert) -> None:
        row = await live_incident(connection, alert.key)
        step = transition(_state(row), alert)
        if step is None:
            return
        if not await write_transition(connection, _incident(row, step, alert), _entry(step, alert)):
            return
        for channel in await self._channels(connection, step, alert):
            delivery = await add_delivery(connection, step.id, str(step.incident_id), channel)
            if delivery is not None:
                await defer_delivery(
                    self._jobs,
                    connection,
                    delivery_id=delivery,
                    transition_id=step.id,
                    incident_id=str(step.incident_id),
                    channel=channel,
                )

    async def _channels(self, connection: AsyncConnection[Any], step: Transition, alert: Alert) -> list[str]:
        """Whoever was told of an incident is told how it goes on; what opens or gets worse goes by the routes too."""
        told = await told_channels(connection, str(step.incident_id))
        routed = route(facts_of(alert), self._job.rulebook.current) if step.kind in ("open", "escalate") else []
        return list(dict.fromkeys([*told, *routed]))


def _state(row: IncidentRow | None) -> IncidentState | None:
    if row is None:
        return None
    return IncidentState(id=UUID(row.id), status=cast("IncidentStatus", row.status), severity=row.severity)


def _incident(row: IncidentRow | None, step: Transition, alert: Alert) -> IncidentRow:
    """The incident's row after the step."""
    at = datetime.fromtimestamp(alert.at, UTC)
    of_group = alert.key.startswith("group:")
    return IncidentRow(
        id=str(step.incident_id),
        alert_key=alert.key,
        status=step.status,
        severity=step.severity,
        title=alert.group.title if of_group else _threshold_title(alert),
        culprit=alert.group.culprit if of_group else None,
        service=alert.group.service if of_group else alert.by.get("service", alert.group.service),
        environment=alert.group.environment,
        group_id=alert.group.group_id if of_group else None,
        rule=alert.rule,
        reasons=alert.reasons,
        activity=msgspec.to_builtins(alert.activity),
        opened_at=row.opened_at if row else at,
        acknowledged_at=row.acknowledged_at if row else None,
        resolved_at=at if step.status == "resolved" else None,
        updated_at=at,
    )


def _threshold_title(alert: Alert) -> str:
    by = ", ".join(f"{field} {value}" for field, value in alert.by.items() if value)
    return f"{alert.rule} ({by})" if by else str(alert.rule)


def _entry(step: Transition, alert: Alert) -> LogEntry:
    return LogEntry(
        transition_id=step.id,
        kind=step.kind,
        at=datetime.fromtimestamp(alert.at, UTC),
        severity=step.severity,
        reasons=alert.reasons,
        activity=msgspec.to_builtins(alert.activity),
        event_id=str(UUID(alert.event_id)) if alert.event_id else None,
        trace_id=alert.trace_id,
    )
