"""The errors topic is deleted and made anew, or gets more partitions: nothing is skipped in silence."""

import asyncio

from aiokafka.admin import NewPartitions, NewTopic

from seawall.kafka import admin, producer
from seawall.topics import ensure_topics
from tests.streams.job_support import RunningJob, event, until


async def make_anew(job: RunningJob) -> None:
    """Delete the errors topic and make it again."""
    async with admin(job.settings) as client:
        await client.delete_topics([job.topic])

        async def gone() -> bool:
            return not (await client.describe_topics([job.topic]))[0]["partitions"]

        await until(gone)
    await ensure_topics(job.settings)


async def make_anew_at_once(job: RunningJob, service: str, count: int) -> None:
    """Delete it, make it again and fill both partitions, all within a few fetches of the worker's."""
    async with admin(job.settings) as client, producer(job.settings, metadata_max_age_ms=100) as sender:
        await client.delete_topics([job.topic])
        while (await client.create_topics([NewTopic(job.topic, 2, 1)])).topic_errors[0][1]:
            pass
        sent = [
            await sender.send(job.topic, event(service, number), partition=partition)
            for partition in (0, 1)
            for number in range(count)
        ]
        await asyncio.gather(*sent)


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

        # While the worker runs; the new topic is shorter than the old one, and then longer.
        await make_anew(job)
        await send_to_both(job, "running", 5)
        await job.until_stored("running", 10)
        await send_to_both(job, "running", 30, first=5)
        await job.until_stored("running", 70)
        assert await generations(job) == [1, 1]
        assert len(job.logged("made anew")) == 2

        # The new one has records above the old position before the worker has fetched again.
        await make_anew_at_once(job, "at-once", 60)
        await job.until_stored("at-once", 120)
        assert await generations(job) == [2, 2]

        # While it is stopped; the new topic is longer than the old one at once.
        await asyncio.to_thread(job.fleet.terminate, "worker-1")
        await make_anew(job)
        await send_to_both(job, "stopped", 90)
        job.fleet.start("worker-1")
        await job.until_stored("stopped", 180)
        assert await generations(job) == [3, 3]
        assert len(job.logged("made anew")) == 6

        assert await job.value("SELECT count(*) FROM occurrences") == 40 + 70 + 120 + 180
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
