"""A record may hold a thousand events, and compressed a fetch holds a thousand records: it is stored in parts."""

import asyncio
import time
from typing import Any

import orjson
from aiokafka.structs import ConsumerRecord

from models.severity import Severity
from rules.masking import Masker
from rules.preparing import LookedUp, PrepareConfig
from streams.continuity import Batch
from streams.preparing import Preparing
from streams.storing import Prepared
from tests.streams.job_support import event

EVENTS = 700


def a_list(service: str, events: int = EVENTS) -> bytes:
    return b"[" + b",".join(event(service, number) for number in range(events)) + b"]"


def record(offset: int, value: bytes) -> Any:
    stamp = int(time.time() * 1000)
    return ConsumerRecord("errors", 0, offset, stamp, 1, None, value, None, 0, len(value), [])


CONFIG = PrepareConfig(
    masker=Masker(), minimum_severity=Severity.WARNING, lateness=600.0, retention=30 * 86_400.0, hash_key=b"key"
)


async def nothing(begun: Any) -> LookedUp:
    return LookedUp()


async def parts_of(batch: Batch[Any]) -> list[Prepared]:
    return [part async for part in Preparing(nothing).parts(batch, CONFIG)]


async def test_a_large_fetch_is_prepared_in_parts_that_join_on():
    records = [record(offset, a_list("lists")) for offset in (5, 6, 8, 9, 10)]
    batch = Batch("errors", 0, records, 5, 11, 3, 11)
    parts = await parts_of(batch)
    assert [(part.batch.first, part.batch.next, len(part.items)) for part in parts] == [
        (5, 9, 3 * EVENTS),
        (9, 11, 2 * EVENTS),
    ]
    assert {(part.batch.epoch, part.batch.highwater) for part in parts} == {(3, 11)}


async def test_others_get_a_turn_while_lists_are_prepared():
    records = [record(offset, a_list("lists", 1_000)) for offset in range(2)]
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    parts = await parts_of(Batch("errors", 0, records, 0, 2, 0, 2))
    task.cancel()
    assert sum(len(part.items) for part in parts) == 2_000
    assert turns >= len(records)


async def test_every_event_of_long_lists_is_stored_once(new_job):
    async with new_job("worker-1") as job:
        values = [orjson.dumps([orjson.loads(event("lists", n)) for n in range(1_000)]) for _ in range(6)]
        await job.send(*values, partition=0)
        await job.until_stored("lists", 6_000)
        await job.send(event("after"), partition=0)
        await job.until_stored("after", 1)
        assert await job.stored("lists") == 6_000
