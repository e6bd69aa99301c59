"""Hundreds of kinds of secrets through the running job: nothing that it stores, sends, keeps or logs holds one of them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from psycopg import sql

from seawall.kafka import admin
from seawall.topics import wanted_topics
from sinks.postgres.connecting import connect
from tests.rules.canaries import CANARIES
from tests.rules.canary_records import BATCH, Sent, Texts, found_in, real_records
from tests.streams.job_support import DESK, MAX_RECORD, RunningJob, until

ROUNDS = -(-len(CANARIES) // BATCH)  # records that hold every canary, BATCH each
TELLING = 8  # channels for the errors that are told
SLICE = 300  # records sent at once
REFUSED = 2  # records that the database refuses
SHARE = 6  # of all canaries, so many parts go through a format each: the tests of the rules send all through all
RULES = f"""
version: 1
alerts:
  - {{name: new-error, on: new, match: {{environment: told-*}}}}
thresholds:
  - {{name: some, match: {{environment: told-0}}, count: 1, window: 1m, group_by: service}}
routes:
  - {{match: {{environment: told-0}}, to: "pagerduty:default", continue: true}}
{"".join(f'  - {{match: {{environment: told-{n}}}, to: "slack:#told-{n}"}}{chr(10)}' for n in range(TELLING))}
default_route: "slack:#alerts"
"""
CONNECT = (("__connect.errors.topic", b"orders"), ("__connect.errors.exception.class.name", b"org.acme.SinkException"))
KNOWN = [canary.text for canary in CANARIES if canary.by_form]
FIELDS = 24


def told(number: int, fields: list[Texts]) -> Sent:
    """An error of our own form, each of its fields full, that is told to Slack and PagerDuty."""
    turn = iter(fields)

    def one() -> str:
        return next(turn).one()

    def many() -> str:
        return next(turn).many()

    code = [KNOWN[(number * 7 + place) % len(KNOWN)] for place in range(5)]
    frame = {
        "function": code[0], "module": code[1], "file": code[2], "line": 7, "in_app": True, "locals": {"a": many()},
        "context": {"before": [code[3]], "line": code[4], "after": KNOWN[number::ROUNDS]},
    }  # fmt: skip
    event = {
        "severity": "critical", "environment": f"told-{number % TELLING}", "service": one(), "hostname": one(),
        "error_type": one(), "message": many(), "release": one(), "user_id": one(), "transaction": one(),
        "trace_id": one(), "session_id": one(), "logger": one(), "stack_trace": many(),
        "exception": [{"type": one(), "value": many(), "mechanism": one(), "frames": [frame]}],
        "request": {
            "url": f"https://shop.example/?{one()}", "query_string": one(), "headers": {"X-Some": one()},
            "body": {"note": many()},
        },
        "tags": {"tag": one(), KNOWN[number]: "1"}, "fingerprint": [one(), f"{number}"],
        "extra": {"list": [many()], "breadcrumbs": [{"message": many(), "data": {KNOWN[-number]: many()}}]},
    }  # fmt: skip
    return Sent(orjson.dumps(event))


def others() -> Iterator[Sent]:
    """What cannot be read, what is passed over, what is refused, and what only headers tell."""
    texts = Texts()
    for number in range(ROUNDS):
        text, one = texts.many(), CANARIES[number * BATCH]
        yield Sent(orjson.dumps({"message": text})[:-1], (("authorization", one.secret.encode()),))
        yield Sent(orjson.dumps(text))
        yield Sent(bytes(range(256)) * 20 + text.encode())
        yield Sent(orjson.dumps({"service": one.text, "severity": "debug", "message": text}))
        yield Sent(b"{}", (*CONNECT, ("__connect.errors.exception.message", text.encode())))
        if number < REFUSED:
            yield Sent(orjson.dumps({"service": "shop", "message": f"refused {text}"}))
    everything = b"\n".join(canary.text.encode() for canary in CANARIES)
    yield Sent(everything * (5 * 1024 * 1024 // len(everything)))


async def send(job: RunningJob, records: list[Sent]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=job.settings.kafka(), max_request_size=MAX_RECORD, linger_ms=20)
    async with producer:
        for one in records:
            await producer.send(job.topic, one.value, headers=list(one.headers))


async def tables(job: RunningJob) -> dict[str, str]:
    """Every row of every table and view of the database, as JSON."""
    found = {}
    async with await connect(job.settings.postgres(), application_name="test") as connection:
        cursor = await connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname !~ '^(pg_|information_schema)'"
        )
        for schema, name in await cursor.fetchall():
            query = sql.SQL("SELECT row_to_json(t)::text FROM {} t").format(sql.Identifier(schema, name))
            rows = await (await connection.execute(query)).fetchall()
            found[f"{schema}.{name}"] = "\n".join(row[0] for row in rows)
    return found


async def topics(job: RunningJob) -> dict[str, str]:
    """Every record of the job's own topics, with its key and headers."""
    async with admin(job.settings) as client:
        names = {name for name in await client.list_topics() if name.startswith(job.settings.topic_prefix)}
        assert names >= {spec.name for spec in wanted_topics(job.settings)}
        names -= {job.settings.errors_topic, job.settings.dead_topic}  # records as they came
        told = await client.describe_topics(list(names))
    parts = [TopicPartition(topic["topic"], part["partition"]) for topic in told for part in topic["partitions"]]
    found = dict.fromkeys(sorted(names), "")
    options: dict[str, Any] = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(bootstrap_servers=job.settings.kafka(), **options) as consumer:
        consumer.assign(parts)
        for part, end in (await consumer.end_offsets(parts)).items():
            while await consumer.position(part) < end:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found[records[0].topic] += "\n".join(map(_text, records))
    return found


def _text(record: Any) -> str:
    pieces = (record.key or b"", record.value or b"", *(value for _, value in record.headers))
    return b" ".join(pieces).decode(errors="replace")


@pytest.mark.timeout(600)  # on a machine with more to do
async def test_no_secret_is_left_in_a_table_a_topic_a_delivery_or_a_log(new_job):
    fields = [Texts(first=place * 61) for place in range(FIELDS)]
    alerting = [told(number, fields) for number in range(ROUNDS)]
    real = list(real_records(SHARE))
    async with new_job("notifier-1", log_level="debug", minimum_severity="info") as job:
        job.rules.write_text(RULES)
        await job.execute("ALTER TABLE occurrences ADD CONSTRAINT refuses CHECK (message NOT LIKE 'refused %')")
        job.fleet.start("worker-1")
        records = [*alerting, *others(), *(sent for _, sent in real)]
        for first in range(0, len(records), SLICE):  # each with patience of its own: masking all of them takes a while
            await send(job, records[first : first + SLICE])
            await job.until_read()
        await until(lambda: sum(len(job.desk.messages(f"#told-{n}")) for n in range(TELLING)) >= ROUNDS)
        await until(lambda: len(job.desk.pagerduty()) >= ROUNDS // TELLING)

        rows = await job.rows("SELECT reason::text, count(*) FROM dead_letters GROUP BY 1")
        assert dict(rows) == {
            "invalid_json": ROUNDS, "not_text": 2 * ROUNDS, "refused": REFUSED, "too_large": 1,
        }  # fmt: skip
        formats = await job.rows("SELECT DISTINCT payload->>'format' FROM occurrences")
        assert {one for (one,) in formats} >= {form for form, _ in real} | {"kafka-connect"}
        stored = await job.value("SELECT count(*) FROM occurrences")
        assert stored > len(real)

        letters = await job.rows('SELECT DISTINCT ON (reason) topic, partition, generation, "offset" FROM dead_letters')
        places = ["/".join(map(str, row)) for row in letters]
        commands = [("show", place, "--size", "1000000") for place in places] + [("list", "--limit", "1000")]
        shown = await asyncio.gather(*(job.command("dead", *command) for command in commands))
        searched = {
            **await tables(job),
            **await topics(job),
            **{log.name: log.read_text() for log in job.folder.glob("*.log")},
            **{" ".join(command): text for command, text in zip(commands, shown, strict=True)},
            DESK: (job.folder / DESK).read_text(),
        }
        for part in ("seawall.occurrences_", "seawall.deliveries", "worker-1.log", DESK):
            assert any(text for name, text in searched.items() if name.startswith(part)), (part, [*searched])
        assert [(name, *one) for name, text in searched.items() for one in found_in(text)] == []
