"""Batches made ready for the store, in parts that fit a transaction, while other agents get their turns."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import structlog

from models.occurrence import Dead, Occurrence
from models.reasons import DeadReason
from rules.preparing import Begun, LookedUp, PrepareConfig, begin, finish, read
from streams.continuity import Batch
from streams.joining import Joining, Read
from streams.lanes import MAX_BYTES, MAX_ITEMS
from streams.storing import Item, Prepared

__all__ = ["FEW", "MANY", "Lookup", "Preparing"]

log = structlog.get_logger(__name__)

TURN = 0.002  # seconds of preparing before other agents get a turn: each hop to a message takes several turns
FEW = 8  # records taken through all steps together: with more, each step finds them gone from the processor's cache
MANY = 50  # where something outside may be asked for them
TOGETHER_BYTES = 4 * 1024 * 1024
LOG_APPEND_TIME = 1  # the broker stamped the record, not its producer
SKEW = 60.0  # seconds by which a producer's clock may be ahead


class Lookup(Protocol):
    """Finds what events call for. Never raises, and never waits for long."""

    async def __call__(self, begun: Sequence[Begun]) -> LookedUp: ...  # noqa: D102


class Preparing:
    """Prepares batches of the errors topic. One a worker. Not for concurrent use.

    Args:
        look_up: asked once for the events of some records.
        together: how many records those are at most, now.
    """

    def __init__(self, look_up: Lookup, together: Callable[[], int] = lambda: FEW) -> None:
        self._look_up = look_up
        self._together = together
        self.joining = Joining()

    async def parts(self, batch: Batch[Any], config: PrepareConfig) -> AsyncIterator[Prepared]:
        """A batch's records prepared, in order, in parts that join on; of its end some may be held back for a while."""
        clock, part = _Clock(), _Part(batch)
        for records in _together(batch.records, self._together()):
            reads = []
            for record in records:
                reads.append(_read(batch, record, config, clock.now))
                if clock.due:
                    await clock.turn()
            ready = self.joining.take(batch, reads)
            async for full in self._fill(part, ready, config, clock):
                yield full
        if part.records:
            yield part.taken()

    async def overdue(self, config: PrepareConfig) -> AsyncIterator[Prepared]:
        """What was held back for long enough, prepared."""
        for batch, ready in self.joining.overdue():
            clock, part = _Clock(), _Part(batch)
            async for full in self._fill(part, ready, config, clock):
                yield full
            if part.records:
                yield part.taken()

    async def _fill(
        self, part: "_Part", reads: list[Read], config: PrepareConfig, clock: "_Clock"
    ) -> AsyncIterator[Prepared]:
        begun = []
        for one in reads:
            begun.append((one.record, _begin(part.batch, one, config, clock.now)))
            if clock.due:
                await clock.turn()
        found = await self._look_up([one for _, made in begun for one in made if isinstance(one, Begun)])
        for record, made in begun:
            part.add(record, _finish(part.batch, record, made, config, found))
            if clock.due:
                await clock.turn()
            if part.full:
                yield part.taken()


class _Part:
    """Records that are prepared and will be stored together."""

    def __init__(self, batch: Batch[Any]) -> None:
        self.batch = batch
        self.records: list[Any] = []
        self._items: list[Item] = []
        self._size = 0

    @property
    def full(self) -> bool:
        return len(self._items) >= MAX_ITEMS or self._size >= MAX_BYTES

    def add(self, record: Any, made: list[Item]) -> None:
        self.records.append(record)
        self._items.extend(made)
        self._size += sum(len(item.payload) for item in made if isinstance(item, Occurrence))

    def taken(self) -> Prepared:
        records = self.records
        batch = replace(self.batch, records=records, first=records[0].offset, next=records[-1].offset + 1)
        made = Prepared(batch, self._items, self._size)
        self.records, self._items, self._size = [], [], 0
        return made


class _Clock:
    """Lets others have their turn after each TURN."""

    def __init__(self) -> None:
        self.now = time.time()
        self._next = time.perf_counter() + TURN

    @property
    def due(self) -> bool:
        return time.perf_counter() > self._next

    async def turn(self) -> None:
        await asyncio.sleep(0)
        self._next = time.perf_counter() + TURN


def _together(records: Iterable[Any], most: int) -> Iterator[list[Any]]:
    some: list[Any] = []
    size = 0
    for record in records:
        some.append(record)
        size += len(record.value or b"")
        if len(some) >= most or size >= TOGETHER_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _read(batch: Batch[Any], record: Any, config: PrepareConfig, now: float) -> Read:
    try:
        made = read(record.value, dict(record.headers), *_place(batch, record, config, now), config)
    except Exception as exc:  # noqa: BLE001 - see _failed
        made = _failed(batch, record, exc)
    return Read(record, made) if isinstance(made, list) else Read(record, [], made)


def _begin(batch: Batch[Any], one: Read, config: PrepareConfig, now: float) -> list[Begun | Item]:
    if one.outcome is not None:
        return [one.outcome]
    record = one.record
    try:
        return list(begin(one.drafts, dict(record.headers), *_place(batch, record, config, now), config))
    except Exception as exc:  # noqa: BLE001 - see _failed
        return [_failed(batch, record, exc)]


class _Origin(NamedTuple):
    topic: str
    partition: int
    offset: int


def _place(batch: Batch[Any], record: Any, config: PrepareConfig, now: float) -> tuple[_Origin, float]:
    return _Origin(batch.topic, batch.partition, record.offset), _received_at(record, now, config.retention)


def _finish(
    batch: Batch[Any], record: Any, made: list[Begun | Item], config: PrepareConfig, found: LookedUp
) -> list[Item]:
    """All events of a record, or none: a dead letter is sent again as a whole."""
    try:
        return [finish(one, config, found) if isinstance(one, Begun) else one for one in made]
    except Exception as exc:  # noqa: BLE001 - see _failed
        return [_failed(batch, record, exc)]


def _failed(batch: Batch[Any], record: Any, exc: Exception) -> Dead:
    """A fault of ours must not stop the partition: the record waits among the dead letters for the fix."""
    log.error("Preparing a record failed", offset=record.offset, partition=batch.partition, exc_info=exc)
    return Dead(
        offset=record.offset,
        reason=DeadReason.REFUSED,
        detail=f"preparing failed: {type(exc).__name__}",
        size=len(record.value or b""),
        received_at=record.timestamp / 1000,
    )


def _received_at(record: Any, now: float, retention: float) -> float:
    """The broker's time where it stamps records; a producer's stamp only where it is believable."""
    stamped = float(record.timestamp) / 1000
    if record.timestamp_type == LOG_APPEND_TIME or now - retention < stamped <= now + SKEW:
        return stamped
    return now
