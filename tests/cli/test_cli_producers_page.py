"""docs/producers.md is true: its records are read, its fields are the event's, its Python program runs."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from models.event import ErrorEvent
from rules.normalizing import normalize

PAGE = (Path(__file__).parents[2] / "docs" / "producers.md").read_text(encoding="utf-8")
OURS = {"format", "received_at", "origin", "culprit", "group_id", "enrichment", "remarks"}  # added by us


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def rows() -> list[list[str]]:
    table = PAGE.split("| field |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


@pytest.mark.parametrize("block", blocks("json"))
def test_its_records_are_read_without_a_remark(block):
    (draft,) = normalize(block.encode(), {})
    assert draft["remarks"] == []
    assert draft["service"] == "payments"
    assert "extra" not in draft
    given = json.loads(block)
    assert {name for name in given if name not in draft} == set()


def test_its_fields_are_the_events():
    assert {row[0].strip("`") for row in rows()} == set(ErrorEvent.model_fields) - OURS


VALUES = {
    "exceptions": {"type": "X"},
    "level": "critical",
    "lineNumber": 7,
    "lineNo": 7,
    "occurredAt": "2026-01-31T12:00:00Z",
    "customTags": {"a": "b"},
    "extraData": {"a": "b"},
    "requestHeaders": {"a": "b"},
}
OTHERS = [(row[0].strip("`"), name) for row in rows() for name in re.findall(r"`(\w+)`", row[2])]


@pytest.mark.parametrize(("field", "name"), OTHERS)
def test_its_other_names_are_known(field, name):
    record = {"errorType" if field == "message" else "errorMessage": "X", name: VALUES.get(name, "given")}
    (draft,) = normalize(json.dumps(record).encode(), {})
    assert field in draft
    assert name not in draft.get("extra", {})


async def test_its_python_program_sends_an_error(kafka, topic_prefix):
    (program,) = [block for block in blocks("python") if "AIOKafkaProducer" in block]
    topic = f"{topic_prefix}errors"
    # The broker of the tests makes no topics by itself.
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    env = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": kafka}
    program = program.replace('"errors"', f'"{topic}"')
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], env=env, check=True, timeout=60)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 30)
    finally:
        await consumer.stop()
    (draft,) = normalize(record.value, {})
    assert (draft["service"], draft["error_type"]) == ("job", "ZeroDivisionError")
