"""Fill a topic, as fast as it goes, evenly over its partitions."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice

from aiokafka import AIOKafkaProducer

__all__ = ["fill"]

A_BATCH = 250


def fill(kafka: str, topic: str, records: Iterable[bytes], partitions: int) -> int:
    """Send the records, wait until the broker has them all, and return how many they are."""
    return asyncio.run(_fill(kafka, topic, iter(records), partitions))


async def _fill(kafka: str, topic: str, records: Iterator[bytes], partitions: int) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", max_batch_size=2**20, max_request_size=2**21, request_timeout_ms=60_000
    )
    await producer.start()
    count = 0
    try:
        running: set[asyncio.Future[object]] = set()
        while some := list(islice(records, A_BATCH)):
            batch = producer.create_batch()
            taken = 0
            while taken < len(some) and batch.append(key=None, value=some[taken], timestamp=None) is not None:
                taken += 1
            records = _with(some[taken:], records)
            batch.close()
            running.add(await producer.send_batch(batch, topic, partition=count // A_BATCH % partitions))
            count += taken
            if len(running) > 2 * partitions:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*running)
    finally:
        await producer.stop()
    return count


def _with(left: list[bytes], records: Iterator[bytes]) -> Iterator[bytes]:
    yield from left
    yield from records
