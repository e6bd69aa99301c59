"""The hot path: everything that one batch of records changes, in one transaction with its source position.

Workers never deadlock: each transaction takes its locks in one order over all of them, which is the order of the
statements here and, within a statement, the order of the keys.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import CheckViolation

from models.dead import Place
from models.occurrence import Dead, Dropped, Occurrence
from models.reasons import DropReason
from sinks.postgres.claiming import Source, claim, release
from sinks.postgres.connecting import Pool
from sinks.postgres.copying import COPY_OCCURRENCES, occurrence_blocks
from sinks.postgres.counting import sum_up
from sinks.postgres.dead_letters import Indexed, add_dead_letters
from sinks.postgres.dropping import add_dropped_records
from sinks.postgres.merged import GroupFacts
from sinks.postgres.owning import NoTemplates, Owners, Templates
from sinks.postgres.partitions import ensure_days
from sinks.postgres.put_away import AtOnce, Judge
from sinks.postgres.tallying import add_drops, add_groups, add_minutes, add_users

__all__ = ["BatchStore", "BatchTransaction", "DayGoneError", "DeadLetter", "GroupFacts", "Position", "Stored"]

Begin = Callable[[AsyncConnection[Any]], AbstractAsyncContextManager[Any]]
KNOWN_GROUPS = 100_000  # ids remembered a process; forgetting one costs a look-up, nothing else
SECONDS_A_DAY = 86_400


class DayGoneError(OperationalError):
    """Partitions that were remembered may be gone: try again at once, and they are made or the data is wrong."""


@dataclass(slots=True, frozen=True)
class Position:
    """Where a source partition has been read to."""

    generation: int
    next_offset: int
    last_timestamp: int | None  # of the record before it, milliseconds
    last_crc: int | None  # its CRC-32


@dataclass(slots=True, frozen=True)
class DeadLetter:
    """A record that could not be read, and where it lies in the dead-letter topic."""

    dead: Dead
    dead_partition: int
    dead_offset: int


@dataclass(slots=True, frozen=True)
class Stored:
    """What came of a batch's occurrences."""

    kept: list[Occurrence]  # without the duplicates
    duplicates: int
    groups: dict[str, GroupFacts]  # by group id


class BatchStore:
    """Stores batches, one transaction each. One a process; safe for concurrent use."""

    def __init__(self, pool: Pool, templates: Templates | None = None, judge: Judge | None = None) -> None:
        """A store over a pool.

        Args:
            pool: open, from `connecting.new_pool`.
            templates: how messages without a stack are compared.
            judge: decides what brings back a group that people have put away.
        """
        self._pool = pool
        self.judge = judge or AtOnce()
        self._owners = Owners(pool, templates or NoTemplates())
        self._known_groups: set[str] = set()
        self._known_days: set[date] = set()

    async def position(self, topic: str, partition: int) -> Position | None:
        """The stored position, without a lock; None where the partition was never read."""
        async with self._pool.connection() as connection:
            return await _position(connection, _READ_POSITION, topic, partition)

    def doubt(self) -> None:
        """The database was away: what is remembered of it may be of one that a backup has replaced."""
        self._owners.forget()
        self._known_groups.clear()

    async def _claim(self, source: Source, occurrences: Sequence[Occurrence]) -> set[tuple[int, int]]:
        """Claim event ids on another connection than the batch's: the pool must have one for each batch under way."""
        async with self._pool.connection() as connection:
            return await claim(connection, source, occurrences)

    @asynccontextmanager
    async def batch(
        self, topic: str, partition: int, generation: int, *, begin: Begin = AsyncConnection.transaction
    ) -> AsyncIterator["BatchTransaction"]:
        """A transaction that holds the partition's position. Commits at the end of the block, or not at all.

        Rows are stored as of the position's generation; `generation` is that of a partition never read before.
        `begin` may be `connecting.pipelined` where no occurrences are stored: those are copied, outside any pipeline.

        Raises:
            psycopg.OperationalError: the database is away, or ended the session: nothing is stored; try again.
            psycopg.DataError: a value that the store cannot take: nothing is stored; try with fewer records.
        """
        async with self._pool.connection() as connection:
            transaction: BatchTransaction | None = None
            try:
                async with begin(connection):
                    position = await _locked_position(connection, topic, partition, generation)
                    transaction = BatchTransaction(self, connection, (topic, partition), position)
                    yield transaction
            except CheckViolation as error:
                if transaction is None or not transaction.trusts_days:
                    raise
                self._known_days.clear()
                raise DayGoneError("a partition of a day is gone: was the database restored?") from error
            self._remember(transaction.groups)

    async def _make_days(self, days: set[date]) -> bool:
        """Make missing partitions on a connection of its own: the batch's is in its transaction.

        Returns whether some are only remembered to be there: a database that was restored may lack them again.
        """
        recent = datetime.now(UTC).date() - timedelta(days=1)  # older ones may have been dropped since
        unknown = {day for day in days if day < recent or day not in self._known_days}
        if not unknown:
            return True
        assert isinstance(self._pool.conninfo, str)
        connection = await AsyncConnection.connect(self._pool.conninfo, autocommit=True)
        async with connection:
            await ensure_days(connection, unknown)
        self._known_days |= unknown
        return unknown != days

    def _remember(self, groups: set[str]) -> None:
        if len(self._known_groups) + len(groups) > KNOWN_GROUPS:
            self._known_groups.clear()
        self._known_groups |= groups


class BatchTransaction:
    """The open transaction of one batch. Call each method at most once, in the order in which they stand here."""

    def __init__(
        self, store: BatchStore, connection: AsyncConnection[Any], source: tuple[str, int], position: Position
    ) -> None:
        self.position = position
        self.groups: set[str] = set()  # touched by the batch
        self.trusts_days = False  # the partitions of some days are only remembered to be there
        self._store = store
        self._connection = connection
        self._source = source  # topic, partition

    @property
    def connection(self) -> AsyncConnection[Any]:
        """For effects of another kind that are to move with the position."""
        return self._connection

    async def store(self, occurrences: Sequence[Occurrence], dropped: Sequence[Dropped]) -> Stored:
        """Write occurrences and count them, and what was passed over.

        Args:
            occurrences: from records at or above the position, in order.
            dropped: likewise.
        """
        connection = self._connection
        kept, duplicates = await self._without_duplicates(occurrences)
        kept = await self._store._owners.settle(kept)  # noqa: SLF001  # its other half
        facts: dict[str, GroupFacts] = {}
        if kept:
            self.trusts_days = await self._store._make_days({_day(item) for item in kept})  # noqa: SLF001  # its other half
            async with connection.cursor().copy(COPY_OCCURRENCES) as copy:
                for block in occurrence_blocks(kept, *self._source, self.position.generation):
                    await copy.write(block)
                sums = sum_up(kept)  # while the server is still at it
            await add_users(connection, sums.groups)
            facts = await add_groups(connection, sums.groups, self._store._known_groups, self._store.judge)  # noqa: SLF001
            await add_minutes(connection, sums.minutes)
            self.groups = set(facts)
        repeated = [Dropped(offset=o.offset, reason=DropReason.DUPLICATE, service=o.group.service) for o in duplicates]
        await add_drops(connection, [*dropped, *repeated])
        await add_dropped_records(connection, (*self._source, self.position.generation), dropped)
        return Stored(kept, len(duplicates), facts)

    async def dead(self, letters: Sequence[DeadLetter]) -> None:
        """Note where records that could not be read lie in the dead-letter topic."""
        topic, partition = self._source
        await add_dead_letters(
            self._connection,
            [
                Indexed(
                    place=Place(topic, partition, self.position.generation, letter.dead.offset),
                    reason=letter.dead.reason,
                    detail=letter.dead.detail,
                    size=letter.dead.size,
                    received_at=letter.dead.received_at,
                    dead_partition=letter.dead_partition,
                    dead_offset=letter.dead_offset,
                )
                for letter in letters
            ],
        )

    async def advance(
        self, next_offset: int, last_timestamp: int | None, last_crc: int | None, generation: int
    ) -> None:
        """Move the position.

        Raises:
            ValueError: the new position lies before the old one of the same or a later generation.
        """
        old = self.position
        if (generation, next_offset) < (old.generation, old.next_offset):
            raise ValueError(f"position would move back from {old} to {next_offset} of generation {generation}")
        await self._connection.execute(
            _MOVE_POSITION, [generation, next_offset, last_timestamp, last_crc, *self._source]
        )

    async def release(self, refused: Sequence[Occurrence]) -> None:
        """Give back the event ids of records that go to the dead letters instead: they may be sent again."""
        await release(self._connection, (*self._source, self.position.generation), refused)

    async def _without_duplicates(self, occurrences: Sequence[Occurrence]) -> tuple[list[Occurrence], list[Occurrence]]:
        kept: list[Occurrence] = []
        duplicates: list[Occurrence] = []
        owners: set[tuple[int, int]] = set()
        if any(item.own_id for item in occurrences):
            owners = await self._store._claim((*self._source, self.position.generation), occurrences)  # noqa: SLF001  # its other half
        for item in occurrences:
            mine = not item.own_id or (item.offset, item.ordinal) in owners
            (kept if mine else duplicates).append(item)
        return kept, duplicates


def _day(item: Occurrence) -> date:
    return date.fromordinal(_EPOCH_DAY + int(item.occurred_at // SECONDS_A_DAY))


_EPOCH_DAY = date(1970, 1, 1).toordinal()

_READ_POSITION = """
    SELECT generation, next_offset, last_timestamp, last_crc FROM source_offsets
    WHERE topic = %s AND partition = %s"""

_LOCK_POSITION = _READ_POSITION + " FOR UPDATE"

_MAKE_POSITION = """
    INSERT INTO source_offsets (topic, partition, generation, next_offset) VALUES (%s, %s, %s, 0)
    ON CONFLICT DO NOTHING"""

_MOVE_POSITION = """
    UPDATE source_offsets
    SET generation = %s, next_offset = %s, last_timestamp = %s, last_crc = %s, updated_at = now()
    WHERE topic = %s AND partition = %s"""


async def _position(connection: AsyncConnection[Any], query: str, topic: str, partition: int) -> Position | None:
    cursor = await connection.execute(query, [topic, partition])
    row = await cursor.fetchone()
    return None if row is None else Position(*row)


async def _locked_position(connection: AsyncConnection[Any], topic: str, partition: int, generation: int) -> Position:
    position = await _position(connection, _LOCK_POSITION, topic, partition)
    if position is None:
        await connection.execute(_MAKE_POSITION, [topic, partition, generation])
        position = await _position(connection, _LOCK_POSITION, topic, partition)
    assert position is not None  # inserted above, and never deleted
    return position
