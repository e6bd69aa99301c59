"""`seawall dead`: found by the index, read from the topic, sent back whole."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from models.dead import ORIGIN, Buried, Place, encode_dead
from models.occurrence import Dead
from models.reasons import DeadReason
from models.wire import Source
from seawall.cli.dead import _shown
from seawall.dead_letters import DeadFilter, Exhumed, Letter, exhume, find
from seawall.dead_replaying import replay
from seawall.kafka import producer
from seawall.postgres import connected
from seawall.settings import Settings
from seawall.showing import as_text, hexdump
from seawall.topics import ensure_topics

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass
class Record:
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int = 1_700_000_000_000


async def bury(
    settings: Settings,
    count: int,
    reason: DeadReason = DeadReason.INVALID_JSON,
    first: int = 0,
    *,
    topic: str | None = None,
    padding: bytes = b"",
) -> None:
    """Bury records as the job does, one an hour from NOW on."""
    await ensure_topics(settings)
    source = Source(topic=topic or settings.errors_topic, partition=0)
    async with producer(settings) as client, connected(settings) as connection:
        for offset in range(first, first + count):
            record = Record(
                b"key%d" % offset, b'{"message": "%d", token=hunter22}' % offset + padding, [("h", b"%d" % offset)]
            )
            dead = Dead(offset=offset, reason=reason, detail="no JSON", size=len(record.value), received_at=0.0)
            key, value, headers = encode_dead(record, dead, source)
            placed = await client.send_and_wait(settings.dead_topic, value, key, headers=headers)
            await connection.execute(
                'INSERT INTO dead_letters (topic, partition, generation, "offset", reason, detail, size, received_at,'
                " dead_partition, dead_offset) VALUES (%s, 0, 0, %s, %s, %s, %s, %s, %s, %s)",
                [
                    source.topic,
                    offset,
                    reason,
                    dead.detail,
                    dead.size,
                    NOW + timedelta(hours=offset),
                    placed.partition,
                    placed.offset,
                ],
            )


async def letters(settings: Settings, **which: object) -> list[int]:
    async with connected(settings) as connection:
        return [
            letter.place.offset for letter in await find(connection, DeadFilter(topic=settings.errors_topic, **which))
        ]


async def arrived(settings: Settings, count: int) -> list:
    consumer = AIOKafkaConsumer(settings.errors_topic, bootstrap_servers=settings.kafka(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [await asyncio.wait_for(consumer.getone(), 30) for _ in range(count)]
    finally:
        await consumer.stop()


async def test_filters(settings):
    await bury(settings, 4)
    await bury(settings, 2, DeadReason.NO_ERROR, first=4)
    assert await letters(settings) == [0, 1, 2, 3, 4, 5]
    assert await letters(settings, reason="no_error") == [4, 5]
    assert await letters(settings, since=NOW + timedelta(hours=2), until=NOW + timedelta(hours=4)) == [2, 3]
    assert await letters(settings, limit=2) == [4, 5]
    assert await letters(settings, places=[Place(settings.errors_topic, 0, 0, 3)]) == [3]
    assert await letters(settings, reason="'; DROP TABLE dead_letters; --") == []


async def test_records_come_back_whole(settings):
    await bury(settings, 3)
    async with connected(settings) as connection:
        found = [one async for one in exhume(settings, await find(connection, DeadFilter(topic=settings.errors_topic)))]
    assert all(isinstance(one, Exhumed) for one in found)
    by_offset = {one.letter.place.offset: one for one in found}
    assert by_offset[1].key == b"key1"
    assert by_offset[1].value == b'{"message": "1", token=hunter22}'
    assert by_offset[1].headers == [("h", b"1")]


async def test_replay_sends_the_record_back_with_its_place(settings):
    await bury(settings, 300)
    async with connected(settings) as connection:
        which = DeadFilter(topic=settings.errors_topic, waiting_only=True)
        result = await replay(settings, connection, await find(connection, which))
        assert (result.sent, result.gone) == (300, 0)
        assert await find(connection, which) == []
        rows = await (
            await connection.execute(
                "SELECT DISTINCT replays FROM dead_letters WHERE topic = %s", [settings.errors_topic]
            )
        ).fetchall()
        assert rows == [(1,)]
    records = await arrived(settings, 300)
    assert {record.key for record in records} == {b"key%d" % offset for offset in range(300)}
    for record in records:
        offset = record.key.removeprefix(b"key")
        assert record.value == b'{"message": "%s", token=hunter22}' % offset
        assert record.headers == (("h", offset), (ORIGIN, f"{settings.errors_topic}/0/0/".encode() + offset))


async def test_what_the_topic_does_not_hold_any_more_is_counted(settings):
    await bury(settings, 2)
    async with connected(settings) as connection:
        await connection.execute(
            'UPDATE dead_letters SET dead_offset = dead_offset + 1000 WHERE topic = %s AND "offset" = 0',
            [settings.errors_topic],
        )
        result = await replay(settings, connection, await find(connection, DeadFilter(topic=settings.errors_topic)))
    assert (result.sent, result.gone) == (1, 1)


async def test_a_record_of_another_letter_is_not_taken_for_it(settings):
    await bury(settings, 1)
    async with connected(settings) as connection:
        await connection.execute('UPDATE dead_letters SET "offset" = 77 WHERE topic = %s', [settings.errors_topic])
        result = await replay(settings, connection, await find(connection, DeadFilter(topic=settings.errors_topic)))
    assert (result.sent, result.gone) == (0, 1)


def test_the_command(seawall, settings, environment):
    asyncio.run(bury(settings, 3))
    topic = settings.errors_topic
    listed = seawall("dead", "list", "--topic", topic, "--json", env=environment)
    assert [letter["id"] for letter in json.loads(listed.stdout)] == [f"{topic}/0/0/{offset}" for offset in range(3)]
    assert "invalid_json" in seawall("dead", "list", "--topic", topic, env=environment).stdout
    shown = seawall("dead", "show", f"{topic}/0/0/1", env=environment)
    assert '{"message": "1"' in shown.stdout
    assert "hunter22" not in shown.stdout
    assert "hunter22" in seawall("dead", "show", f"{topic}/0/0/1", "--raw", env=environment).stdout
    assert "h: 1" in shown.stdout
    dry = seawall("dead", "replay", "--topic", topic, "--dry-run", env=environment)
    assert dry.stdout == "would send 3 records\n"
    one = seawall("dead", "replay", f"{topic}/0/0/2", "--json", env=environment)
    assert json.loads(one.stdout) == {"matched": 1, "sent": 1, "gone": 0, "refused": 0, "dry_run": False}
    rest = seawall("dead", "replay", "--topic", topic, "--yes", env=environment)
    assert rest.stdout == "sent 2 of 2 records\n"
    again = seawall("dead", "replay", "--topic", topic, env=environment)
    assert again.stdout == "sent 0 of 0 records\n"
    named = seawall("dead", "replay", f"{topic}/0/0/2", f"{topic}/0/0/9", "--yes", env=environment)
    missed = (
        f"no dead letter {topic}/0/0/2, {topic}/0/0/9 that was not replayed before (see --again) and fits the filter"
    )
    assert (named.returncode, named.stderr) == (1, f"seawall: {missed}; nothing was sent\n")
    assert (
        seawall("dead", "replay", f"{topic}/0/0/2", "--again", "--yes", env=environment).stdout
        == "sent 1 of 1 records\n"
    )


@pytest.mark.parametrize("place", ["nowhere", "errors/0/0", "errors/a/0/1"])
def test_what_is_no_id_is_said(seawall, environment, place):
    done = seawall("dead", "show", place, env=environment)
    assert (done.returncode, done.stderr) == (
        1,
        f"seawall: {place!r} is not an id: topic/partition/generation/offset\n",
    )


def test_an_unknown_letter_is_said(seawall, environment):
    done = seawall("dead", "show", "errors/0/0/999", env=environment)
    assert (done.returncode, done.stderr) == (1, "seawall: no dead letter errors/0/0/999\n")


def test_a_database_without_our_schema_is_said(seawall, admin_database_url):
    done = seawall("dead", "list", env={"SEAWALL_DATABASE_URL": admin_database_url.rsplit("/", 1)[0] + "/template1"})
    assert (done.returncode, done.stderr) == (
        1,
        "seawall: the database has no schema of this version yet: run `seawall migrate`\n",
    )


def test_a_database_that_is_away_is_said(seawall):
    done = seawall("dead", "list", env={"SEAWALL_DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:9/d"})
    assert done.returncode == 1
    assert done.stderr.startswith("seawall: PostgreSQL cannot be reached")
    assert "hunter22" not in done.stderr


RULES = (
    "version: 1\ndefault_route: slack:#a\nmasking: {rules: [{name: order, pattern: 'order-[0-9]+', method: remove}]}\n"
)


def test_what_is_shown_is_masked_by_the_rules_in_force(tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    given = [("authorization", b"am9lOjgxQ1RL"), ("h", b"\xff 1"), ("x", b"of order-17")]
    value = b"\x00\xff order-18, mail joe@shop.example"
    place = Place("errors", 0, 0, 7)
    buried = Buried(place=place, reason="not_text", detail="", timestamp=0, headers=given)
    told = Letter(
        place=place, reason="not_text", detail="", size=9, received_at=NOW, dead_partition=0, dead_offset=1,
        replayed_at=None, replays=0,
    )  # fmt: skip
    letter = Exhumed(letter=told, key=None, value=value, buried=buried)
    settings = Settings(rules=tmp_path / "rules.yaml")
    record, headers = _shown(settings, letter, raw=False)
    assert record == b"\x00\xff , mail [email]"
    assert headers == {"authorization": "[authorization]", "h": hexdump(b"\xff 1"), "x": "of "}
    assert _shown(settings, letter, raw=True)[0] == value


def test_text_is_shown_without_what_moves_the_cursor():
    assert as_text("a\x1b[2Jb\u202ec\n".encode()) == "a\\x1b[2Jb\\x202ec\n"


def test_text_cut_within_a_character_is_text():
    assert as_text("äö".encode()[:-1]) == "ä"


@pytest.mark.parametrize("value", [b"\xff\xfe\x00\x01binary", b"text\x00", b"\xff" * 10])
def test_binary_is_no_text(value):
    assert as_text(value) is None
    assert hexdump(value).startswith("00000000  ")


async def test_what_its_topic_refuses_again_holds_up_no_other(settings, seawall, environment):
    small = {"max.message.bytes": "2000"}
    why = DeadReason.UNWRITABLE
    await bury(settings, 3, why)
    await bury(settings, 1, why, 3, padding=b"x" * 3_000)
    await bury(settings, 2, why, 4)
    await bury(settings, 1, why, topic=f"{settings.topic_prefix}replays")
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka())
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.errors_topic, configs=small)])
    await admin.close()
    done = await asyncio.to_thread(seawall, "dead", "replay", "--reason", why, "--yes", env=environment)
    assert done.returncode == 1
    assert "sent 5 of 7 records" in done.stdout
    assert f"1 larger than the topic {settings.errors_topic} takes" in done.stderr
    assert f"1 there is no topic {settings.topic_prefix}replays" in done.stderr
    assert await letters(settings, waiting_only=True) == [3]
    told = await asyncio.to_thread(seawall, "dead", "replay", "--reason", why, "--yes", "--json", env=environment)
    assert (told.returncode, json.loads(told.stdout)["refused"]) == (1, 2)
