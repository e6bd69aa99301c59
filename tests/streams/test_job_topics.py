"""The errors topic is deleted and made anew, or gets more partitions: nothing is skipped in silence."""

import asyncio

from aiokafka.admin import NewPartitions

from seawall.kafka import admin
from seawall.topics import ensure_topics
from tests.streams.job_support import RunningJob, event, until


async def make_anew(job: RunningJob) -> None:
    """Delete the errors topic and make it again."""
    async with admin(job.settings) as client:
        await client.delete_topics([job.topic])

        looks = 0

        async def gone_for_long() -> bool:
            """For longer than the worker waits between two fetches."""
            nonlocal looks
            looks = 0 if (await client.describe_topics([job.topic]))[0]["partitions"] else looks + 1
            return looks > 3

        await until(gone_for_long)
    await ensure_topics(job.settings)


async def generations(job: RunningJob) -> list[int]:
    rows = await job.rows("SELECT generation FROM source_offsets WHERE topic = %s ORDER BY partition", job.topic)
    return [generation for (generation,) in rows]


async def send_to_both(job: RunningJob, service: str, count: int, first: int = 0) -> None:
    for partition in (0, 1):
        await job.send(*[event(service, first + number) for number in range(count)], partition=partition)


async def test_a_topic_made_anew_is_read_from_its_start(new_job):
    async with new_job("worker-1") as job:
        await send_to_both(job, "shop", 20)
        await job.until_stored("shop", 40)

        # While the worker runs; the new topic is longer than the old one at once.
        await make_anew(job)
        await send_to_both(job, "running", 60)
        await job.until_stored("running", 120)
        assert await generations(job) == [1, 1]
        assert len(job.logged("made anew")) == 2

        # While it is stopped; the new topic is shorter than the old one, and then longer.
        await asyncio.to_thread(job.fleet.terminate, "worker-1")
        await make_anew(job)
        await send_to_both(job, "stopped", 5)
        job.fleet.start("worker-1")
        await job.until_stored("stopped", 10)
        await send_to_both(job, "stopped", 80, first=5)
        await job.until_stored("stopped", 170)
        assert await generations(job) == [2, 2]
        assert len(job.logged("made anew")) == 4

        assert await job.value("SELECT count(*) FROM occurrences") == 40 + 120 + 170
        assert job.fleet.ended() == {}


async def test_partitions_that_are_added_are_read(new_job):
    async with new_job("worker-1") as job:
        await send_to_both(job, "shop", 3)
        await job.until_stored("shop", 6)
        async with admin(job.settings) as client:
            await client.create_partitions({job.topic: NewPartitions(4)})
        for partition in (2, 3):
            await job.send(event("shop"), event("shop"), partition=partition)
        await job.until_stored("shop", 10)
        assert job.fleet.ended() == {}
