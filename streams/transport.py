"""A Faust transport that hands an agent one event per fetch of a partition, and seeks to positions that agents own.

For the topics that are registered with it, the event's value is a `Batch`; changelog and other topics keep Faust's own
path. Kafka's committed offsets are a hint for lag monitors: what counts is the position that each agent keeps together
with its effect (see docs/decisions/0002-positions-live-with-the-effects.md).
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast
from weakref import ref

from aiokafka.structs import TopicPartition
from faust.serializers import codecs
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.continuity import Batch
from telemetry import metrics

if TYPE_CHECKING:
    from streams.positions import Positions

__all__ = ["BATCH_CODEC", "BatchConsumer", "BatchTransport"]

BATCH_CODEC = "seawall_batch"
FETCH_MAX_WAIT_MS = 50  # a partition that was just drained waits this long for the node's running fetch to return

BUSY_WAIT = 0.02  # seconds until it is looked again whether agents have taken their batches
ROUND = 0.03  # seconds from one look for records to the next: what comes meanwhile shares the work that a batch costs
MANY = 200  # records after which it is looked at once: there is a backlog


class _PassThrough(codecs.Codec):
    """Leaves the value as the consumer made it."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, obj: Any) -> Any:
        return obj


codecs.register(BATCH_CODEC, _PassThrough())


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    refusals = 0  # how often the client had to ask anew who leads what: a broker is away, or a topic is gone

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS  # Faust has no setting for it, and 1.5 s  # noqa: SLF001
        ask = consumer._client.force_metadata_update  # noqa: SLF001

        def counted() -> Any:
            self.refusals += 1
            return ask()

        consumer._client.force_metadata_update = counted  # noqa: SLF001
        return consumer

    async def _commit(self, offsets: Any) -> bool:
        # A commit is a hint here: while the broker is away we wait instead of crashing.
        consumer = self._ensure_consumer()
        try:
            assigned = self.assignment()
            await consumer.commit(
                {TopicPartition(tp.topic, tp.partition): offset for tp, offset in offsets.items() if tp in assigned}
            )
        except Exception as exc:  # noqa: BLE001 - whatever it is, positions do not depend on it
            self.log.warning("Commit failed, positions are safe: %r", exc)
            return False
        return True


class BatchConsumer(driver.Consumer):
    """Faust's consumer, with batches, owned positions and rewinds."""

    app: Any  # a SeawallApp: Faust's own interface does not know what we added

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.positions: Positions = self.app.positions
        self._rewinds: dict[TP, int] = {}
        self._epochs: dict[TP, int] = {}
        # Partitions with a batch that their agent has not taken yet, and its first offset. Only a weak reference: Faust
        # drops batches around rebalances, and what is gone will not be taken.
        self._waiting: dict[TP, tuple[ref[Batch[Any]], int]] = {}

    @property
    def refusals(self) -> int:
        """How often something happened that a deleted topic makes happen too."""
        return cast("_ConsumerThread", self._thread).refusals

    def epoch(self, topic: str, partition: int) -> int:
        """How often the partition was sought in this process."""
        return self._epochs.get(TP(topic, partition), 0)

    def taken(self, topic: str, partition: int) -> None:
        """An agent took a partition's batch: the next one may be fetched."""
        self._waiting.pop(TP(topic, partition), None)

    def _new_consumer_thread(self) -> Any:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def rewind(self, topic: str, partition: int, offset: int) -> None:
        """Ask for a partition to be read again from `offset`. The drain loop does it before its next fetch."""
        metrics.REWINDS.labels(topic).inc()
        self._rewinds[TP(topic, partition)] = offset

    async def perform_seek(self) -> None:
        """Seek every batch partition to its owner's position, the others to Kafka's committed offset."""
        await super().perform_seek()
        self._rewinds.clear()
        self._waiting.clear()
        for tp in self.assignment():
            if tp.topic not in self.positions:
                continue
            offset = await self.positions.of(tp)
            if offset is not None:
                await self._seek_batch(tp, offset)
                self.positions.sought(tp, offset)
            else:
                self._epochs[tp] = self._epochs.get(tp, 0) + 1
            self.app.on_batch_partition_assigned(tp)

    async def seek_wait(self, partitions: Any) -> None:
        """Seek and wait, as Faust's; without the offsets that would crash it.

        A rebalance in the middle of recovery leaves it negative ones, or None; recovery begins anew right afterwards.
        """
        await super().seek_wait({tp: offset for tp, offset in partitions.items() if offset is not None and offset >= 0})

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what is no longer ours."""
        self.positions.revoked(revoked)
        for tp in revoked:
            if tp.topic in self.positions:
                self.app.on_batch_partition_revoked(tp)
        await super().on_partitions_revoked(revoked)

    async def _seek_batch(self, tp: TP, offset: int) -> None:
        await self._seek(tp, offset)
        self._read_offset[tp] = offset
        self._epochs[tp] = self._epochs.get(tp, 0) + 1

    async def _apply_rewinds(self) -> None:
        while self._rewinds and self.flow_active:
            tp, offset = self._rewinds.popitem()
            if tp in self.assignment():
                self.log.info("Reading %s/%s again from %s", tp.topic, tp.partition, offset)
                await self._seek_batch(tp, offset)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Any:
        # Batch partitions are committed by position, whether or not an ack came.
        yield from (tp for tp in super()._filter_tps_with_pending_acks(topics) if tp.topic not in self.positions)
        for tp in self.assignment():
            if tp.topic in self.positions and (topics is None or tp in topics or tp.topic in topics):
                self._acked[tp].clear()
                self._acked_index[tp].clear()
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic in self.positions:
            return self.positions.committable(tp)
        return super()._new_offset(tp)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's
        # One batch of a partition waits for its agent at most. So a slow agent holds up its own topic and no other, and
        # memory is bounded by partitions, whatever the agents do.
        self._look_for_dropped()
        if active_partitions is None or not (self._waiting or self._rewinds):
            return await super()._getmany(active_partitions, timeout)
        free = active_partitions - self._waiting.keys() - self._rewinds.keys()
        if not free:
            await asyncio.sleep(BUSY_WAIT)
            return {}
        return await super()._getmany(free, BUSY_WAIT)

    def _look_for_dropped(self) -> None:
        """Have batches read again that are gone: no record may come after them by which agents would see the hole."""
        for tp, first in [(tp, first) for tp, (batch, first) in self._waiting.items() if batch() is None]:
            del self._waiting[tp]
            self.log.info("A batch of %s/%s was dropped on its way to its agent", tp.topic, tp.partition)
            if tp not in self._rewinds:  # what its agent asks for is no later
                self._fetch_again(tp, first)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001
                begun = self.loop.time()
                found = await self._drain_once()
                await asyncio.sleep(max(begun + ROUND - self.loop.time(), 0) if found < MANY else 0)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise

    async def _drain_once(self) -> int:
        """Look for records once, and hand them on; returns how many were found."""
        await self._apply_rewinds()
        epochs = dict(self._epochs)  # as they were when the fetch began
        records, active = await self._wait_next_records(1.0)
        if records is None or self.should_stop:
            return 0
        if not self.flow_active:
            # What was fetched belongs to an assignment that is over. Seeking back happens when flow resumes.
            return 0
        generation = self.app.consumer_generation_id
        for tp, fetched in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return 0
            if active is not None and tp not in active and tp not in self._buffered_partitions:
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if tp.topic not in self.positions:
                await self._deliver_each(tp, fetched)
            elif self._epochs.get(tp, 0) == epochs.get(tp, 0):
                await self._deliver_batch(tp, fetched, epochs.get(tp, 0))
            else:
                self._fetch_again(tp, fetched[0].offset)
        return sum(map(len, records.values()))

    def _fetch_again(self, tp: TP, first: int) -> None:
        """Seek once more: a fetch was dropped, or is left alone since its partition was sought during it.

        Nobody knows whether it was read before the seek or after it; in the second case it is not read again by itself.
        """
        reached = self.positions.reached(tp)
        self.rewind(tp.topic, tp.partition, first if reached is None else reached)

    async def _deliver_batch(self, tp: TP, fetched: list[Any], epoch: int) -> None:
        message = self._to_message(tp, fetched[-1])
        batch = Batch(
            tp.topic,
            tp.partition,
            fetched,
            fetched[0].offset,
            fetched[-1].offset + 1,
            epoch,
            self.highwater(tp) or 0,
        )
        message.value = batch  # type: ignore[assignment] # the pass-through codec hands it on
        self._waiting[tp] = ref(batch), batch.first
        del batch
        await self.wait_first(self.callback(message), self.suspend_flow.wait())
        self._read_offset[tp] = fetched[-1].offset

    async def _deliver_each(self, tp: TP, fetched: list[Any]) -> None:
        read = self._read_offset[tp]
        for record in fetched:
            if read is None or record.offset >= read:
                await self.wait_first(self.callback(self._to_message(tp, record)), self.suspend_flow.wait())
                self._read_offset[tp] = record.offset


class BatchTransport(driver.Transport):
    """Faust's Kafka transport with our consumer."""

    Consumer = BatchConsumer
