"""Checks of the settings, the servers and this machine: each says what it found and, where it is wrong, what to do."""

import asyncio
import difflib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seawall.errors import SeawallError, SettingsError, TopicError
from seawall.kafka import admin
from seawall.postgres import connected
from seawall.settings import Settings, load_settings
from seawall.topics import ensure_topics

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Finding", "examine", "unknown_variables"]

FREE_BYTES = 1 << 30
POSTGRES = 16
INIT_PRODUCER_ID, FETCH = 22, 1  # keys of Kafka's protocol
FETCH_OF_KAFKA_4 = 4  # the oldest Fetch that Kafka 4 still speaks (KIP-896)
# Variables that are ours and no settings.
OTHERS = ("SEAWALL_TEST_", "SEAWALL_AOT", "SEAWALL_DSN", "SEAWALL_KEY", "SEAWALL_GATEWAY_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    name: str
    ok: bool
    found: str
    advice: str = ""


class _WrongError(Exception):
    """A check failed."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.found, self.advice = found, advice


Check = Callable[[Settings], Awaitable[str]]


async def examine() -> AsyncIterator[Finding]:
    """All checks, one after the other. Without valid settings only the first ones make sense."""
    yield await _finding("Python", _python)
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Finding(name="settings", ok=False, found="; ".join(error.problems), advice="see docs/settings.md")
        return
    checks: list[tuple[str, Check]] = [
        ("settings", _settings), ("disk", _disk), ("rules", _rules), ("Kafka", _kafka), ("topics", _topics),
        ("PostgreSQL", _postgres), ("schema", _schema), ("Redis", _redis), ("channels", _channels),
    ]  # fmt: skip
    for name, check in checks:
        yield await _finding(name, lambda check=check: check(settings))  # type: ignore[misc]


async def _finding(name: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name=name, ok=True, found=await check())
    except _WrongError as wrong:
        return Finding(name=name, ok=False, found=wrong.found, advice=wrong.advice)
    except TopicError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        return Finding(name=name, ok=False, found=error.problems[0] + more, advice="run `seawall topics`")
    except SeawallError as error:
        return Finding(name=name, ok=False, found=str(error), advice="start it, or correct the setting")
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the finding, and the other checks go on
        text = (str(error).splitlines() or [""])[0]
        return Finding(name=name, ok=False, found=f"{type(error).__name__}: {text}", advice="more with --debug")


async def _python() -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


async def _settings(settings: Settings) -> str:
    from dotenv import dotenv_values  # noqa: PLC0415 -- only here

    if unknown := unknown_variables({**dotenv_values(".env"), **os.environ}):
        raise _WrongError("; ".join(unknown), "correct or unset it: it has no effect")
    return f"{len(settings.model_fields_set)} set, data in {settings.data}"


def unknown_variables(environment: Mapping[str, str | None]) -> list[str]:
    """SEAWALL_ variables that are no settings, each with the setting that is probably meant."""
    known = {f"SEAWALL_{name.upper()}" for name in Settings.model_fields}
    ours = [name for name in sorted(environment) if name.startswith("SEAWALL_") and not name.startswith(OTHERS)]
    lines = []
    for name in ours:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.8)
            lines.append(f"there is no setting {name}" + "".join(f", is {one} meant?" for one in near))
    return lines


async def _disk(settings: Settings) -> str:
    place = _existing(settings.data.absolute())
    free = shutil.disk_usage(place).free
    text = f"{free / (1 << 30):.1f} GiB free at {place}"
    if free < FREE_BYTES:
        raise _WrongError(text, "make room, or set SEAWALL_DATA to another disk")
    return text


def _existing(place: "Path") -> "Path":
    return place if place.exists() else _existing(place.parent)


async def _rules(settings: Settings) -> str:
    from rules.rulefile import RuleFileError  # noqa: PLC0415 -- only here
    from streams.rule_files import RuleFiles  # noqa: PLC0415

    files = RuleFiles(settings.rules)
    if not files.exist():
        return f"{settings.rules} is missing: the built-in rules hold"
    try:
        files.load()
    except RuleFileError as error:
        raise _WrongError(error.lines()[0], f"see `seawall rules check {settings.rules}`") from None
    return f"{settings.rules} is valid"


async def _kafka(settings: Settings) -> str:
    async with admin(settings) as client:
        cluster = await client.describe_cluster()
        versions = await _protocol(client, cluster["controller_id"])
    brokers = len(cluster["brokers"])
    if versions and INIT_PRODUCER_ID not in versions:
        raise _WrongError("does not know idempotent producers", "Kafka 0.11 or newer is needed; 4 is what is tested")
    if brokers < settings.kafka_replication:
        raise _WrongError(
            f"{brokers} brokers, but SEAWALL_KAFKA_REPLICATION={settings.kafka_replication}", "lower it, or add brokers"
        )
    new = versions.get(FETCH, (0, 0))[0] >= FETCH_OF_KAFKA_4
    return f"{settings.kafka()}, version {'4 or newer' if new else 'before 4'}, {brokers} broker{'s' * (brokers > 1)}"


async def _protocol(client: Any, node: int) -> dict[int, tuple[int, int]]:
    """What the broker speaks, by API key; empty where aiokafka does not tell."""
    try:
        connection = await client._client._get_conn(node)  # noqa: SLF001 -- no public way to the version
        return dict(connection._versions)  # noqa: SLF001
    except AttributeError:
        return {}


async def _topics(settings: Settings) -> str:
    states = await ensure_topics(settings, create=False)
    if notes := [f"{state.name}: {note}" for state in states for note in state.notes]:
        raise _WrongError("; ".join(notes), "change the topic's configuration with kafka-configs")
    errors = next(state for state in states if state.purpose == "errors")
    return f"{len(states)} topics; {errors.name} has {errors.partitions} partitions, replication {errors.replication}"


async def _postgres(settings: Settings) -> str:
    async with connected(settings) as connection:
        info = connection.info
        major = info.server_version // 10_000
        text = f"{info.host}:{info.port}/{info.dbname} as {info.user}, version {major}"
        row = await (await connection.execute("SHOW fsync")).fetchone()
    if major < POSTGRES:
        raise _WrongError(text, f"PostgreSQL {POSTGRES} or newer is needed")
    if row == ("off",):
        raise _WrongError(f"{text}, fsync is off", "turn it on: what is stored must outlive a crash of the machine")
    return text


async def _schema(settings: Settings) -> str:
    from sinks.postgres.migrating import pending  # noqa: PLC0415 -- start-up time

    async with connected(settings) as connection:
        if steps := await asyncio.to_thread(pending, settings.postgres()):
            raise _WrongError(f"{len(steps)} migrations are pending", "run `seawall migrate`")
        row = await (
            await connection.execute(
                """
                SELECT count(*) FILTER (WHERE has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')), count(*),
                    has_schema_privilege('seawall', 'CREATE')
                FROM pg_class WHERE relnamespace = 'seawall'::regnamespace AND relkind IN ('r', 'p')
                """
            )
        ).fetchone()
    usable, tables, may_create = row or (0, 0, False)
    if usable < tables or not may_create:
        raise _WrongError(
            f"the role may write {usable} of {tables} tables and {'may' if may_create else 'may not'} make partitions",
            "connect as the role that ran `seawall migrate`, or grant it the schema",
        )
    return f"current, {tables} tables"


async def _redis(settings: Settings) -> str:
    import redis.asyncio as redis  # noqa: PLC0415 -- start-up time

    async with redis.Redis.from_url(settings.redis(), socket_timeout=5, socket_connect_timeout=5) as client:
        try:
            info = await client.info("server")
        except redis.RedisError as error:
            advice = "start it or correct SEAWALL_REDIS_URL; until then each process has its own rate limits"
            raise _WrongError(f"cannot be reached: {error}", advice) from None
    name = "Valkey" if "valkey_version" in info else "Redis"
    return f"{name} {info.get('valkey_version') or info.get('redis_version')}"


async def _channels(settings: Settings) -> str:
    slack = "bot" if settings.slack_bot_token else "webhook" if settings.slack_webhook_url else None
    parts = [
        f"Slack by {slack}" if slack else "Slack: the local desk",
        "PagerDuty" if settings.pagerduty_routing_key else "PagerDuty: the local desk",
    ]
    if (not slack or not settings.pagerduty_routing_key) and not settings.desk_url:
        raise _WrongError(
            "; ".join(parts) + ", but none runs", "set their tokens, or SEAWALL_DESK_URL, or run `seawall up`"
        )
    from seawall.notifier.configured import configured_channels, routed_channels, unset_channels  # noqa: PLC0415 -- start-up time

    if unset := unset_channels(settings, routed_channels(settings)):
        raise _WrongError(f"rules lead to {', '.join(unset)}, which no setting names", "see docs/channels.md")
    return "; ".join([*parts, *configured_channels(settings)])
