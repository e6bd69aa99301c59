"""What gateways bury is in the index of dead letters, each once, whoever was away meanwhile; and comes back by a replay."""

from contextlib import asynccontextmanager

from gateway.burying import Burying
from gateway.publishing import Publisher, Written
from models.reasons import DeadReason
from tests.streams.job_support import RunningJob, event, until

INDEX = "SELECT topic, partition, reason, size FROM dead_letters ORDER BY topic, size"


@asynccontextmanager
async def burying(job: RunningJob):
    """As a gateway does it."""
    publisher = Publisher(job.settings.dead_topic, {"bootstrap_servers": job.settings.kafka()}, 12_000_000)
    await publisher.open()
    try:
        await until(publisher.probe)
        yield Burying(publisher, {"": job.topic}, None)
    finally:
        await publisher.close()


def written(value: bytes, number: int) -> Written:
    return Written(value, b"key", [("seawall-origin", b"gateway-abc/0/0/%d" % number)])


async def test_what_a_gateway_buries_is_listed_once_and_replayed(new_job):
    first, second = event("shop"), event("shop", 22)
    async with new_job() as job:
        async with burying(job) as gateway:
            assert await gateway.bury([written(first, 0), written(second, 1)], DeadReason.UNWRITABLE)
            assert await gateway.bury([written(first, 0)], DeadReason.UNWRITABLE)  # after a crash, from the spool
            await job.send(b"", partition=0)
            job.fleet.start("worker-1")
            ours = [(job.topic, -1, "unwritable", len(first)), (job.topic, -1, "unwritable", len(second))]
            wanted = [(job.topic, 0, "empty", 0), *ours]

            async def listed() -> bool:
                return await job.rows(INDEX) == wanted

            await until(listed)
            job.fleet.kill("worker-1")
            assert await gateway.bury([written(second, 1), written(b"late", 2)], DeadReason.NO_TOPIC)
        await job.send(b" ", partition=0)
        job.fleet.start("worker-1")
        late = [(job.topic, 0, "empty", 1), (job.topic, -1, "no_topic", 4)]
        wanted = [wanted[0], *late, *ours]
        await until(listed)

        letters = await job.command("dead", "list", "--reason", "unwritable", "--json")
        assert [one["replays"] for one in letters] == [0, 0]
        [one] = [letter for letter in letters if letter["size"] == len(first)]
        shown = await job.command("dead", "show", one["id"], "--json")
        assert (shown["in_topic"], shown["text"].encode()) == (True, first)
        done = await job.command("dead", "replay", *(one["id"] for one in letters), "--yes", "--json")
        assert (done["sent"], done["gone"]) == (2, 0)
        await job.until_stored("shop", 2)
        assert await job.rows(INDEX) == wanted
