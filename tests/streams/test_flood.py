"""A flood of unreadable records: counted a partition, over batches, and the partition stands still."""

import asyncio

import pytest

from models.occurrence import Dead, Dropped
from models.reasons import DeadReason, DropReason
from streams.flood import Flood
from tests.chaos.fleet import Fleet
from tests.streams.job_support import event, until

DEAD = Dead(offset=0, reason=DeadReason.NOT_TEXT, detail="", size=1, received_at=0.0)
READ = Dropped(offset=0, reason=DropReason.BELOW_LEVEL)


@pytest.mark.parametrize(
    ("batches", "rises"),
    [
        ([[DEAD] * 2], [False]),
        ([[DEAD] * 3], [True]),
        ([[DEAD] * 2, [DEAD]], [False, True]),
        ([[DEAD] * 2, [READ, DEAD, DEAD]], [False, False]),
        ([[DEAD, DEAD, READ, DEAD, DEAD, DEAD]], [True]),
        ([[READ] * 9], [False]),
    ],
)
def test_a_run_is_counted_over_batches_and_broken_by_what_can_be_read(batches, rises):
    flood = Flood(3)
    assert [flood.rises(0, batch) for batch in batches] == rises


def test_partitions_are_counted_apart_and_forgotten():
    flood = Flood(3)
    assert not flood.rises(0, [DEAD] * 2)
    assert not flood.rises(1, [DEAD] * 2)
    flood.forget(0)
    assert not flood.rises(0, [DEAD] * 2)
    assert flood.rises(1, [DEAD])


def test_without_a_limit_there_is_no_flood():
    assert not Flood(0).rises(0, [DEAD] * 100_000)


async def test_a_flooded_partition_stands_still_and_the_others_go_on(new_job):
    async with new_job("worker-1", dead_run_limit=20) as job:
        await job.send(*[b"\x00\x01\x02\x03"] * 30, event("flooded"), partition=0)
        await job.send(event("dry"), partition=1)
        await job.until_stored("dry", 1)
        await until(lambda: job.logged("stands still"))
        assert await job.stored("flooded") == 0
        assert await job.value("SELECT count(*) FROM dead_letters") < 20
        await asyncio.to_thread(job.fleet.stop)
        job.fleet = fleet = Fleet({**job.environment, "SEAWALL_DEAD_RUN_LIMIT": "31"}, job.folder)
        fleet.start("worker-2")
        await job.until_stored("flooded", 1)
        assert await job.value("SELECT count(*) FROM dead_letters") == 30
