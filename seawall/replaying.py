"""Dropped records sent again: found by the index in PostgreSQL, read from the topic that still has them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.dead import Place
from models.replaying import headers_again
from seawall.kafka import admin, consumer, producer

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from psycopg import AsyncConnection

    from seawall.settings import Settings
    from sinks.postgres.dropping import DroppedRecords

__all__ = ["Held", "held_of", "replay"]

READ_TIMEOUT = 10.0  # seconds without a record from a partition that should have one
NEAR = 1_000  # offsets that are cheaper read over than sought over
PIECE_BYTES = 8 * 1024 * 1024  # of records that wait for the broker's word at a time
PIECE = 500  # records, likewise

Run = tuple[int, int]  # the first offset, and the one after the last


@dataclass(frozen=True, slots=True)
class Held:
    """What a topic still has of one row of the index."""

    dropped: "DroppedRecords"
    runs: tuple[Run, ...]

    @property
    def records(self) -> int:
        """How many records that are."""
        return sum(after - first for first, after in self.runs)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The offsets that a partition has, and the generation of its topic."""

    begin: int
    end: int
    generation: int

    def held(self, dropped: "DroppedRecords") -> Held:
        if dropped.generation != self.generation:  # the topic was made anew since
            return Held(dropped, ())
        cut = [(max(first, self.begin), min(after, self.end)) for first, after in dropped.runs]
        return Held(dropped, tuple((first, after) for first, after in cut if first < after))


async def held_of(
    settings: "Settings", connection: "AsyncConnection[Any]", found: Sequence["DroppedRecords"]
) -> list[Held]:
    """What the topics still have of what was dropped, in the order of its places. Raises KafkaAwayError."""
    from aiokafka import TopicPartition  # noqa: PLC0415 -- start-up time

    rows = await connection.execute("SELECT topic, partition, generation FROM seawall.source_offsets")
    generations = {(topic, partition): generation async for topic, partition, generation in rows}
    topics = sorted({one.topic for one in found})
    if not topics:
        return []
    async with admin(settings) as client, consumer(settings) as reader:
        known = await client.describe_topics(topics)
        tps = [TopicPartition(topic["topic"], part["partition"]) for topic in known for part in topic["partitions"]]
        begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
    bounds = {(*tp,): _Bounds(begins[tp], ends[tp], generations.get((*tp,), 0)) for tp in tps}
    nothing = _Bounds(0, 0, -1)
    held = [bounds.get((one.topic, one.partition), nothing).held(one) for one in found]
    return sorted(held, key=lambda one: (one.dropped.topic, one.dropped.partition, one.dropped.runs[0]))


async def replay(
    settings: "Settings",
    connection: "AsyncConnection[Any]",
    held: Sequence[Held],
    done: Callable[[int], None] = lambda _: None,
) -> int:
    """Send records back to their topics, and note it in the index; returns how many were sent.

    Each record is acknowledged by all replicas before it is noted. Killed in between, it is sent again by the next
    replay; its events then have the same ids, so that they count once.
    """
    from sinks.postgres.dropping import mark_replayed  # noqa: PLC0415 -- start-up time

    sent = 0
    async with consumer(settings) as reader, producer(settings) as writer:
        for one in held:
            piece: list[Any] = []
            size = 0
            async for record in _read(reader, one):
                piece.append(record)
                size += len(record.value or b"")
                if len(piece) >= PIECE or size >= PIECE_BYTES:
                    await _send(writer, one, piece)
                    sent += len(piece)
                    done(len(piece))
                    piece, size = [], 0
            await _send(writer, one, piece)
            sent += len(piece)
            done(len(piece))
            await mark_replayed(connection, [one.dropped.id])
    return sent


async def _read(client: "AIOKafkaConsumer", held: Held) -> AsyncIterator[Any]:
    """The records of one row of the index."""
    from aiokafka import TopicPartition  # noqa: PLC0415 -- start-up time

    tp = TopicPartition(held.dropped.topic, held.dropped.partition)
    client.assign([tp])
    at = -1  # unknown; nothing is awaited before the first seek, or the consumer would look for a committed offset
    record: Any = None
    for first, after in held.runs:
        if at < 0 or first - at > NEAR:
            client.seek(tp, first)
            at, record = first, None
        while record is not None or at < after:
            if record is None:
                record = await _next(client, tp)
                if record is None:
                    return
                at = record.offset + 1
            if record.offset >= after:
                break
            if record.offset >= first:
                yield record
            record = None


async def _next(client: "AIOKafkaConsumer", tp: Any) -> Any:
    try:
        return await asyncio.wait_for(client.getone(tp), READ_TIMEOUT)
    except TimeoutError:  # what stood there is no record of anybody's: the end of a transaction
        return None


async def _send(client: "AIOKafkaProducer", held: Held, records: Iterable[Any]) -> None:
    dropped = held.dropped
    waiting = [
        await client.send(
            dropped.topic,
            record.value,
            record.key,
            headers=headers_again(
                record.headers,
                Place(dropped.topic, dropped.partition, dropped.generation, record.offset),
                dropped.ordinals,
            ),
        )
        for record in records
    ]
    await asyncio.gather(*waiting)
