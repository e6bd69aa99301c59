"""A topic made anew under the same name is told from the old one."""

from dataclasses import dataclass
from typing import Any

import pytest

from sinks.postgres.batches import Position
from streams.continuity import Batch
from streams.fresh_topic import contradicts, ends_before, fingerprint_of, made_anew, read_from


@dataclass
class Record:
    offset: int
    timestamp: int
    value: bytes | None


def batch(first: int, count: int, *, stamp: int = 1000, highwater: int = 1000) -> Batch[Record]:
    records = [Record(offset, stamp + offset, b"v%d" % offset) for offset in range(first, first + count)]
    return Batch("errors", 0, records, first, first + count, 1, highwater)


def position_after(record: Record) -> Position:
    return Position(0, record.offset + 1, *fingerprint_of(record))


def test_reading_starts_one_record_before_the_position():
    assert [read_from(p) for p in (None, Position(0, 0, None, None), Position(0, 7, 1, 2))] == [0, 0, 6]


def test_the_same_topic_does_not_contradict():
    position = position_after(batch(0, 10).records[9])
    assert not contradicts(batch(9, 5), position)
    assert not contradicts(batch(10, 5), position)


def test_another_record_before_the_position_contradicts():
    position = position_after(batch(0, 10).records[9])
    assert contradicts(batch(9, 5, stamp=5000), position)


def test_a_record_without_a_value_has_a_fingerprint():
    assert fingerprint_of(Record(0, 5, None)) == (5, 0)


@dataclass
class Consumer:
    """Knows where partitions end now."""

    end: int

    async def highwaters(self, tp: Any) -> dict[Any, int]:
        return {tp: self.end}


@pytest.mark.parametrize(
    ("fetched", "now", "fresh"),
    [
        (10, 10, True),
        (10, 600, False),  # a new leader did not know its end yet
        (600, 10, False),  # what was fetched last shows that the position is within
    ],
)
async def test_a_position_beyond_the_partitions_end_is_of_another_topic(fetched, now, fresh):
    assert await ends_before(Consumer(now), batch(0, 10, highwater=fetched), 500) is fresh
    assert await made_anew(Consumer(now), batch(0, 10, highwater=fetched), Position(0, 500, 1, 2)) is fresh
