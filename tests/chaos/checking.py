"""Does what is stored equal what was produced? Looks at PostgreSQL, the tables behind the agents, and the desk."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.stores import generation_of, unfenced
from streams.topics import changelog
from tests.chaos.producing import Produced


@dataclass
class Findings:
    """What was compared, and what does not agree."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, wanted: object) -> None:
        self.figures[what] = found
        if found != wanted:
            self.wrong.append(f"{what}: {found}, should be {wanted}")


async def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """The end offset of each partition."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        tps = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic) or ()]
        return {tp.partition: end for tp, end in (await consumer.end_offsets(tps)).items()}
    finally:
        with suppress(asyncio.CancelledError):  # aiokafka lets its own cancelled task out of here now and then
            await consumer.stop()


async def caught_up(database: str, bootstrap: str, topic: str, seconds: float) -> bool:
    """Wait until the store's positions are at the partitions' ends."""
    for _ in range(int(seconds * 2)):
        await asyncio.sleep(0.5)
        wanted = {partition: end for partition, end in (await ends(bootstrap, topic)).items() if end}
        async with await psycopg.AsyncConnection.connect(database) as connection:
            rows = await (
                await connection.execute("SELECT partition, next_offset FROM source_offsets WHERE topic = %s", [topic])
            ).fetchall()
        if dict(rows) == wanted:
            return True
    return False


async def check_store(database: str, bootstrap: str, topic: str, produced: Produced) -> Findings:
    """Every group's count, every row, every offset."""
    findings = Findings()
    async with await psycopg.AsyncConnection.connect(database) as connection:

        async def rows(sql: str) -> list[Any]:
            return await (await connection.execute(sql)).fetchall()

        groups = {
            (service, kind): n for service, kind, n in await rows("SELECT service, type, occurrences FROM groups")
        }
        findings.expect("groups that differ", _difference(Counter(groups), produced.events), {})
        findings.expect(
            "groups whose rows differ",
            await rows(
                "SELECT g.type, g.occurrences, count(o.*) FROM groups g LEFT JOIN occurrences o ON o.group_id = g.id"
                " GROUP BY g.id HAVING g.occurrences <> count(o.*)"
            ),
            [],
        )
        stored = (await rows("SELECT count(*) FROM occurrences"))[0][0]
        findings.expect("occurrences", stored, produced.events.total())
        findings.expect(
            "offsets stored twice",
            await rows(
                'SELECT partition, "offset" FROM occurrences GROUP BY 1, 2, generation, ordinal HAVING count(*) > 1'
            ),
            [],
        )
        minutes = (await rows("SELECT coalesce(sum(occurrences), 0) FROM minute_stats"))[0][0]
        findings.expect("occurrences by minute", minutes, stored)
        passed = (await rows("SELECT coalesce(sum(records), 0) FROM drop_stats"))[0][0]
        dead = (await rows("SELECT count(*) FROM dead_letters"))[0][0]
        end = sum((await ends(bootstrap, topic)).values())
        findings.expect("records accounted for", int(stored + passed + dead), end)
        findings.figures.update({"passed over": int(passed), "dead": dead})
    return findings


async def table_counts(bootstrap: str, group: str, table: str, partitions: int) -> dict[str, int]:
    """The all-time count of every key of the dedupe table, as a worker would recover it from the changelog."""
    topic = changelog(group, table)
    # By its own reset and not by `seek_to_beginning`: that races with the reset, which goes to the end by default.
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    values: dict[bytes, bytes] = {}
    try:
        tps = [TopicPartition(topic, partition) for partition in range(partitions)]
        consumer.assign(tps)
        until = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < end for tp, end in until.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    _apply(values, record.key, record.value)
    finally:
        with suppress(asyncio.CancelledError):  # aiokafka lets its own cancelled task out of here now and then
            await consumer.stop()
    return {key.decode(): orjson.loads(unfenced(v))["n"] for key, v in values.items() if not key.startswith(b"@")}


def _apply(values: dict[bytes, bytes], key: bytes, value: bytes | None) -> None:
    if value is None:
        values.pop(key, None)
    elif key not in values or generation_of(value) >= generation_of(values[key]):
        values[key] = value


async def check_tables(database: str, bootstrap: str, group: str, partitions: int, seconds: float = 30) -> Findings:
    """The dedupe table's counts equal the store's, as soon as the agents have written back."""
    async with await psycopg.AsyncConnection.connect(database) as connection:
        rows = await (await connection.execute("SELECT id::text, occurrences FROM groups")).fetchall()
    stored = Counter(dict(rows))
    differ: dict[Any, Any] = {}
    for _ in range(int(seconds)):
        differ = _difference(Counter(await table_counts(bootstrap, group, "dedupe", partitions)), stored)
        if not differ:
            break
        await asyncio.sleep(1)
    findings = Findings()
    findings.expect("groups whose table count differs", differ, {})
    return findings


async def check_deliveries(database: str, showing: Callable[[], list[int]], seconds: float = 300) -> Findings:
    """Each transition that was to be shown in a channel was shown there once.

    Args:
        database: its URL.
        showing: tells the delivery ids that the receiver saw, one for each message or thread reply.
        seconds: how long to wait for deliveries to finish.
    """
    findings = Findings()
    rows: list[Any] = []
    for _ in range(int(seconds)):
        async with await psycopg.AsyncConnection.connect(database) as connection:
            rows = await (
                await connection.execute("SELECT status::text, count(*) FROM deliveries GROUP BY 1")
            ).fetchall()
        if not {"pending", "sending"} & {status for status, _ in rows}:
            break
        await asyncio.sleep(1)
    findings.figures["deliveries"] = dict(rows)
    unfinished = {status: n for status, n in rows if status in {"pending", "sending"}}
    findings.expect("deliveries not finished", unfinished, {})
    shown = showing()
    async with await psycopg.AsyncConnection.connect(database) as connection:
        told = await (await connection.execute(_TOLD)).fetchall()
    findings.expect("deliveries sent but not shown", [row for row in told if row[0] not in set(shown)], [])
    findings.figures["transitions told in Slack"] = len(told)
    findings.expect("deliveries shown twice", {i: n for i, n in Counter(shown).items() if n > 1}, {})
    findings.figures["messages shown"] = len(shown)
    return findings


# What must stand in a channel as a message or a line of its thread.
_TOLD = """
    SELECT d.id, l.kind, d.attempts, d.reply FROM deliveries d JOIN incident_log l USING (transition_id)
    WHERE d.channel LIKE 'slack:%' AND d.status = 'sent' AND l.kind IN ('open', 'escalate', 'deescalate', 'resolve')"""


def _difference(found: Counter[Any], wanted: Counter[Any]) -> dict[Any, Any]:
    return {key: (found[key], wanted[key]) for key in found.keys() | wanted.keys() if found[key] != wanted[key]}
