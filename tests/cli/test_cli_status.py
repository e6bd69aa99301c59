"""`seawall status` and `seawall doctor`: true figures, and the rest where a server is away."""

import asyncio
import json
import os
import socket
from datetime import UTC, datetime

import psycopg
import pytest

from seawall.doctor import examine, unknown_variables
from seawall.embedded.running import process_start
from seawall.postgres import connected
from seawall.sending import send
from seawall.settings import load_settings
from seawall.status import read_status
from seawall.topics import ensure_topics
from sinks.postgres.processes import beat

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _fresh_settings():
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


async def fill(settings):
    await ensure_topics(settings)
    await send(settings, [b'{"message":"a"}'] * 10)
    async with connected(settings) as connection:
        for table in ("source_offsets", "groups", "drop_stats", "dead_letters", "processes"):
            await connection.execute(f"DELETE FROM {table}")
        await connection.execute(
            "INSERT INTO source_offsets (topic, partition, next_offset) SELECT %s, partition, 1 FROM generate_series(0, 3) AS partition",
            [settings.errors_topic],
        )
        for number, status in enumerate(["new", "new", "resolved"]):
            await connection.execute(
                "INSERT INTO groups (id, fingerprint, title, service, environment, severity, status, first_seen, last_seen, occurrences)"
                " VALUES (gen_random_uuid(), %s, 't', 's', 'e', 'error', %s, now(), now(), 5)",
                [str(number), status],
            )
        await connection.execute("INSERT INTO drop_stats (day, reason, records) VALUES (current_date, 'duplicate', 7)")
        await connection.execute(
            "INSERT INTO drop_stats (day, reason, rule, service, records) VALUES (current_date, 'filtered', 'bots', 'a', 2),"
            " (current_date, 'filtered', 'bots', 'b', 3), (current_date, 'sampled', 'noise', 'a', 20),"
            " (current_date, 'filtered', 'noise', 'a', 1)"
        )
        await connection.execute(
            'INSERT INTO dead_letters (topic, partition, generation, "offset", reason, detail, size, received_at, dead_partition, dead_offset)'
            " VALUES ('e', 0, 0, 1, 'no_error', '', 1, now(), 0, 0)"
        )
        await beat(connection, "worker", "elsewhere", 77, NOW, {"instance": "a"})


async def test_figures(settings):
    await fill(settings)
    status = await read_status(settings)
    assert status.problems == []
    assert (status.occurrences, status.groups) == (15, {"new": 2, "resolved": 1})
    assert (status.drops, status.dead_letters) == ({"duplicate": 7, "filtered": 6, "sampled": 20}, {"no_error": 1})
    assert status.filters == {"noise": {"filtered": 1, "sampled": 20}, "bots": {"filtered": 5}}
    assert list(status.filters) == ["noise", "bots"], "what drops most comes first"
    assert (status.incidents, status.deliveries) == ({}, {})
    errors = [part for part in status.lag if part.topic == settings.errors_topic]
    assert sum(part.end for part in errors) == 10
    assert all(part.lag == max(0, part.end - 1) for part in errors)
    assert {part.topic for part in status.lag} == {settings.errors_topic} | {
        settings.topic_prefix + name for name in ("groups", "rates", "signals", "alerts")
    }
    assert set(status.rates) == {"records_per_second", "occurrences_per_second"}


async def test_processes_of_the_supervisor_and_of_other_hosts(settings, tmp_path):
    await fill(settings)
    me = {"pid": os.getpid(), "started": process_start(os.getpid())}
    child = {**me, "role": "worker", "instance": "1", "since": NOW.isoformat(), "restarts": 2}
    (tmp_path / ".seawall").mkdir()
    (tmp_path / ".seawall" / "run.json").write_text(
        json.dumps(
            {
                **me,
                "since": NOW.isoformat(),
                "endpoints": {},
                "servers": {"kafka": 1, "valkey": None},
                "children": [child],
            }
        )
    )
    async with connected(settings) as connection:
        await beat(connection, "worker", socket.gethostname(), os.getpid(), NOW, {"instance": "1"})
        await beat(connection, "worker", socket.gethostname(), 78, NOW, {"instance": "1"})
        await connection.execute("UPDATE processes SET seen_at = now() - interval '1 hour' WHERE pid IN (77, 78)")
    found = {(one.role, one.host, one.pid): one for one in (await read_status(settings)).processes}
    other = found["worker", "elsewhere", 77]
    assert (other.instance, other.silent) == ("a", True)
    assert ("worker", socket.gethostname(), 78) not in found, "its successor is there"
    assert [role for role, *_ in found if role in {"kafka", "valkey"}] == ["kafka"], "the other one is down"
    mine = [one for (_, host, pid), one in found.items() if (host, pid) == (socket.gethostname(), os.getpid())]
    assert {one.role for one in mine} == {"up", "worker"}
    worker = next(one for one in mine if one.role == "worker")
    assert (worker.restarts, worker.since, worker.silent) == (2, NOW, False)
    assert worker.seen_at is not None


def test_the_command_lists_what_filters_dropped(seawall, settings, environment):
    asyncio.run(fill(settings))
    shown = seawall("status", env=environment).stdout.splitlines()
    table = shown[next(number for number, line in enumerate(shown) if line.startswith("Dropped by filters")) :]
    assert [line.split() for line in table[2:]] == [
        ["noise", "filtered", "1"],
        ["noise", "sampled", "20"],
        ["bots", "filtered", "5"],
    ]


def test_the_command_shows_what_it_can(seawall, environment):
    seawall("topics", env=environment)
    done = seawall("status", "--json", env=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["lag_by_topic"][environment["SEAWALL_ERRORS_TOPIC"]] == 0
    half = seawall("status", "--json", env={**environment, "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"})
    assert half.returncode == 1
    assert json.loads(half.stdout)["groups_total"] is not None
    assert len(half.stderr.splitlines()) == 1
    assert "cannot be reached" in half.stderr
    other = seawall("status", env={**environment, "SEAWALL_DATABASE_URL": "postgresql://u@127.0.0.1:9/d"})
    assert other.returncode == 1
    assert environment["SEAWALL_ERRORS_TOPIC"] in other.stdout


async def examined(monkeypatch, environment, **more):
    for name, value in {**environment, **more}.items():
        monkeypatch.setenv(name, value)
    return {finding.name: finding async for finding in examine()}


async def test_a_healthy_system(monkeypatch, settings, environment, redis_url):
    await ensure_topics(settings)
    found = await examined(monkeypatch, environment, SEAWALL_REDIS_URL=redis_url, SEAWALL_DESK_URL="http://127.0.0.1:1")
    assert {name: finding.found for name, finding in found.items() if not finding.ok} == {}
    assert set(found) == {
        "Python",
        "settings",
        "disk",
        "rules",
        "Kafka",
        "topics",
        "PostgreSQL",
        "schema",
        "Redis",
        "channels",
    }


async def test_nothing_there(monkeypatch):
    away = {
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "SEAWALL_DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:9/d",
        "SEAWALL_REDIS_URL": "redis://:hunter22@127.0.0.1:9",
    }
    found = await examined(monkeypatch, away)
    assert {name for name, finding in found.items() if not finding.ok} == {
        "Kafka",
        "topics",
        "PostgreSQL",
        "schema",
        "Redis",
        "channels",
    }
    for finding in found.values():
        assert finding.ok or finding.advice
        assert "hunter22" not in finding.found + finding.advice


async def test_missing_topics_and_migrations(monkeypatch, environment, admin_database_url):
    with psycopg.connect(admin_database_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE doctor_empty")
    try:
        empty = admin_database_url.rsplit("/", 1)[0] + "/doctor_empty"
        found = await examined(monkeypatch, environment, SEAWALL_DATABASE_URL=empty)
        assert "run `seawall topics`" in found["topics"].found + found["topics"].advice
        assert found["schema"].advice == "run `seawall migrate`"
    finally:
        with psycopg.connect(admin_database_url, autocommit=True) as admin:
            admin.execute("DROP DATABASE doctor_empty WITH (FORCE)")


async def test_a_bad_rule_file(monkeypatch, tmp_path):
    (tmp_path / "rules.yaml").write_text("version: 1\nnonsense: true\n")
    found = await examined(monkeypatch, {})
    assert not found["rules"].ok
    assert "rules.yaml" in found["rules"].found


async def test_bad_settings_end_the_examination(monkeypatch):
    found = await examined(monkeypatch, {"SEAWALL_PARTITIONS": "x"})
    assert set(found) == {"Python", "settings"}
    assert "SEAWALL_PARTITIONS" in found["settings"].found


def test_a_misspelt_variable_is_noticed():
    environment = {"SEAWALL_DATABSE_URL": "x", "SEAWALL_TEST_ANYTHING": "x", "SEAWALL_PARTITIONS": "4", "HOME": "/"}
    assert unknown_variables(environment) == ["there is no setting SEAWALL_DATABSE_URL, is SEAWALL_DATABASE_URL meant?"]


def test_the_doctor_exits_1_with_an_advice(seawall):
    done = seawall("doctor")
    assert done.returncode == 1
    assert "✓ Python" in done.stdout
    assert "✗ Kafka" in done.stdout
    assert "→" in done.stdout
    assert done.stderr in {"", "examining …\n"}  # said where it takes a while
    assert {finding["name"]: finding["ok"] for finding in json.loads(seawall("doctor", "--json").stdout)}[
        "Kafka"
    ] is False
