"""The index of the dead-letter topic: which records could not be read, why, and where they lie now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from models.dead import Place

__all__ = ["Indexed", "add_dead_letters"]


@dataclass(slots=True, frozen=True, kw_only=True)
class Indexed:
    """One of them. `place` is where it came from; `received_at` are seconds since the epoch."""

    place: Place
    reason: str
    detail: str
    size: int  # bytes
    received_at: float
    dead_partition: int
    dead_offset: int


async def add_dead_letters(connection: AsyncConnection[Any], letters: Sequence[Indexed]) -> None:
    """Note them in the caller's transaction; a place that is noted already stays as it is."""
    rows = [
        (
            one.place.topic, one.place.partition, one.place.generation, one.place.offset, one.reason, one.detail,
            one.size, datetime.fromtimestamp(one.received_at, UTC), one.dead_partition, one.dead_offset,
        )
        for one in sorted(letters, key=lambda one: one.place)  # in one order in every transaction: no deadlocks
    ]  # fmt: skip
    if rows:
        await connection.cursor().executemany(_INSERT, rows)


_INSERT = """
    INSERT INTO dead_letters (topic, partition, generation, "offset", reason, detail, size, received_at,
        dead_partition, dead_offset)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
