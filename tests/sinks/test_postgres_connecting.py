"""No connection of ours can wait, or make others wait, without an end."""

import psycopg
import pytest
from postgres_support import run
from psycopg.conninfo import conninfo_to_dict

from sinks.postgres.connecting import connect, conninfo, new_pool, pipelined

SETTINGS = {
    "search_path": "seawall,public",
    "statement_timeout": "1min",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "10s",
    "TimeZone": "UTC",
    "application_name": "seawall test",
}


async def test_every_connection_is_bounded(database_url):
    async with (
        new_pool(database_url, application_name="seawall test") as pool,
        pool.connection() as pooled,
        await connect(database_url, application_name="seawall test") as single,
    ):
        for connection in (pooled, single):
            assert connection.autocommit
            for name, value in SETTINGS.items():
                [shown] = await (await connection.execute(f"SHOW {name}")).fetchone()
                assert shown == value, name


async def test_a_statement_that_takes_too_long_is_stopped(database_url):
    text = conninfo(database_url, application_name="x", statement_seconds=0.05)
    async with await psycopg.AsyncConnection.connect(text) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await connection.execute("SELECT pg_sleep(60)")


async def test_a_lock_that_is_not_given_up_is_not_waited_for(database_url):
    text = conninfo(database_url, application_name="x", lock_seconds=0.05)
    async with (
        await psycopg.AsyncConnection.connect(text) as first,
        await psycopg.AsyncConnection.connect(text) as second,
    ):
        await first.execute("LOCK TABLE groups")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await second.execute("LOCK TABLE groups")


async def test_a_connection_that_died_in_the_pool_is_not_handed_out(database_url):
    async with new_pool(database_url, application_name="seawall doomed", min_size=3) as pool:
        await pool.wait()
        run(
            database_url,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'seawall doomed'",
        )
        async with pool.connection() as connection:
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


def test_what_the_url_says_stays():
    given = "postgresql://u:p%40ss@h:1/d?connect_timeout=3&keepalives_idle=99&options=-c%20work_mem%3D8MB&application_name=x"
    made = conninfo_to_dict(conninfo(given, application_name="seawall"))
    assert (made["password"], made["connect_timeout"], made["keepalives_idle"]) == ("p@ss", "3", "99")
    assert made["options"].endswith("-c work_mem=8MB")
    assert "statement_timeout" in made["options"]
    assert made["application_name"] == "seawall"
    assert made["tcp_user_timeout"] == "15000"


async def _in_a_pipeline(pool, *statements, end=None):
    async with pool.connection() as connection, pipelined(connection):
        for statement in statements:
            await connection.execute(statement)
        if end is not None:
            raise end


async def test_a_pipeline_stores_all_or_nothing_and_leaves_its_connection_fit_for_use(database_url):
    async with new_pool(database_url, application_name="seawall test", max_size=1) as pool:
        await _in_a_pipeline(pool, "CREATE TABLE piped (n integer PRIMARY KEY)", "INSERT INTO piped VALUES (1), (2)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            await _in_a_pipeline(pool, "INSERT INTO piped VALUES (3)", "INSERT INTO piped VALUES (1)", "SELECT 1")
        with pytest.raises(psycopg.errors.DivisionByZero):
            await _in_a_pipeline(pool, "INSERT INTO piped VALUES (4)", "SELECT 1 / 0")
        with pytest.raises(RuntimeError):
            await _in_a_pipeline(pool, "INSERT INTO piped VALUES (5)", end=RuntimeError())
        async with pool.connection() as connection, pipelined(connection):
            cursor = await connection.execute("SELECT n FROM piped ORDER BY n")
            assert await cursor.fetchall() == [(1,), (2,)]
        await _in_a_pipeline(pool, "DROP TABLE piped")
