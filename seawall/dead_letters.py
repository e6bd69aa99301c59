"""Dead letters: found by the index in PostgreSQL, read from the dead-letter topic."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.dead import Buried, Headers, Place, decode_dead
from seawall.kafka import consumer

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer
    from psycopg import AsyncConnection

    from seawall.settings import Settings

__all__ = ["DeadFilter", "Exhumed", "Letter", "exhume", "find"]

READ_TIMEOUT = 10.0  # seconds without a record from a partition that should have one
NEAR = 1_000  # offsets that are cheaper read over than sought over


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadFilter:
    """Which dead letters."""

    reason: str | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    places: Sequence[Place] = ()
    waiting_only: bool = False  # leave out what was replayed
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One row of the index."""

    place: Place  # where the record came from
    reason: str
    detail: str
    size: int
    received_at: datetime
    dead_partition: int
    dead_offset: int
    replayed_at: datetime | None
    replays: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhumed:
    """A letter with its record."""

    letter: Letter
    key: bytes | None
    value: bytes | None
    buried: Buried

    @property
    def headers(self) -> Headers:
        """The original's."""
        return self.buried.headers


async def find(connection: "AsyncConnection[Any]", which: DeadFilter) -> list[Letter]:
    """The letters that the filter asks for, the newest last."""
    rows = await connection.execute(
        """
        SELECT topic, partition, generation, "offset", reason, detail, size, received_at, dead_partition, dead_offset,
            replayed_at, replays
        FROM seawall.dead_letters
        WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
            AND (%(topic)s::text IS NULL OR topic = %(topic)s)
            AND (%(since)s::timestamptz IS NULL OR received_at >= %(since)s)
            AND (%(until)s::timestamptz IS NULL OR received_at < %(until)s)
            AND (%(places)s::text[] IS NULL OR concat_ws('/', topic, partition, generation, "offset") = ANY(%(places)s))
            AND NOT (%(waiting_only)s AND replayed_at IS NOT NULL)
        ORDER BY received_at DESC, topic, partition, "offset" DESC
        LIMIT %(limit)s
        """,
        {**asdict(which), "places": [str(place) for place in which.places] or None},
    )
    letters = [
        Letter(
            place=Place(*row[:4]),
            reason=row[4],
            detail=row[5],
            size=row[6],
            received_at=row[7],
            dead_partition=row[8],
            dead_offset=row[9],
            replayed_at=row[10],
            replays=row[11],
        )
        async for row in rows
    ]
    return letters[::-1]


async def exhume(settings: "Settings", letters: Iterable[Letter]) -> AsyncIterator[Exhumed | Letter]:
    """Read the letters' records from the dead-letter topic.

    Yields:
        The letter with its record, or the bare letter where the topic does not hold its record any more.
    """
    by_partition: dict[int, list[Letter]] = {}
    for letter in letters:
        by_partition.setdefault(letter.dead_partition, []).append(letter)
    if not by_partition:
        return
    async with consumer(settings) as client:
        for partition, some in sorted(by_partition.items()):
            async for found in _exhume_partition(client, settings.dead_topic, partition, some):
                yield found


async def _exhume_partition(
    client: "AIOKafkaConsumer", topic: str, partition: int, letters: list[Letter]
) -> AsyncIterator[Exhumed | Letter]:
    from aiokafka import TopicPartition  # noqa: PLC0415 -- start-up time

    tp = TopicPartition(topic, partition)
    begin = (await client.beginning_offsets([tp]))[tp]
    end = (await client.end_offsets([tp]))[tp]
    held = [letter for letter in letters if begin <= letter.dead_offset < end]
    for gone in letters:
        if not begin <= gone.dead_offset < end:
            yield gone
    if not held:
        return
    client.assign([tp])
    at = -1  # unknown; nothing is awaited before the first seek, or the consumer would look for a committed offset
    for letter in sorted(held, key=lambda one: one.dead_offset):
        if at < 0 or not 0 <= letter.dead_offset - at <= NEAR:
            client.seek(tp, letter.dead_offset)
        record = await asyncio.wait_for(client.getone(tp), READ_TIMEOUT)
        while record.offset < letter.dead_offset:
            record = await asyncio.wait_for(client.getone(tp), READ_TIMEOUT)
        at = record.offset + 1
        yield _checked(letter, record)


def _checked(letter: Letter, record: Any) -> Exhumed | Letter:
    """The record if it is the letter's: the topic may have been made anew since the index was written."""
    try:
        buried = decode_dead(record.headers)
    except ValueError:
        return letter
    if buried.place != letter.place or record.offset != letter.dead_offset:
        return letter
    return Exhumed(letter=letter, key=record.key, value=record.value, buried=buried)
