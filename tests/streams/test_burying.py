"""Dead letters on a real broker, and a topic that cannot take one of them."""

from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from models.dead import decode_dead
from models.occurrence import Dead
from models.reasons import DeadReason
from models.wire import Source
from streams.burying import CUT_TO, bury
from streams.outbox import Outbox

SOURCE = Source(topic="errors", partition=0, generation=1)


def record(offset: int, size: int):
    return SimpleNamespace(key=b"k", value=b"x" * size, headers=[("own", b"1" * 10)], timestamp=5, offset=offset)


def dead(offset: int) -> Dead:
    return Dead(offset=offset, reason=DeadReason.TOO_LARGE, detail="too large", size=1, received_at=5.0)


@pytest.fixture
async def outbox(kafka):
    outbox = Outbox([kafka], {}, 4)
    await outbox.open()
    yield outbox
    await outbox.close()


async def test_a_letter_that_the_topic_cannot_hold_is_cut_and_the_others_are_whole(kafka, topic_prefix, outbox):
    topic = f"{topic_prefix}dead"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "600000"})])
    await admin.close()
    records = {0: record(0, 100), 1: record(1, 5_000_000), 2: record(2, 200)}
    places = await bury(outbox, topic, records, [dead(0), dead(1), dead(2)], SOURCE)
    async with AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        by_offset = {}
        while len(by_offset) < max(place.offset for place in places) + 1:
            letter = await consumer.getone()
            by_offset[letter.offset] = letter
    letters = [by_offset[place.offset] for place in places]
    assert [len(letter.value) for letter in letters] == [100, CUT_TO, 200]
    assert [decode_dead(letter.headers).place.offset for letter in letters] == [0, 1, 2]
    assert "cut to" in decode_dead(letters[1].headers).detail
    assert decode_dead(letters[0].headers).headers == [("own", b"1" * 10)]
