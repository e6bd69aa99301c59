"""Faust's ways that shaped the job, shown on the installed version. One that changes asks for the job to be looked at."""

import asyncio
import ssl
from types import SimpleNamespace

import faust
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import Producer
from faust.types import TP
from faust.types.auth import AuthProtocol

from streams.app import CHANGELOG_BUFFER, new_app
from streams.config import JobConfig


def test_a_commit_can_pass_a_gap_when_nothing_was_committed_before():
    """Offsets 0 to 4 are under way, 5 is done: stock Faust would commit 6. So agents own their positions."""
    tp = TP("errors", 0)
    consumer = SimpleNamespace(_acked={tp: [5]}, _gap={tp: None}, _committed_offset={tp: None}, _acked_index={tp: {5}})
    assert Consumer._new_offset(consumer, tp) == 6


def test_sasl_credentials_without_a_context_are_plaintext():
    plain = faust.SASLCredentials(username="u", password="p")
    assert plain.protocol is AuthProtocol.SASL_PLAINTEXT
    tls = faust.SASLCredentials(username="u", password="p", ssl_context=ssl.create_default_context())
    assert tls.protocol is AuthProtocol.SASL_SSL


@pytest.mark.parametrize(
    ("protocol", "wanted"),
    [("SASL_PLAINTEXT", AuthProtocol.SASL_PLAINTEXT), ("SASL_SSL", AuthProtocol.SASL_SSL), ("SSL", AuthProtocol.SSL)],
)
def test_the_app_speaks_the_protocol_that_is_configured(protocol, wanted, tmp_path):
    kafka = {
        "security_protocol": protocol,
        "ssl_context": ssl.create_default_context(),
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }
    config = JobConfig(bootstrap_servers=["127.0.0.1:1"], kafka=kafka, database_url="", data=tmp_path)
    assert new_app(config).conf.broker_credentials.protocol is wanted


def test_the_producer_of_tables_is_not_idempotent():
    """Repeats in a changelog are harmless; combined records go through a producer of our own that is."""
    app = faust.App("p", broker="kafka://127.0.0.1:1")
    assert not Producer(app.transport)._settings_default().get("enable_idempotence")


async def test_changelog_writes_wait_at_a_hundred_unless_the_buffer_is_raised(kafka, topic_prefix, tmp_path):
    config = JobConfig(bootstrap_servers=[kafka], database_url="", group=topic_prefix, data=tmp_path)
    app = new_app(config)
    assert app.producer.buffer.max_messages == 100
    app.in_worker = True
    app.topic(f"{topic_prefix}none")
    await app.on_start()
    assert app.producer.buffer.max_messages == CHANGELOG_BUFFER


async def test_an_event_whose_agent_raises_is_acked_and_never_seen_again(kafka, topic_prefix):
    """So nothing may leave the body of an agent."""
    topic = f"{topic_prefix}poison"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    app = faust.App(
        f"{topic_prefix}app",
        broker=f"kafka://{kafka}",
        store="memory://",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
    )
    seen: list[bytes] = []

    @app.agent(app.topic(topic, value_type=bytes, value_serializer="raw"))
    async def agent(stream):
        async for value in stream:
            seen.append(value)
            if value == b"poison":
                raise ValueError

    app.in_worker = True
    await app.start()
    try:
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            for value in (b"a", b"poison", b"b", b"end"):
                await producer.send_and_wait(topic, value)
        async with asyncio.timeout(60):
            while b"end" not in seen:
                await asyncio.sleep(0.05)
    finally:
        await app.stop()
    assert seen.count(b"poison") == 1
