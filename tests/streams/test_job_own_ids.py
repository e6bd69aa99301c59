"""An event id that its producer gave counts once, and once it does: no claim outlives a record that was not stored."""

import asyncio
import uuid

from seawall.kafka import admin
from seawall.topics import ensure_topics
from tests.streams.job_support import event, until


async def test_what_the_database_refused_is_stored_when_it_is_sent_again(new_job):
    async with new_job("worker-1") as job:
        await job.execute("ALTER TABLE occurrences ADD CONSTRAINT never CHECK (service <> 'refused') NOT VALID")
        await job.send(event("refused", event_id=str(uuid.uuid4())), event("refused", 1))
        await until(lambda: job.rows("SELECT FROM dead_letters WHERE reason = 'refused' HAVING count(*) = 2"))
        await job.execute("ALTER TABLE occurrences DROP CONSTRAINT never")
        await job.command("dead", "replay", "--reason", "refused")
        await job.until_stored("refused", 2)


async def test_events_of_a_topic_made_anew_are_not_taken_for_their_own_repeats(new_job):
    async with new_job("worker-1") as job:
        await job.send(*(event("shop", number) for number in range(20)), partition=0)
        await job.until_stored("shop", 20)
        await asyncio.to_thread(job.fleet.terminate, "worker-1")
        async with admin(job.settings) as client:
            await client.delete_topics([job.topic])

            async def gone() -> bool:
                return not (await client.describe_topics([job.topic]))[0]["partitions"]

            await until(gone)
        await ensure_topics(job.settings)
        await job.send(*(event("anew", number, event_id=str(uuid.uuid4())) for number in range(5)), partition=0)
        job.fleet.start("worker-1")
        await job.until_read()
        assert await job.stored("anew") == 5
