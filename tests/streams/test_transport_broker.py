"""The batch transport and a keyed agent on a real broker: batches, rewinds, and a restart that goes on exactly."""

import asyncio
import math
from contextlib import asynccontextmanager
from operator import eq
from types import SimpleNamespace

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import TP

from models.wire import Tick
from streams.app import new_app
from streams.config import JobConfig
from streams.continuity import Batch
from streams.job import Job
from streams.keyed_agent import KeyedStage, run_keyed
from streams.outbox import Outbox
from streams.stores import unfenced
from streams.topics import changelog
from telemetry import metrics

PARTITIONS = 2


class Count(msgspec.Struct):
    key: str
    n: int


@pytest.fixture
async def config(kafka, topic_prefix, tmp_path):
    config = JobConfig(
        bootstrap_servers=[kafka],
        database_url="",
        group=topic_prefix,
        topic_prefix=topic_prefix,
        partitions=PARTITIONS,
        data=tmp_path,
        instance="1",
        flush_every=0.2,
    )
    names = [f"{topic_prefix}groups", f"{topic_prefix}signals", changelog(topic_prefix, "dedupe")]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    await admin.close()
    return config


@asynccontextmanager
async def running(config):
    """A worker with one keyed agent that adds up; yields its job and what a table recovered would hold."""
    app = new_app(config)
    outbox = Outbox(config.bootstrap_servers, {}, PARTITIONS)
    job = Job(config=config, app=app, pool=None, outbox=outbox, rulebook=None, lookups=None, users=None, forecasts=None)
    stage = KeyedStage(
        name="dedupe",
        topic=job.topics["groups"],
        table="dedupe",
        item_type=Count,
        key=lambda item: item.key,
        observe=lambda state, item: ({"n": (state or {"n": 0})["n"] + item.n}, []),
        pass_time=lambda state, now: (state, []),
        due=lambda state: math.inf,
        out_topic=job.topics["signals"],
        out_key=lambda item: item.key,
    )
    states = run_keyed(job, stage)
    app.in_worker = True
    await outbox.open()
    await app.start()
    try:
        yield SimpleNamespace(job=job, topic=stage.topic, data=states._table.data, states=states)
    finally:
        await app.stop()
        await outbox.close()


async def send(worker, rounds: int, keys: int = 20) -> None:
    for _ in range(rounds):
        await worker.job.outbox.send_items(worker.topic, [Count(f"k{i}", 1) for i in range(keys)], lambda c: c.key)


def counts(worker) -> dict[str, int]:
    return {
        key.decode(): msgspec.json.decode(unfenced(value))["n"]
        for key, value in worker.data.items()
        if not key.startswith(b"@")
    }


async def settled(worker, wanted: dict[str, int]) -> None:
    async with asyncio.timeout(60):
        while counts(worker) != wanted:
            places = [(worker.topic, partition) for partition in range(PARTITIONS)]
            await worker.job.outbox.send_tick(places, Tick(at=0))  # time is what makes an agent write back
            await asyncio.sleep(0.1)


async def test_counts_are_exact_over_a_restart_and_a_rewind(config):
    """Given a worker that counted, when another takes over and its partitions are read again, nothing changes."""
    async with running(config) as worker:
        await send(worker, 50)
        await settled(worker, {f"k{i}": 50 for i in range(20)})
    async with running(config) as worker:
        assert counts(worker) == {f"k{i}": 50 for i in range(20)}
        await send(worker, 10)
        await settled(worker, {f"k{i}": 60 for i in range(20)})
        for partition in range(PARTITIONS):
            worker.job.app.batches.rewind(worker.topic, partition, 0)
        await send(worker, 5)
        await settled(worker, {f"k{i}": 65 for i in range(20)})


async def test_a_hole_is_read_again(config):
    """Given fetched records that never reach their agent, as around rebalances, then the agent gets them all the same."""
    async with running(config) as worker:
        await send(worker, 5)
        await settled(worker, {f"k{i}": 5 for i in range(20)})
        consumer = worker.job.app.batches
        await send(worker, 5)
        for partition in range(PARTITIONS):
            tp = TP(worker.topic, partition)
            await consumer.seek(tp, worker.states.lease(partition).position + 3)
        await send(worker, 5)
        await settled(worker, {f"k{i}": 15 for i in range(20)})


async def test_what_is_fetched_while_its_partition_is_sought_is_fetched_again(config, monkeypatch):
    """An agent takes such a fetch for one from before the seek, and nothing else would bring it."""
    async with running(config) as worker:
        await send(worker, 5)
        await settled(worker, {f"k{i}": 5 for i in range(20)})
        consumer = worker.job.app.batches
        fetch, sought = consumer._getmany, []

        async def sought_meanwhile(active_partitions, timeout):  # noqa: ASYNC109 - Faust's
            if active_partitions and not sought:
                for partition in range(PARTITIONS):
                    tp = TP(worker.topic, partition)
                    sought.append(await consumer._seek_batch(tp, consumer.positions.reached(tp)))
            return await fetch(active_partitions, timeout)

        monkeypatch.setattr(consumer, "_getmany", sought_meanwhile)
        before = metrics.REWINDS.labels(worker.topic)._value.get()
        while not sought:
            await asyncio.sleep(0.05)
        await send(worker, 5)
        await settled(worker, {f"k{i}": 10 for i in range(20)})
        assert metrics.REWINDS.labels(worker.topic)._value.get() > before


async def test_a_batch_that_is_dropped_on_its_way_does_not_hold_up_its_partition(config):
    """Given batches that a rebalance drops after the seek, then their partitions are read on, and nothing is missing."""
    async with running(config) as worker:
        await send(worker, 1)
        await settled(worker, {f"k{i}": 1 for i in range(20)})
        consumer, dropped = worker.job.app.batches, set()
        deliver = consumer.callback

        async def drop(message):
            if isinstance(message.value, Batch) and message.partition not in dropped:
                dropped.add(message.partition)
            else:
                await deliver(message)

        consumer.callback = drop
        await send(worker, 2)
        await settled(worker, {f"k{i}": 3 for i in range(20)})
        assert len(dropped) == PARTITIONS


async def test_a_batch_that_is_dropped_is_read_again_though_no_other_comes_after_it(config):
    async with running(config) as worker:
        await send(worker, 5)
        await settled(worker, {f"k{i}": 5 for i in range(20)})
        consumer, dropped = worker.job.app.batches, set()
        deliver = consumer.callback

        async def drop(message):
            if isinstance(message.value, Batch) and message.partition not in dropped:
                dropped.add(message.partition)
            else:
                await deliver(message)

        before = positions(worker)
        consumer.callback = drop
        await send(worker, 1)
        async with asyncio.timeout(60):
            while dropped != set(range(PARTITIONS)) or any(map(eq, positions(worker), before)):
                await asyncio.sleep(0.05)
        consumer.callback = deliver
        await settled(worker, {f"k{i}": 6 for i in range(20)})


def positions(worker) -> list[int]:
    return [worker.states.lease(partition).position for partition in range(PARTITIONS)]


async def test_seeks_of_recovery_to_no_offset_are_left_out(config):
    async with running(config) as worker:
        topic = changelog(config.group, "dedupe")
        await worker.job.app.batches.seek_wait({TP(topic, 0): -1, TP(topic, 1): None})
        await send(worker, 1)
        await settled(worker, {f"k{i}": 1 for i in range(20)})
