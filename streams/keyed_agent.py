"""The shell of every keyed agent: take a batch, fold its items into states, send what they decided, move on."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from models.wire import Tick
from streams.app import batch_topic
from streams.continuity import Batch, Continuity, Verdict
from streams.fresh_topic import ends_before
from streams.job import Job
from streams.keyed import KeyedStates, Lease, State
from streams.topics import TICK_KEY
from telemetry import metrics

__all__ = ["KeyedStage", "run_keyed"]

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
Decision = TypeVar("Decision")
YIELD_EVERY = 100  # items folded before other agents get a turn
RETRY_AFTER = 1.0  # seconds; the broker did not take what was decided


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedStage(Generic[Item, Decision]):
    """What makes one keyed agent: pure functions and names."""

    name: str
    topic: str
    table: str
    item_type: type[Item]
    key: Callable[[Item], str]
    observe: Callable[[State | None, Item], tuple[State | None, list[Decision]]]
    pass_time: Callable[[State, float], tuple[State | None, list[Decision]]]
    due: Callable[[State], float]
    out_topic: str
    out_key: Callable[[Decision], str]


def run_keyed(job: Job, stage: KeyedStage[Item, Decision]) -> KeyedStates:
    """Add a keyed agent to the app."""
    app, config = job.app, job.config
    table = app.Table(stage.table, default=None, partitions=config.partitions, key_type=bytes, value_type=bytes)
    states = KeyedStates(table, stage.table, config.partitions, stage.due, lambda: app.consumer_generation_id)
    runner = _Runner(job, stage, states)
    app.positions.register(stage.topic, states.stored_position)
    app.assigned_hooks.append(runner.assigned)
    app.revoked_hooks.append(runner.revoked)

    @app.agent(batch_topic(app, stage.topic, config.partitions), name=stage.name)
    async def keyed(stream: Any) -> None:
        async for batch in stream:
            app.batches.taken(*batch.tp)
            await runner.take(batch)

    return states


class _Runner(Generic[Item, Decision]):
    def __init__(self, job: Job, stage: KeyedStage[Item, Decision], states: KeyedStates) -> None:
        self._job = job
        self._stage = stage
        self._states = states
        self._continuity = Continuity()
        self._decode = msgspec.json.Decoder(list[stage.item_type]).decode  # type: ignore[name-defined]
        self._decode_tick = msgspec.json.Decoder(Tick).decode

    def assigned(self, topic: str, partition: int) -> None:
        if topic == self._stage.topic:
            self._states.assigned(partition)
            self._continuity.forget((topic, partition))

    def revoked(self, topic: str, partition: int) -> None:
        if topic == self._stage.topic:
            self._states.revoked(partition)

    async def take(self, batch: Batch[Any]) -> None:
        lease = self._states.lease(batch.partition)
        if lease is None:
            metrics.STALE_BATCHES.labels(batch.topic).inc()
            return
        if await self._made_anew(batch, lease):
            return
        match self._continuity.judge(batch, lease.position):
            case Verdict.REWIND:
                self._job.app.batches.rewind(batch.topic, batch.partition, lease.position)
                return
            case Verdict.STALE:
                metrics.STALE_BATCHES.labels(batch.topic).inc()
                return
            case Verdict.GAP if lease.position:
                metrics.GAPS.labels(batch.topic).inc()
                log.warning(
                    "Records are gone from the topic", topic=batch.topic, position=lease.position, next=batch.first
                )
        with self._job.progress.busy(self._stage.name), metrics.BATCH_SECONDS.labels(self._stage.name).time():
            await self._process(batch, lease)
            self._continuity.done(batch)
            self._job.progress.moved(self._stage.name)

    async def _made_anew(self, batch: Batch[Any], lease: Lease) -> bool:
        try:
            fresh = await ends_before(self._job.app.batches, batch, lease.position)
        except Exception as exc:  # noqa: BLE001 - nothing may leave an agent; the next batch asks again
            log.warning("The end of a partition is not known", topic=batch.topic, problem=repr(exc))
            return False
        if fresh and self._states.holds(lease):
            log.error(
                "The topic was made anew; reading it from its start", topic=batch.topic, partition=batch.partition
            )
            lease.position = 0
            self._job.app.batches.rewind(batch.topic, batch.partition, 0)
        return fresh

    async def _process(self, batch: Batch[Any], lease: Lease) -> None:
        folded = 0
        decisions: list[Decision] = []
        for record in batch.records:
            if record.offset < lease.position:
                continue
            for decided in self._fold(lease, record):
                decisions.extend(decided)
                folded += 1
                if not folded % YIELD_EVERY:
                    await asyncio.sleep(0)
        metrics.RECORDS.labels(self._stage.name).inc(len(batch.records))
        await self._send(decisions)
        if not self._states.holds(lease):
            return  # assigned anew meanwhile: whoever owns it reads these records again
        lease.position = max(batch.next, lease.position)
        written = self._states.write_back(lease, time.monotonic(), self._job.config.flush_every)
        if written is not None:
            self._job.app.positions.advance(batch.topic, batch.partition, written)

    def _fold(self, lease: Lease, record: Any) -> Iterator[list[Decision]]:
        """Fold one record into the states; yields what each item decided."""
        stage = self._stage
        try:
            if record.key == TICK_KEY:
                yield from self._pass_time(lease, self._decode_tick(record.value or b"").at)
                return
            items = self._decode(record.value or b"")
        except msgspec.DecodeError as exc:  # only another version of us writes such records
            metrics.DROPPED.labels("unknown_wire").inc()
            log.error("Record between agents refused", topic=stage.topic, offset=record.offset, problem=str(exc))  # noqa: TRY400 - its text says it all
            return
        for item in items:
            yield self._guarded(lease, stage.key(item), partial(_observe, stage, item))

    def _pass_time(self, lease: Lease, now: float) -> Iterator[list[Decision]]:
        for key in self._states.due_keys(lease, now):
            yield self._guarded(
                lease, key, lambda state: self._stage.pass_time(state, now) if state is not None else (None, [])
            )

    def _guarded(
        self, lease: Lease, key: str, step: Callable[[State | None], tuple[State | None, list[Decision]]]
    ) -> list[Decision]:
        # Whatever a rule does wrong with one item, the others go on: one out of the agent would lose the batch.
        before = self._states.get(lease, key)
        try:
            state, decided = step(before)
        except Exception:
            metrics.DROPPED.labels("rule_failed").inc()
            log.exception("A rule failed on one item, which is left out", agent=self._stage.name, key=key)
            return []
        if state is not before:
            self._states.put(lease, key, state)
        return decided

    async def _send(self, decisions: list[Decision]) -> None:
        while decisions:
            try:
                await self._job.outbox.send_items(self._stage.out_topic, decisions, self._stage.out_key)
                break
            except Exception as exc:  # noqa: BLE001 - nothing may leave an agent; the broker is away
                self._job.progress.waiting(self._stage.name, "kafka")
                log.warning("Sending failed, trying again", agent=self._stage.name, problem=repr(exc))
                await asyncio.sleep(RETRY_AFTER)


def _observe(stage: KeyedStage[Item, Decision], item: Item, state: State | None) -> tuple[State | None, list[Decision]]:
    return stage.observe(state, item)
