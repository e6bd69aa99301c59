"""Deliveries of kinds that nobody has set up: said aloud, dropped after a while, left alone where somebody has them."""

from datetime import UTC, datetime, timedelta

import pytest
from delivery_support import Incident

from sinks.postgres.connecting import connect
from sinks.postgres.processes import beat, leave, processes
from sinks.unattended import REASON, attended_kinds, drop_unattended, unattended

CHANNELS = ("slack:#payments", "sms:+4930123456", "teams:shop")
DAY = timedelta(days=1)


@pytest.fixture
async def connection(database_url):
    async with await connect(database_url, application_name="seawall test") as opened:
        await opened.execute("TRUNCATE incidents, procrastinate_jobs CASCADE")
        yield opened


async def _jobs(connection):
    cursor = await connection.execute("SELECT queue_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY 1")
    return [row[0] for row in await cursor.fetchall()]


async def test_what_nobody_takes_is_counted_by_kind_once_it_has_waited(connection):
    incident = Incident(connection)
    await incident.go("open", CHANNELS)
    assert await unattended(connection, ["slack"]) == {}
    await connection.execute("UPDATE deliveries SET created_at = now() - interval '2 minutes'")
    assert await unattended(connection, ["slack"]) == {"sms": 1, "teams": 1}
    assert await unattended(connection, ["slack", "sms", "teams"]) == {}


async def test_it_is_dropped_with_its_reason_after_a_while_and_its_job_with_it(connection):
    incident = Incident(connection)
    await incident.go("open", CHANNELS)
    await connection.execute("UPDATE deliveries SET created_at = now() - interval '25 hours' WHERE channel !~ 'teams'")
    assert await drop_unattended(connection, ["slack"], DAY) == {"sms": 1}
    assert await drop_unattended(connection, ["slack"], DAY) == {}
    assert await incident.deliveries("sms:+4930123456") == [("open", "rejected")]
    assert await incident.deliveries("slack:#payments") == [("open", "pending")]
    assert await incident.deliveries("teams:shop") == [("open", "pending")]
    assert await _jobs(connection) == ["slack", "teams"]
    ((reply,),) = await (await connection.execute("SELECT reply FROM deliveries WHERE status = 'rejected'")).fetchall()
    assert reply.startswith(REASON)


async def test_what_somebody_has_attempted_is_left_to_them(connection):
    incident = Incident(connection)
    await incident.go("open", CHANNELS)
    await connection.execute("UPDATE deliveries SET created_at = now() - interval '25 hours', attempts = 1")
    assert await drop_unattended(connection, [], DAY) == {}
    assert len(await _jobs(connection)) == 3


async def test_the_kinds_that_any_notifier_has_count(connection):
    since = datetime.now(UTC)
    await beat(connection, "notifier", "one", 1, since, {"channels": ["slack"]})
    await beat(connection, "notifier", "two", 2, since, {"channels": ["sms"]})
    await beat(connection, "worker", "two", 3, since, {"channels": ["nothing"]})
    assert {"slack", "sms"} <= attended_kinds(await processes(connection))
    assert "nothing" not in attended_kinds(await processes(connection))
    for place in (("notifier", "one", 1), ("notifier", "two", 2), ("worker", "two", 3)):
        await leave(connection, *place)
