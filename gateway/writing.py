"""Records on their way from a request to Kafka, or, while that is away, to the spool and from there to Kafka."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter

import structlog

from gateway.burying import Burying
from gateway.contract import Record, Refused
from gateway.places import place_of
from gateway.publishing import KafkaAwayError, Publisher, Written
from gateway.spool import Spool, SpoolFullError
from models.dead import ORIGIN
from models.reasons import DeadReason
from models.sender import ENVIRONMENT, PROJECT
from sinks.postgres.projects import GatewayKey
from telemetry.metrics import GATEWAY_SPOOLED

__all__ = ["Writer"]

RETRY_AFTER = 10  # seconds
PATIENCE = 2.5  # seconds for Kafka to take records; senders wait no longer than five
DRAIN_BYTES = 4 * 1024 * 1024  # of a turn from the spool: a turn costs an answer of the brokers and a write-through
DRAIN_PATIENCE = 60.0  # seconds for Kafka to take what nobody waits for
DRAIN_SECONDS = 0.5  # between two looks at it
ORPHAN_SECONDS = 60.0  # between two looks at what others have left

_log = structlog.get_logger(__name__)


class Writer:
    """Writes records, each with what is known of its sender.

    Args:
        publisher: to the topic of errors.
        others: to the other topics, by what they are of.
        burying: of what their brokers refuse for good.
        spool: for when Kafka is away, opened; None: there is none.
    """

    def __init__(
        self, publisher: Publisher, others: Mapping[str, Publisher], burying: Burying, spool: Spool | None = None
    ) -> None:
        self._publisher = publisher
        self._others = others
        self._burying = burying
        self._spool = spool
        self._disk = asyncio.Lock()  # one thread at a time is in the spool
        self._pending: list[tuple[Sequence[Written], asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether a record would be taken now."""
        return not self._publisher.away or (self._spool is not None and self._spool.has_room)

    async def write(self, records: Sequence[Record], key: GatewayKey, request_id: str) -> None:
        """Write records; returns when they are safe. Raises Refused (503) where they cannot be kept."""
        written = [_written(record, key, place_of(request_id, number)) for number, record in enumerate(records)]
        await self._take(self._publisher, written)

    async def tell(self, topic: str, records: Sequence[Record], request_id: str) -> None:
        """Write to another topic; returns when that is safe. Raises Refused (503) where it cannot be kept."""
        places = (place_of(f"{topic}-{request_id}", number).encode() for number in range(len(records)))
        written = [
            Written(one.value, one.key, [(ORIGIN, place)], topic) for one, place in zip(records, places, strict=True)
        ]
        await self._take(self._others[topic], written)

    async def _take(self, publisher: Publisher, written: Sequence[Written]) -> None:
        if not self._publisher.away:
            try:
                refused = await publisher.publish(written, PATIENCE)
            except KafkaAwayError:
                pass  # they may be there or not: what is kept now has the same places
            else:
                if refused:
                    await self._put_aside(refused)
                return
        await self._keep(written)

    async def _put_aside(self, refused: Sequence[Written]) -> None:
        safe = False
        with suppress(OSError):
            safe = await self._burying.bury(refused, DeadReason.UNWRITABLE)
        if not safe:
            raise Refused(413, "unwritable", "the brokers refuse it: it is larger than the topic takes, or invalid")

    async def _keep(self, written: Sequence[Written]) -> None:
        if self._spool is None:
            raise Refused(503, "kafka_away", "the errors cannot be taken at the moment", RETRY_AFTER)
        try:
            await self._append(self._spool, written)
        except SpoolFullError:
            raise Refused(503, "spool_full", "the errors cannot be taken at the moment", RETRY_AFTER) from None
        except OSError as error:
            _log.error("spool_failed", error=type(error).__name__, errno=error.errno)
            raise Refused(503, "spool_failed", "the errors cannot be taken at the moment", RETRY_AFTER) from None

    async def _append(self, spool: Spool, written: Sequence[Written]) -> None:
        """Append; those who come while the disk is busy share what it does next."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append((written, done))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush(spool))
        await done

    async def _flush(self, spool: Spool) -> None:
        while self._pending:
            taken, self._pending = self._pending, []
            problem: Exception | None = None
            async with self._disk:
                try:
                    await asyncio.to_thread(spool.append, [record for written, _ in taken for record in written])
                except (SpoolFullError, OSError) as error:
                    problem = error
            GATEWAY_SPOOLED.set(spool.size)
            for _, done in taken:
                if done.done():  # whoever waited has gone
                    continue
                if problem is None:
                    done.set_result(None)
                else:
                    done.set_exception(problem)

    async def drain(self, spool: Spool) -> None:
        """Send what is in the spool whenever Kafka is there, in order, for ever. What comes meanwhile need not wait.

        What gateways that are gone have left is sent as well.
        """
        loop = asyncio.get_running_loop()
        look_at = loop.time()
        GATEWAY_SPOOLED.set(spool.size)
        while True:
            try:
                while spool.size and not self._publisher.away:
                    await self._send_some(spool)
                    GATEWAY_SPOOLED.set(spool.size)
                if loop.time() >= look_at and not self._publisher.away:
                    look_at = loop.time() + ORPHAN_SECONDS
                    await self._send_orphan(spool)
            except (KafkaAwayError, OSError) as error:
                _log.warning("spool_not_sent", error=type(error).__name__)
            await asyncio.sleep(DRAIN_SECONDS)

    async def _send_orphan(self, spool: Spool) -> None:
        async with self._disk:
            orphan = await asyncio.to_thread(spool.orphan)
        if orphan is None:
            return
        try:
            while orphan.size:
                await self._send_some(orphan)
        finally:
            orphan.close()

    async def _send_some(self, spool: Spool) -> None:
        async with self._disk:
            records, position = await asyncio.to_thread(spool.read, DRAIN_BYTES)
        for topic, some in groupby(records, attrgetter("other")):
            await self._send(topic, list(some))
        async with self._disk:
            await asyncio.to_thread(spool.forget, position)
        if not spool.size:
            _log.info("spool_sent")

    async def _send(self, topic: str, records: Sequence[Written]) -> None:
        publisher = self._others.get(topic) if topic else self._publisher
        if publisher is None:  # a gateway of another version kept it
            await self._burying.bury(records, DeadReason.NO_TOPIC)
            return
        try:
            refused = await publisher.publish(records, DRAIN_PATIENCE)
        except KafkaAwayError:
            if not topic or self._publisher.away:
                raise
            # Kafka is there and takes nothing for this topic: errors must not wait for it.
            _log.warning("topic_takes_nothing", topic=topic)
            try:
                await self._keep(records)
            except Refused:
                raise KafkaAwayError from None
        else:
            if refused:
                await self._burying.bury(refused, DeadReason.UNWRITABLE)


def _written(record: Record, key: GatewayKey, place: str) -> Written:
    headers = [(ORIGIN, place.encode()), (PROJECT, key.project.encode())]
    if record.content_type is not None:
        headers.append(("content-type", record.content_type.encode()))
    if key.environment is not None:
        headers.append((ENVIRONMENT, key.environment.encode()))
    return Written(record.value, record.key, headers)
