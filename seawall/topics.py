"""The topics that the job needs: made where they are missing, checked always, never changed or removed."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from seawall.errors import KafkaAwayError, TopicError
from seawall.kafka import MAX_RECORD, admin
from streams.topics import KEYED, TABLES, changelog, topic_names

if TYPE_CHECKING:
    from aiokafka.admin import AIOKafkaAdminClient

    from seawall.settings import Settings

__all__ = ["TopicSpec", "TopicState", "ensure_topics", "wanted_topics"]

Purpose = Literal["errors", "dead", "releases", "traffic", "check-ins", "feedback", "keyed", "changelog"]

DAY = 86_400_000  # milliseconds
DEADLINE = 60.0  # seconds for all of it
DEAD_HEADERS = 65_536  # bytes that a dead letter may be larger than the record it holds
SAFE_REPLICATION = 3  # from here on two replicas must have a record before it counts as written
TOPIC_EXISTS, UNKNOWN_TOPIC = 36, 3  # Kafka's error codes


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """A topic as the job needs it."""

    name: str
    purpose: Purpose
    partitions: int
    exact: bool  # another partition count breaks the job: keys, tables and topics share it
    config: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class TopicState:
    """A topic as it is."""

    name: str
    purpose: Purpose
    partitions: int
    replication: int = 0
    created: bool = False
    problems: list[str] = field(default_factory=list)  # the job cannot run like this
    notes: list[str] = field(default_factory=list)  # it can, but see to it


def wanted_topics(settings: "Settings") -> list[TopicSpec]:
    """Every topic of the job, in the order to make them."""
    errors = {"max.message.bytes": str(MAX_RECORD), "message.timestamp.type": "LogAppendTime"}
    compact = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1", "segment.ms": "600000"}
    group, count = settings.consumer_group, settings.partitions
    keyed = topic_names(settings.topic_prefix)
    return [
        TopicSpec(
            name=settings.errors_topic,
            purpose="errors",
            partitions=settings.errors_partitions,
            exact=False,
            config={**errors, "retention.ms": str(7 * DAY)},
        ),
        TopicSpec(
            name=settings.dead_topic,
            purpose="dead",
            partitions=settings.errors_partitions,
            exact=False,
            config={
                **errors,
                "retention.ms": str(30 * DAY),
                "max.message.bytes": str(MAX_RECORD + DEAD_HEADERS),
            },
        ),
        TopicSpec(
            name=settings.releases_topic,
            purpose="releases",
            partitions=1,
            exact=False,
            config={"retention.ms": str(30 * DAY)},
        ),
        TopicSpec(
            name=settings.traffic_topic,
            purpose="traffic",
            partitions=settings.errors_partitions,
            exact=False,
            config={"retention.ms": str(7 * DAY)},
        ),
        # One partition each: what is said of a job is read in the order in which it was said.
        *(
            TopicSpec(name=name, purpose=purpose, partitions=1, exact=False, config={"retention.ms": str(7 * DAY)})
            for name, purpose in _beside(settings)
        ),
        *(
            TopicSpec(
                name=keyed[name], purpose="keyed", partitions=count, exact=True, config={"retention.ms": str(DAY)}
            )
            for name in KEYED
        ),
        *(
            TopicSpec(name=changelog(group, table), purpose="changelog", partitions=count, exact=True, config=compact)
            for table in TABLES
        ),
    ]


def _beside(settings: "Settings") -> list[tuple[str, Purpose]]:
    return [(settings.check_ins_topic, "check-ins"), (settings.feedback_topic, "feedback")]


async def ensure_topics(settings: "Settings", *, create: bool = True) -> list[TopicState]:
    """Make the topics that are missing and check all of them.

    Args:
        settings: which topics, and where.
        create: False only looks: a missing topic is then a problem.

    Raises:
        TopicError: a topic is missing, could not be made, or has the wrong number of partitions; nothing was changed
            about topics that were there before.
        KafkaAwayError: no broker answered.
    """
    wanted = wanted_topics(settings)
    try:
        async with asyncio.timeout(DEADLINE), admin(settings) as client:
            before = await _describe(client, wanted)
            missing = [spec for spec in wanted if spec.name not in before]
            found, created = before, set[str]()
            if create and missing:
                _refuse([_judge(spec, before[spec.name], {}) for spec in wanted if spec.name in before])
                created = await _create(client, missing, settings.kafka_replication)
                found = await _settled(client, wanted)
            configs = await _configs(client, [spec.name for spec in wanted if spec.name in found])
    except TimeoutError:
        raise KafkaAwayError(f"Kafka at {settings.kafka()} did not answer in {DEADLINE:.0f} s") from None
    states = [_judge(spec, found.get(spec.name), configs.get(spec.name, {})) for spec in wanted]
    for state in states:
        state.created = state.name in created
    _refuse(states)
    return states


def _refuse(states: list[TopicState]) -> None:
    if problems := [problem for state in states for problem in state.problems]:
        raise TopicError(*problems)


async def _describe(client: "AIOKafkaAdminClient", wanted: list[TopicSpec]) -> dict[str, dict[str, Any]]:
    answer = await client.describe_topics([spec.name for spec in wanted])
    return {topic["topic"]: topic for topic in answer if topic["error_code"] != UNKNOWN_TOPIC and topic["partitions"]}


async def _settled(client: "AIOKafkaAdminClient", wanted: list[TopicSpec]) -> dict[str, dict[str, Any]]:
    """The topics once all of them have leaders: a new topic takes a moment to be known by every broker."""
    while True:
        found = await _describe(client, wanted)
        parts = [part for topic in found.values() for part in topic["partitions"]]
        if len(found) == len(wanted) and all(part["leader"] >= 0 for part in parts):
            return found
        await asyncio.sleep(0.05)


async def _create(client: "AIOKafkaAdminClient", specs: list[TopicSpec], replication: int) -> set[str]:
    """Make the topics; the names of those that we and nobody else made. Raises TopicError."""
    from aiokafka.admin import NewTopic  # noqa: PLC0415 -- start-up time
    from aiokafka.errors import for_code  # noqa: PLC0415

    safe = {"min.insync.replicas": "2"} if replication >= SAFE_REPLICATION else {}
    answer = await client.create_topics(
        [NewTopic(spec.name, spec.partitions, replication, topic_configs={**spec.config, **safe}) for spec in specs]
    )
    created, problems = set(), []
    for name, code, *message in answer.topic_errors:
        if code == 0:
            created.add(name)
        elif code != TOPIC_EXISTS:  # somebody else was quicker
            detail = (message[0] if message else None) or for_code(code).description
            problems.append(f"topic {name} could not be made: {detail}")
    if problems:
        raise TopicError(*problems)
    return created


async def _configs(client: "AIOKafkaAdminClient", names: list[str]) -> dict[str, dict[str, str]]:
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # noqa: PLC0415

    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await client.describe_configs(resources) if resources else []
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for code, _message, _kind, name, entries in answer.resources
        if code == 0
    }


def _judge(spec: TopicSpec, found: dict[str, Any] | None, config: dict[str, str]) -> TopicState:
    if found is None:
        state = TopicState(name=spec.name, purpose=spec.purpose, partitions=0)
        state.problems.append(f"topic {spec.name} is missing: run `seawall topics`")
        return state
    parts = found["partitions"]
    state = TopicState(
        name=spec.name,
        purpose=spec.purpose,
        partitions=len(parts),
        replication=min(len(part["replicas"]) for part in parts),
    )
    if spec.exact and len(parts) != spec.partitions:
        state.problems.append(
            f"topic {spec.name} has {len(parts)} partitions, but SEAWALL_PARTITIONS={spec.partitions}:"
            " they must be the same (docs/operators.md tells how to change it)"
        )
    if spec.purpose == "changelog" and config and "compact" not in config.get("cleanup.policy", ""):
        state.problems.append(f"topic {spec.name} is not compacted: set cleanup.policy=compact")
    if spec.purpose in {"errors", "dead"} and int(config.get("max.message.bytes", MAX_RECORD)) < MAX_RECORD:
        state.notes.append(
            f"max.message.bytes is {config['max.message.bytes']}: larger records are refused by the broker"
        )
    if spec.purpose == "errors" and config.get("message.timestamp.type", "LogAppendTime") != "LogAppendTime":
        state.notes.append("message.timestamp.type is CreateTime: receive times are the producers' clocks")
    return state
