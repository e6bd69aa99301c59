"""The agents' own topics made anew, as on a new Kafka beside an old database: nothing is passed over in silence."""

from sinks.postgres.connecting import connect
from tests.streams.job_support import event, until


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
