"""`seawall topics`: makes what is missing, refuses what cannot work, changes nothing that is there."""

import asyncio
import json

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from seawall.errors import KafkaAwayError, TopicError
from seawall.settings import Settings
from seawall.topics import ensure_topics, wanted_topics


async def configs(kafka: str, name: str) -> dict[str, str]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    try:
        (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await client.close()


async def make(kafka: str, *topics: NewTopic) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    try:
        await client.create_topics(list(topics))
        while not {topic.name for topic in topics} <= set(await client.list_topics()):
            await asyncio.sleep(0.05)
    finally:
        await client.close()


async def test_all_are_made_as_the_job_needs_them(settings, kafka):
    states = await ensure_topics(settings)
    wanted = {spec.name: spec.partitions for spec in wanted_topics(settings)}
    assert {state.name: state.partitions for state in states if state.created} == wanted
    assert (wanted[settings.releases_topic], wanted[settings.errors_topic]) == (1, 4)
    errors = await configs(kafka, settings.errors_topic)
    assert (errors["max.message.bytes"], errors["message.timestamp.type"]) == ("12582912", "LogAppendTime")
    assert errors["retention.ms"] == str(7 * 86_400_000)
    assert (await configs(kafka, settings.dead_topic))["retention.ms"] == str(30 * 86_400_000)
    changelog = await configs(kafka, f"{settings.consumer_group}-dedupe-changelog")
    assert changelog["cleanup.policy"] == "compact"


async def test_again_changes_nothing(settings):
    await ensure_topics(settings)
    assert not any(state.created for state in await ensure_topics(settings))


async def test_a_check_makes_nothing(settings):
    for _ in range(2):
        with pytest.raises(TopicError, match="is missing: run `seawall topics`"):
            await ensure_topics(settings, create=False)


async def test_the_errors_topic_may_have_any_count(settings, kafka):
    await make(kafka, NewTopic(settings.errors_topic, 7, 1, topic_configs={"max.message.bytes": "1000000"}))
    states = await ensure_topics(settings)
    assert (states[0].partitions, states[0].created) == (7, False)
    assert any("larger records are refused" in note for note in states[0].notes)
    assert any("producers' clocks" in note for note in states[0].notes)


async def test_a_keyed_topic_may_not_and_nothing_else_is_made(settings, kafka):
    await make(kafka, NewTopic(f"{settings.topic_prefix}groups", 3, 1))
    with pytest.raises(TopicError) as caught:
        await ensure_topics(settings)
    (problem,) = caught.value.problems
    assert "groups has 3 partitions, but SEAWALL_PARTITIONS=4" in problem
    with pytest.raises(TopicError) as caught:
        await ensure_topics(settings, create=False)
    assert sum("is missing" in problem for problem in caught.value.problems) == len(wanted_topics(settings)) - 1


async def test_a_changelog_that_is_not_compacted_is_refused(settings, kafka):
    await make(kafka, NewTopic(f"{settings.consumer_group}-rates-changelog", 4, 1))
    with pytest.raises(TopicError, match=r"rates-changelog is not compacted: set cleanup\.policy=compact"):
        await ensure_topics(settings)


async def test_too_few_brokers_are_said(settings):
    with pytest.raises(TopicError, match=r"could not be made: .*replicat"):
        await ensure_topics(settings.model_copy(update={"kafka_replication": 3}))


async def test_without_a_broker_it_says_so():
    with pytest.raises(KafkaAwayError, match="cannot be reached"):
        await ensure_topics(Settings(kafka_bootstrap_servers="127.0.0.1:9"))


def test_the_command(seawall, settings, environment):
    count = len(wanted_topics(settings))
    missing = seawall("topics", "--check", env=environment)
    assert missing.returncode == 1
    assert missing.stderr.count("is missing") == count
    made = seawall("topics", env=environment)
    assert (made.returncode, made.stdout.count("made now")) == (0, count)
    checked = seawall("topics", "--check", "--json", env=environment)
    assert len(json.loads(checked.stdout)) == count
