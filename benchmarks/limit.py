"""The limit: one bare process that reads the same topic and copies rows of the same size into the same table.

No decoding, no masking, no grouping, no counting: aiokafka's `getmany`, rows packed with `struct`, COPY BINARY, one
transaction a fetch, the partitions beside each other. What the job stores a second is to be judged by this.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from psycopg import AsyncConnection

from benchmarks.arena import PARTITIONS, Run
from sinks.postgres.connecting import conninfo
from sinks.postgres.copying import COPY_OCCURRENCES
from sinks.postgres.partitions import ensure_days

__all__ = ["Limit", "measure_limit"]

GROUPS = [os.urandom(16) for _ in range(1000)]
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
POSTGRES_EPOCH = 946_684_800  # 2000-01-01
ROW = Struct(">hiqiqi16si16s")
TAIL = Struct(">iiiiiqihi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One run."""

    events: int
    seconds: float
    per_second: float
    cpu_micros: float


def measure_limit(run: Run, total: int) -> Limit:
    """Store the whole topic once."""
    return asyncio.run(_measure(run, total))


async def _measure(run: Run, total: int) -> Limit:
    await _make_day(run)
    begun, cpu = time.perf_counter(), time.process_time()
    counts = await asyncio.gather(*(_lane(run, partition) for partition in range(PARTITIONS)))
    seconds, used = time.perf_counter() - begun, time.process_time() - cpu
    if sum(counts) != total:
        raise RuntimeError(f"{sum(counts)} of {total} records copied")
    return Limit(events=total, seconds=seconds, per_second=total / seconds, cpu_micros=used / total * 1e6)


async def _lane(run: Run, partition: int) -> int:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=run.settings.kafka(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    await consumer.start()
    tp = TopicPartition(run.topic, partition)
    consumer.assign([tp])
    end = (await consumer.end_offsets([tp]))[tp]
    count = 0
    try:
        async with await AsyncConnection.connect(conninfo(run.database_url, application_name="limit")) as connection:
            while count < end:
                records = (await consumer.getmany(tp, timeout_ms=1000, max_records=1000)).get(tp, [])
                if records:
                    await _copy(connection, records, run.topic, partition)
                    count += len(records)
    finally:
        await consumer.stop()
    return count


async def _copy(connection: AsyncConnection[Any], records: list[Any], topic: str, partition: int) -> None:
    now = int((time.time() - POSTGRES_EPOCH) * 1_000_000)
    fixed = b"".join(map(_text, ("shop", "production", "error", "StaleOrderError", "order 1: could not ship")))
    fixed += _text("web-1") + _text("shop@2025.11.3") + _text("u-12345")
    place = _text(topic)
    parts = [SIGNATURE]
    for record in records:
        event_id = os.urandom(16)
        parts += (
            ROW.pack(19, 8, now, 8, now, 16, event_id, 16, GROUPS[record.offset % 1000]),
            fixed,
            _text(event_id.hex()),
            place,
            TAIL.pack(4, partition, 4, 0, 8, record.offset, 2, 0, len(record.value)),
            record.value,
        )
    parts.append(b"\xff\xff")
    async with connection.cursor().copy(COPY_OCCURRENCES) as copy:
        await copy.write(b"".join(parts))
    await connection.commit()


async def _make_day(run: Run) -> None:
    async with await AsyncConnection.connect(
        conninfo(run.database_url, application_name="limit"), autocommit=True
    ) as connection:
        await ensure_days(connection, {datetime.now(UTC).date()})


def _text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(4, "big") + raw
