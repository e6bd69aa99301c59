"""Records that the brokers refuse for good: put aside with the reason, and nothing behind them waits."""

import asyncio
import base64
import json
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from gateway.burying import FILE, Burying
from gateway.contract import Record, Refused
from gateway.publishing import Publisher, Written
from gateway.spool import Spool
from gateway.writing import Writer
from telemetry.metrics import GATEWAY_BURIED

LIMIT = 2_048  # bytes that the topic of check-ins takes
SECONDS = 60


@dataclass
class Place:
    """A writer between a spool and topics of its own."""

    kafka: str
    prefix: str
    writer: Writer
    spool: Spool | None

    async def drained(self):
        task = asyncio.create_task(self.writer.drain(self.spool))
        async with asyncio.timeout(SECONDS):
            while self.spool.size and not task.done():
                await asyncio.sleep(0.05)
        assert not task.done(), task
        task.cancel()

    async def values(self, topic):
        return [record.value for record in await self.records(topic)]

    async def records(self, topic):
        async with AIOKafkaConsumer(bootstrap_servers=self.kafka) as reader:
            part = TopicPartition(self.prefix + topic, 0)
            reader.assign([part])
            await reader.seek_to_beginning()
            end = (await reader.end_offsets([part]))[part]
            found = []
            async with asyncio.timeout(SECONDS):
                while await reader.position(part) < end:
                    found += (await reader.getmany(part, timeout_ms=200)).get(part, [])
            return found


@asynccontextmanager
async def place(kafka, folder, *, dead_limit=1_000_000, errors_limit=1_000_000, spooling=True):
    prefix = f"t{os.urandom(5).hex()}."
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    limits = {"errors": errors_limit, "check-ins": LIMIT, "dead": dead_limit}
    await admin.create_topics(
        [
            NewTopic(prefix + name, 1, 1, topic_configs={"max.message.bytes": str(limit)})
            for name, limit in limits.items()
        ]
    )
    await admin.close()
    spool = Spool(folder, 10_000_000) if spooling else None
    if spool is not None:
        spool.open()
    publishers = {name: Publisher(prefix + name, {"bootstrap_servers": kafka}, 12_000_000) for name in limits}
    burying = Burying(publishers["dead"], {"check-ins": f"{prefix}check-ins"}, folder if spooling else None)
    others = {"check-ins": publishers["check-ins"]}
    for one in publishers.values():
        await one.open()
    async with asyncio.timeout(SECONDS):
        while not await publishers["errors"].probe():
            await asyncio.sleep(0.1)
    try:
        yield Place(kafka, prefix, Writer(publishers["errors"], others, burying, spool), spool)
    finally:
        for one in publishers.values():
            await one.close()
        if spool is not None:
            spool.close()


def kept(value, topic=""):
    return Written(value, b"key", [("seawall-origin", b"gateway-1/0/0/0")], topic)


def counted(reason):
    return GATEWAY_BURIED.labels(reason)._value.get()


LARGE = b"x" * 2 * LIMIT


async def test_the_spool_goes_on_behind_what_is_refused(kafka, tmp_path):
    before = counted("unwritable"), counted("no_topic")
    async with place(kafka, tmp_path) as here:
        here.spool.append([kept(b"1", "check-ins"), kept(LARGE, "check-ins"), kept(b"2", "check-ins")])
        here.spool.append([kept(b"error"), kept(b"of a later version", "replays"), kept(b"another")])
        await here.drained()
        assert await here.values("check-ins") == [b"1", b"2"]
        assert await here.values("errors") == [b"error", b"another"]
        letters = await here.records("dead")
    assert [record.value for record in letters] == [LARGE, b"of a later version"]
    told = [{name: value.decode() for name, value in record.headers} for record in letters]
    assert [one["seawall-dead-reason"] for one in told] == ["unwritable", "no_topic"]
    assert [one["seawall-dead-topic"] for one in told] == [f"{here.prefix}check-ins", "replays"]
    assert [one["seawall-origin"] for one in told] == ["gateway-1/0/0/0"] * 2
    assert (counted("unwritable"), counted("no_topic")) == (before[0] + 1, before[1] + 1)
    assert not (tmp_path / FILE).exists()


async def test_many_that_are_refused_hold_up_nobody(kafka, tmp_path):
    async with place(kafka, tmp_path, errors_limit=LIMIT) as here:
        here.spool.append([kept(LARGE + str(number).encode()) for number in range(200)])
        here.spool.append([kept(b"the last")])
        await here.drained()
        assert await here.values("errors") == [b"the last"]
        assert len(await here.values("dead")) == 200


async def test_a_letter_too_large_for_the_dead_is_cut(kafka, tmp_path):
    async with place(kafka, tmp_path) as here:
        here.spool.append([kept(b"y" * 1_500_000, "check-ins")])
        await here.drained()
        (letter,) = await here.records("dead")
    assert letter.value == b"y" * 256 * 1024
    assert dict(letter.headers)["seawall-dead-reason"] == b"unwritable"
    assert b"cut to 262144 bytes" in dict(letter.headers)["seawall-dead-detail"]


async def test_what_no_topic_takes_is_in_a_file(kafka, tmp_path):
    async with place(kafka, tmp_path, dead_limit=200) as here:
        here.spool.append([kept(LARGE, "check-ins"), kept(b"\xff", "replays"), kept(b"error")])
        await here.drained()
        assert await here.values("errors") == [b"error"]
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert [base64.b64decode(line["value"]) for line in lines] == [LARGE, b"\xff"]
    assert [line["headers"]["seawall-dead-reason"] for line in lines] == ["unwritable", "no_topic"]


async def test_small_ones_that_are_too_many_at_once_arrive(kafka, tmp_path):
    async with place(kafka, tmp_path) as here:
        for turn in range(2):
            some = [Record(f"{turn} {number} ".encode() + b"z" * 500) for number in range(20)]
            await here.writer.tell("check-ins", some, f"{turn:032x}")
        arrived = await here.values("check-ins")
        assert await here.records("dead") == []
    assert {value[:5].split()[1] for value in arrived} == {str(number).encode() for number in range(20)}
    assert len(set(arrived)) == 40


async def test_a_request_whose_record_is_refused_is_answered_where_that_is_put_aside(kafka, tmp_path):
    async with place(kafka, tmp_path) as here:
        await here.writer.tell("check-ins", [Record(b"small"), Record(LARGE)], "0" * 32)
        assert await here.values("check-ins") == [b"small"]
        assert await here.values("dead") == [LARGE]
    async with place(kafka, tmp_path, dead_limit=200, spooling=False) as here:
        with pytest.raises(Refused) as refused:
            await here.writer.tell("check-ins", [Record(LARGE)], "0" * 32)
    assert refused.value.refusal.status == 413
