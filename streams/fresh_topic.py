"""Is this still the topic that the stored position speaks of, or one made anew under the same name?

Read from the position, a topic that was deleted and made anew would be skipped in silence up to the old offset. So the
store keeps the timestamp and checksum of the last record before the position, and reading starts one record early.
"""

import zlib
from collections.abc import Sequence
from typing import Any

from faust.types import TP

from sinks.postgres.batches import Position
from streams.continuity import Batch

__all__ = ["contradicts", "ends_before", "fingerprint_of", "made_anew", "read_from"]


def fingerprint_of(record: Any) -> tuple[int, int]:
    """Timestamp (ms) and CRC-32 of a record's value."""
    return int(record.timestamp), zlib.crc32(record.value or b"")


def read_from(position: Position | None) -> int:
    """Where to read on: one record before the position, so that it can be compared."""
    if position is None:
        return 0
    return max(position.next_offset - 1, 0)


def contradicts(batch: Batch[Any], position: Position) -> bool:
    """The record before the position is in the batch, and is another one than was stored."""
    if position.last_timestamp is None:
        return False
    record = _at(batch.records, position.next_offset - 1)
    return record is not None and fingerprint_of(record) != (position.last_timestamp, position.last_crc)


async def made_anew(consumer: Any, batch: Batch[Any], position: Position) -> bool:
    """The topic is another one than the position speaks of. `consumer` is Faust's."""
    return contradicts(batch, position) or await ends_before(consumer, batch, position.next_offset)


async def ends_before(consumer: Any, batch: Batch[Any], position: int) -> bool:
    """The partition ends before the position. The broker is asked only where what was fetched last says so."""
    if batch.next >= position or batch.highwater >= position:
        return False
    tp = TP(batch.topic, batch.partition)
    return bool((await consumer.highwaters(tp))[tp] < position)


def _at(records: Sequence[Any], offset: int) -> Any:
    # Offsets are dense but for compaction and transactions, so the guess is nearly always right.
    guess = offset - records[0].offset
    if 0 <= guess < len(records) and records[guess].offset == offset:
        return records[guess]
    return next((record for record in records if record.offset == offset), None)
