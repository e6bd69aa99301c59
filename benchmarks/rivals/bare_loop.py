"""aiokafka's `getmany` in a loop: what any Python consumer on aiokafka can at most reach."""

import asyncio

import orjson
from aiokafka import AIOKafkaConsumer

from benchmarks.rivals.meter import Meter, arguments


async def main() -> None:
    """Read until the meter ends us."""
    kafka, topic, total = arguments()
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka,
        group_id=f"bare-{topic}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    await consumer.start()
    meter = Meter(total)
    while True:
        for records in (await consumer.getmany(timeout_ms=1000, max_records=1000)).values():
            for record in records:
                orjson.loads(record.value)
            meter.count(len(records))


asyncio.run(main())
