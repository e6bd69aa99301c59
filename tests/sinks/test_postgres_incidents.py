"""Each transition of an incident is written once, by whoever comes first."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from postgres_support import one, rows, run

from models.severity import Severity
from sinks.postgres.connecting import connect
from sinks.postgres.hashkey import KEY_BYTES, hash_key
from sinks.postgres.incidents import IncidentRow, LogEntry, add_delivery, find_incident, live_incident, write_transition

OPENED = datetime(2025, 6, 16, 12, tzinfo=UTC)
INCIDENT = IncidentRow(
    id=str(UUID(int=1)),
    alert_key="group:1",
    status="open",
    severity=Severity.ERROR,
    title="ValueError: boom",
    service="shop",
    environment="production",
    opened_at=OPENED,
    updated_at=OPENED,
    group_id=str(UUID(int=7)),
    rule="new errors",
    reasons=["new"],
    activity={"count_1m": 3},
)
OPEN = LogEntry(transition_id="t1", kind="open", at=OPENED, severity=Severity.ERROR, reasons=["new"])


@pytest.fixture(autouse=True)
def _empty(database_url):
    run(database_url, "TRUNCATE incidents, incident_log, deliveries, channel_messages")


@pytest.fixture
async def connection(database_url):
    async with await connect(database_url, application_name="seawall test") as opened:
        yield opened


async def test_a_life(database_url, connection):
    async with connection.transaction():
        assert await live_incident(connection, "group:1") is None
        assert await write_transition(connection, INCIDENT, OPEN)
        delivery = await add_delivery(connection, "t1", INCIDENT.id, "slack:#ops")
        assert await add_delivery(connection, "t1", INCIDENT.id, "slack:#ops") is None
    assert delivery == one(database_url, "SELECT id FROM deliveries")
    assert await find_incident(connection, INCIDENT.id) == INCIDENT

    later = OPENED + timedelta(minutes=5)
    worse = replace(INCIDENT, severity=Severity.CRITICAL, reasons=["new", "120 in 1 min"], updated_at=later)
    escalate = replace(OPEN, transition_id="t2", kind="escalate", at=later, severity=Severity.CRITICAL)
    async with connection.transaction():
        assert await write_transition(connection, worse, escalate)
    async with connection.transaction():
        assert await live_incident(connection, "group:1") == replace(worse, version=2)

    over = replace(worse, status="resolved", resolved_at=later, updated_at=later)
    async with connection.transaction():
        assert await write_transition(connection, over, replace(escalate, transition_id="t3", kind="resolve"))
        assert await live_incident(connection, "group:1") is None
    assert rows(database_url, "SELECT kind, severity::text FROM incident_log ORDER BY transition_id") == [
        ("open", "error"),
        ("escalate", "critical"),
        ("resolve", "critical"),
    ]


async def test_a_repeated_transition_writes_nothing(connection):
    async with connection.transaction():
        assert await write_transition(connection, INCIDENT, OPEN)
        assert not await write_transition(connection, replace(INCIDENT, title="other"), OPEN)
    assert await find_incident(connection, INCIDENT.id) == INCIDENT


async def test_many_at_once_open_one_incident(database_url):
    async def work(number):
        incident = replace(INCIDENT, id=str(UUID(int=number + 1)))
        async with await connect(database_url, application_name="seawall test") as own, own.transaction():
            if await live_incident(own, "group:1") is not None:
                return False
            return await write_transition(own, incident, replace(OPEN, transition_id=f"t{number}"))

    assert sorted(await asyncio.gather(*(work(number) for number in range(6)))) == [False] * 5 + [True]
    assert one(database_url, "SELECT count(*) FROM incidents") == 1


async def test_many_at_once_write_the_same_transition_once(database_url):
    async def work():
        async with await connect(database_url, application_name="seawall test") as own, own.transaction():
            return await write_transition(own, INCIDENT, OPEN)

    assert sorted(await asyncio.gather(*(work() for _ in range(6)))) == [False] * 5 + [True]
    assert one(database_url, "SELECT version FROM incidents") == 1


async def test_a_transaction_that_fails_leaves_no_incident(database_url, connection):
    async def write_and_fail():
        async with connection.transaction():
            await write_transition(connection, INCIDENT, OPEN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()
    assert one(database_url, "SELECT count(*) FROM incidents") == 0


async def test_all_workers_get_the_same_hash_key(database_url):
    run(database_url, "TRUNCATE secrets_store")

    async def work():
        async with await connect(database_url, application_name="seawall test") as own:
            return await hash_key(own)

    keys = set(await asyncio.gather(*(work() for _ in range(5))))
    assert len(keys) == 1
    assert len(keys.pop()) == KEY_BYTES
