"""The agents' own topics: made anew, as on a new Kafka beside an old database, and written to by strangers."""

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from sinks.postgres.connecting import connect
from streams.topics import TICK_KEY
from tests.streams.job_support import RunningJob, event, until


async def test_alerts_of_a_new_topic_are_not_taken_for_old_ones(new_job):
    async with new_job() as job:
        alerts = f"{job.settings.topic_prefix}alerts"
        async with await connect(job.settings.postgres(), application_name="test") as connection:
            await connection.execute(
                "INSERT INTO source_offsets (topic, partition, next_offset, last_timestamp, last_crc)"
                " SELECT %s, partition, 500, 1, 1 FROM generate_series(0, 1) AS partition",
                [alerts],
            )
        job.fleet.start("worker-1")
        await job.send(*(event(f"shop-{number}") for number in range(8)))
        await until(lambda: job.rows("SELECT FROM incidents HAVING count(*) = 8"))
        moved = await job.rows("SELECT generation FROM source_offsets WHERE topic = %s AND next_offset < 500", alerts)
        assert (1,) in moved
        assert job.logged("made anew")


async def test_what_a_stranger_writes_between_the_agents_stops_none_of_them(new_job):
    async with new_job() as job:
        topics = [f"{job.settings.topic_prefix}{name}" for name in ("groups", "rates", "signals", "alerts")]
        strange = [(b"k", None), (None, b""), (b"k", b"[{]"), (b"k", b"\xff"), (TICK_KEY, None), (TICK_KEY, b"{}")]
        await write(job, [(topic, key, value) for topic in topics for key, value in strange])
        job.fleet.start("worker-1")
        await job.send(*(event(f"shop-{number}") for number in range(4)))
        await until(lambda: job.rows("SELECT FROM incidents HAVING count(*) = 4"))
        assert job.logged("Record between agents refused")


async def write(job: RunningJob, records: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
    """Write them to every partition of their topics."""
    async with AIOKafkaProducer(bootstrap_servers=job.settings.kafka(), acks="all") as producer:
        for topic, key, value in records:
            for partition in await producer.partitions_for(topic):
                await producer.send_and_wait(topic, value, key=key, partition=partition)
