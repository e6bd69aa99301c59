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
from sinks.postgres.incidents import (
    Delivery,
    IncidentRow,
    Known,
    LogEntry,
    add_deliveries,
    find_incident,
    read_incidents,
    write_incidents,
)

OPENED = datetime(2025, 6, 16, 12, tzinfo=UTC)
INCIDENT = IncidentRow(
    id=str(UUID(int=1)),
    alert_key="group:1",
    status="new",
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
    run(database_url, "TRUNCATE incidents, incident_log, deliveries, channel_messages CASCADE")


@pytest.fixture
async def connection(database_url):
    async with await connect(database_url, application_name="seawall test") as opened:
        yield opened


TOLD = Delivery(transition_id="t1", incident_id=INCIDENT.id, channel="slack:#ops", message_id=INCIDENT.id)


async def write(connection, incident, entry) -> bool:
    """Write a transition as the notify agent does: unless it is known."""
    known = await read_incidents(connection, [incident.alert_key], [entry.transition_id])
    if entry.transition_id in known.transitions:
        return False
    await write_incidents(connection, [incident], [(incident.id, entry)])
    return True


async def test_a_life(database_url, connection):
    async with connection.transaction():
        assert await read_incidents(connection, ["group:1"], ["t1"]) == Known(
            live={}, ignored=set(), flaps={}, transitions=set()
        )
        assert await write(connection, INCIDENT, OPEN)
        [(delivery, told)] = (await add_deliveries(connection, [TOLD])).items()
        assert told == TOLD
        assert await add_deliveries(connection, [TOLD]) == {}
    assert delivery == one(database_url, "SELECT id FROM deliveries")
    assert await find_incident(connection, INCIDENT.id) == INCIDENT

    later = OPENED + timedelta(minutes=5)
    worse = replace(INCIDENT, severity=Severity.CRITICAL, reasons=["new", "120 in 1 min"], updated_at=later)
    escalate = replace(OPEN, transition_id="t2", kind="escalate", at=later, severity=Severity.CRITICAL)
    async with connection.transaction():
        assert await write(connection, worse, escalate)
    async with connection.transaction():
        assert await read_incidents(connection, ["group:1", "group:2"], ["t2", "t9"]) == Known(
            live={"group:1": replace(worse, version=2)}, ignored=set(), flaps={}, transitions={"t2"}
        )

    over = replace(worse, status="resolved", resolved_at=later, updated_at=later)
    async with connection.transaction():
        assert await write(connection, over, replace(escalate, transition_id="t3", kind="resolve"))
        assert (await read_incidents(connection, ["group:1"], [])).live == {}
    assert rows(database_url, "SELECT kind, severity::text FROM incident_log ORDER BY transition_id") == [
        ("open", "error"),
        ("escalate", "critical"),
        ("resolve", "critical"),
    ]


async def test_many_at_once_open_one_incident(database_url):
    async def work(number):
        incident = replace(INCIDENT, id=str(UUID(int=number + 1)))
        async with await connect(database_url, application_name="seawall test") as own, own.transaction():
            if (await read_incidents(own, ["group:2", "group:1"], [])).live:
                return False
            return await write(own, incident, replace(OPEN, transition_id=f"t{number}"))

    assert sorted(await asyncio.gather(*(work(number) for number in range(6)))) == [False] * 5 + [True]
    assert one(database_url, "SELECT count(*) FROM incidents") == 1


async def test_many_at_once_write_the_same_transition_once(database_url):
    async def work():
        async with await connect(database_url, application_name="seawall test") as own, own.transaction():
            return await write(own, INCIDENT, OPEN)

    assert sorted(await asyncio.gather(*(work() for _ in range(6)))) == [False] * 5 + [True]
    assert one(database_url, "SELECT version FROM incidents") == 1


async def test_a_transaction_that_fails_leaves_no_incident(database_url, connection):
    async def write_and_fail():
        async with connection.transaction():
            await write(connection, INCIDENT, OPEN)
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
