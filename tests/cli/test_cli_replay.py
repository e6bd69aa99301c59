"""`seawall replay`: exactly what a filter dropped, again into its topic; sent twice, it is one event all the same."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from models.dead import ORIGIN
from models.event import Origin
from models.occurrence import Dropped, Occurrence
from models.reasons import DropReason
from models.replaying import ONLY, meant
from models.severity import Severity
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare
from seawall.kafka import producer
from seawall.postgres import connected
from seawall.topics import ensure_topics
from sinks.postgres.dropping import add_dropped_records


async def drop(settings, count: int, batches: list[list[Dropped]]) -> None:
    """Write records to partition 0, and note which of them were dropped, as the job does."""
    await ensure_topics(settings)
    async with producer(settings) as client, connected(settings) as connection:
        for number in range(count):
            await client.send_and_wait(
                settings.errors_topic, b'{"message": "%d"}' % number, b"key%d" % number, partition=0,
                headers=[("h", b"%d" % number)],
            )  # fmt: skip
        await connection.execute(
            "INSERT INTO source_offsets (topic, partition, generation, next_offset) VALUES (%s, 0, 0, %s)",
            [settings.errors_topic, count],
        )
        for batch in batches:
            await add_dropped_records(connection, (settings.errors_topic, 0, 0), batch)


def dropped(*offsets: int, rule: str = "noise", **more) -> list[Dropped]:
    return [Dropped(offset=offset, reason=DropReason.FILTERED, rule=rule, **more) for offset in offsets]


async def all_records(settings) -> list:
    """What the topic holds, by partition and offset."""
    consumer = AIOKafkaConsumer(settings.errors_topic, bootstrap_servers=settings.kafka(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        tps = list(consumer.assignment())
        ends, records = await consumer.end_offsets(tps), []
        for tp in tps:
            while await consumer.position(tp) < ends[tp]:
                records += (await consumer.getmany(tp, timeout_ms=1_000)).get(tp, [])
        return records
    finally:
        await consumer.stop()


async def sent_again(settings) -> dict[bytes, list]:
    """Value -> headers of what came after the first records, by ORIGIN."""
    found: dict[bytes, list] = {}
    for record in await all_records(settings):
        if ORIGIN in dict(record.headers):
            found.setdefault(record.value, []).append(dict(record.headers))
    return found


def replay(seawall, environment, *arguments: str, code: int = 0):
    done = seawall("replay", *arguments, env=environment)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else (done.stdout + done.stderr)


def test_exactly_what_the_filter_dropped_is_sent_with_its_place(seawall, settings, environment):
    batches = [dropped(0, 1, 4, rule="noise") + dropped(2, rule="other"), dropped(7, 8), dropped(9, rule="other")]
    asyncio.run(drop(settings, 12, batches))
    dry = replay(seawall, environment, "--rule", "noise", "--dry-run")
    assert dry == "would send 5 records\n"
    assert asyncio.run(sent_again(settings)) == {}
    assert replay(seawall, environment, "--rule", "noise", "--since", "2d") == "sent 5 of 5 records\n"
    again = asyncio.run(sent_again(settings))
    assert set(again) == {b'{"message": "%d"}' % number for number in (0, 1, 4, 7, 8)}
    [headers] = again[b'{"message": "7"}']
    assert headers == {"h": b"7", ORIGIN: f"{settings.errors_topic}/0/0/7".encode()}
    assert "nothing that `noise` dropped is waiting" in replay(seawall, environment, "--rule", "noise")


def test_sent_twice_it_is_one_event(seawall, settings, environment):
    asyncio.run(drop(settings, 6, [dropped(2, 3)]))
    assert replay(seawall, environment, "--rule", "noise") == "sent 2 of 2 records\n"
    assert replay(seawall, environment, "--rule", "noise", "--again") == "sent 2 of 2 records\n"
    config = PrepareConfig(
        masker=Masker(), minimum_severity=Severity.WARNING, lateness=600, retention=86_400, hash_key=b"k" * 32
    )
    ids: dict[str, set[bytes]] = {}
    for record in asyncio.run(all_records(settings)):
        if ORIGIN not in dict(record.headers):
            continue
        place = Origin(topic=record.topic, partition=record.partition, offset=record.offset)
        [made] = prepare(record.value, dict(record.headers), place, record.timestamp / 1000, config)
        assert isinstance(made, Occurrence)
        assert made.own_id, "a second one is a retry"
        ids.setdefault(made.message, set()).add(made.event_id)
    assert {message: len(found) for message, found in ids.items()} == {"2": 1, "3": 1}


def test_only_the_events_that_were_dropped_are_meant(seawall, settings, environment):
    asyncio.run(drop(settings, 3, [dropped(1, ordinal=2, alone=False)]))
    replay(seawall, environment, "--rule", "noise")
    [[headers]] = asyncio.run(sent_again(settings)).values()
    assert headers[ONLY] == b"2"
    assert list(meant(headers.items(), 4)) == [2]


def test_what_the_topic_does_not_hold_any_more_is_said(seawall, settings, environment):
    async def lose() -> None:
        await drop(settings, 10, [dropped(1, 2, 5, 6)])
        async with connected(settings) as connection:
            await add_dropped_records(connection, (settings.errors_topic, 0, 7), dropped(8))  # of another generation
            await add_dropped_records(connection, ("gone.topic", 0, 0), dropped(1))
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka())
        await admin.start()
        await admin.delete_records({TopicPartition(settings.errors_topic, 0): RecordsToDelete(before_offset=6)})
        await admin.close()

    asyncio.run(lose())
    dry = replay(seawall, environment, "--rule", "noise", "--dry-run", "--json")
    assert dry == {"dropped": 6, "held": 1, "sent": 0, "gone": 5, "dry_run": True}
    said = replay(seawall, environment, "--rule", "noise").splitlines()
    assert said == [
        "sent 1 of 1 records",
        "1 are not in the topic gone.topic any more: they are older than what it keeps",
        f"4 are not in the topic {settings.errors_topic} any more: they are older than what it keeps",
    ]
    assert set(asyncio.run(sent_again(settings))) == {b'{"message": "6"}'}


def test_many_runs_and_far_between(seawall, settings, environment):
    wanted = [*range(0, 400, 2), *range(1_900, 1_950)]

    async def fill() -> None:
        await drop(settings, 0, [dropped(*wanted)])
        async with producer(settings) as client:
            for number in range(2_000):
                await client.send(settings.errors_topic, b"%d" % number, partition=0)
            await client.flush()

    asyncio.run(fill())
    assert replay(seawall, environment, "--rule", "noise", "--json")["sent"] == 250
    assert sorted(int(value) for value in asyncio.run(sent_again(settings))) == wanted


def test_an_unknown_filter_and_wrong_usage_are_said(seawall, environment):
    assert "nothing that `nosuch` dropped" in replay(seawall, environment, "--rule", "nosuch")
    assert "--rule" in replay(seawall, environment, code=2)
    assert "neither like" in replay(seawall, environment, "--rule", "x", "--since", "yesterday", code=2)


@pytest.fixture(autouse=True)
def _clean(settings):
    """The database is shared by the module."""

    async def clean() -> None:
        async with connected(settings) as connection:
            await connection.execute("DELETE FROM dropped_records")

    asyncio.run(clean())
