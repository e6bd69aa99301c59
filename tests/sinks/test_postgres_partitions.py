"""Days come and go without anybody waiting for them."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from postgres_support import NOON, occurrence, one, put, rows, run, stores

from sinks.postgres.connecting import connect
from sinks.postgres.partitions import PARTITIONED, drop_expired, ensure_days, maintain, partition_days
from sinks.postgres.processes import beat, leave, processes

TODAY = date(2025, 6, 16)


@pytest.fixture
async def connection(database_url):
    async with await connect(database_url, application_name="seawall test") as opened:
        await drop_expired(opened, 0, date(2100, 1, 1))
        yield opened


async def test_upkeep_makes_days_ahead_and_drops_old_ones(database_url, connection):
    await ensure_days(connection, [TODAY - timedelta(days=days) for days in (29, 30, 31, 400)])
    await maintain(connection, retention_days=30, dedupe_horizon=3600, today=TODAY)
    ahead = {TODAY + timedelta(days=days) for days in range(4)}
    kept = {TODAY - timedelta(days=29), TODAY - timedelta(days=30)}
    assert await partition_days(connection) == dict.fromkeys(PARTITIONED, ahead | kept)
    assert rows(database_url, "SELECT relname FROM pg_class WHERE relname ~ '2024' AND relkind = 'r'") == []


async def test_partitions_have_the_indexes_and_storage_of_their_table(database_url, connection):
    await ensure_days(connection, [TODAY])
    shape = "SELECT attname, attstorage, attcompression, attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY 1"
    assert rows(database_url, shape, "occurrences_20250616") == rows(database_url, shape, "occurrences")
    attached = "SELECT count(*) FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid WHERE indrelid = %s::regclass"
    assert one(database_url, attached, "occurrences_20250616") == 4
    assert one(database_url, attached, "minute_stats_20250616") == 1


async def test_many_at_once_make_each_day_once(database_url):
    days = [TODAY + timedelta(days=number) for number in range(100, 110)]

    async def make():
        async with await connect(database_url, application_name="seawall test") as opened:
            await ensure_days(opened, days)
            return await partition_days(opened)

    for found in await asyncio.gather(*(make() for _ in range(4))):
        assert set(days) <= found["occurrences"]
        assert set(days) <= found["minute_stats"]


async def test_new_days_do_not_wait_for_readers_and_writers(database_url, connection):
    await ensure_days(connection, [TODAY])
    async with await connect(database_url, application_name="seawall test") as other, other.transaction():
        await other.execute("SELECT count(*) FROM occurrences")
        await other.execute(
            "INSERT INTO minute_stats (minute, group_id, occurrences) VALUES ('2025-06-16 12:00Z', gen_random_uuid(), 1)"
        )
        await connection.execute("SET lock_timeout = '1s'")
        await ensure_days(connection, [TODAY + timedelta(days=1)])
    assert TODAY + timedelta(days=1) in (await partition_days(connection))["occurrences"]


async def test_a_drop_that_a_long_query_holds_up_is_finished_later(database_url, connection):
    old = TODAY - timedelta(days=50)
    await ensure_days(connection, [old, TODAY])
    async with await connect(database_url, application_name="seawall test") as reader, reader.transaction():
        await reader.execute("SELECT count(*) FROM occurrences")
        await reader.execute("SELECT count(*) FROM minute_stats")
        await connection.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await drop_expired(connection, 30, TODAY)
        async with stores(database_url) as [store]:  # writers go on
            await put(store, [occurrence(0)])
    await connection.execute("RESET lock_timeout")
    await drop_expired(connection, 30, TODAY)
    assert await partition_days(connection) == {table: {TODAY} for table in PARTITIONED}


async def test_event_ids_are_forgotten_beyond_the_horizon(database_url, connection):
    run(
        database_url,
        "INSERT INTO event_ids SELECT gen_random_uuid(), gen_random_uuid(), now() - interval '2 hours' FROM generate_series(1, 25000)",
        "INSERT INTO event_ids SELECT gen_random_uuid(), gen_random_uuid(), now() - interval '50 minutes' FROM generate_series(1, 10)",
    )
    await maintain(connection, retention_days=30, dedupe_horizon=3600)
    assert one(database_url, "SELECT count(*) FROM event_ids") == 10


async def test_retries_of_old_records_are_still_duplicates(database_url, connection):
    """The horizon runs from when an id was stored: a backlog of yesterday is read today."""
    first = occurrence(0, own_id=True, at=NOON)
    async with stores(database_url) as [store]:
        await put(store, [first], partition=5)
        await maintain(connection, retention_days=10_000, dedupe_horizon=3600)
        again = await put(store, [first], partition=6)
    assert again.duplicates == 1


async def test_processes_are_listed_until_they_are_long_silent(database_url, connection):
    since = datetime(2025, 6, 16, 12, tzinfo=UTC)
    await beat(connection, "worker", "host", 1, since, {"instance": "1"})
    await beat(connection, "worker", "host", 1, since, {"instance": "1", "waits": True})
    await beat(connection, "notifier", "host", 2, since, {})
    run(
        database_url,
        "INSERT INTO processes SELECT 'old', 'worker', 'host', 3, now(), now() - interval '2 days', '{}'",
    )
    await maintain(connection, retention_days=10_000, dedupe_horizon=3600)
    notifier, worker = await processes(connection)
    assert (notifier.role, notifier.pid) == ("notifier", 2)
    assert (worker.role, worker.host, worker.pid, worker.since) == ("worker", "host", 1, since)
    assert worker.info == {"instance": "1", "waits": True}
    assert 0 <= worker.silent < 60
    await leave(connection, "notifier", "host", 2)
    assert [process.pid for process in await processes(connection)] == [1]


async def test_a_partition_that_a_restored_database_lacks_is_made_again(database_url):
    at = datetime.now(UTC).timestamp()
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, at=at)], partition=77)
        for table in PARTITIONED:
            run(database_url, f"DROP TABLE {table}_{datetime.now(UTC):%Y%m%d}")
        with pytest.raises(psycopg.OperationalError, match="a partition of a day is gone"):
            await put(store, [occurrence(1, at=at)], partition=77)
        await put(store, [occurrence(1, at=at)], partition=77)
    assert one(database_url, "SELECT count(*) FROM occurrences WHERE partition = 77") == 1


async def test_what_a_constraint_refuses_is_the_fault_of_the_data(database_url):
    at = datetime.now(UTC).timestamp()
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, at=at)], partition=78)
        run(database_url, "ALTER TABLE occurrences ADD CONSTRAINT none CHECK (message = '') NOT VALID")
        try:
            with pytest.raises(psycopg.OperationalError):
                await put(store, [occurrence(1, at=at)], partition=78)
            with pytest.raises(psycopg.errors.CheckViolation):
                await put(store, [occurrence(1, at=at)], partition=78)
        finally:
            run(database_url, "ALTER TABLE occurrences DROP CONSTRAINT none")
