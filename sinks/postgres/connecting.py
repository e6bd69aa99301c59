"""Connections that cannot hang, and cannot hold others up, whatever happens to us or to the server."""

import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

__all__ = ["Pool", "connect", "conninfo", "new_pool", "pipelined"]

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 60.0
LOCK_SECONDS = 20.0  # longer than a frozen worker may hold a lock
IDLE_IN_TRANSACTION_SECONDS = 10  # a frozen worker's locks go with its session, and its commit fails
TRUST_SECONDS = 1.0  # for which one connection that answered stands for all: trying costs as much as a statement
# A server that is gone without a word is noticed within 15 s.
TCP: Mapping[str, str] = {
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


def conninfo(
    database_url: str,
    *,
    application_name: str,
    statement_seconds: float = STATEMENT_SECONDS,
    lock_seconds: float = LOCK_SECONDS,
) -> str:
    """The connection string with our session settings; what the URL itself sets for TCP and time-outs stays."""
    given = conninfo_to_dict(database_url)
    ours = {
        "search_path": "seawall,public",
        "statement_timeout": f"{statement_seconds * 1000:.0f}",
        "lock_timeout": f"{lock_seconds * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS * 1000}",
        "TimeZone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in ours.items())
    settings: dict[str, Any] = {"connect_timeout": str(CONNECT_SECONDS), **TCP, **given}
    settings["options"] = f"{options} {given.get('options') or ''}".strip()
    settings["application_name"] = application_name
    return make_conninfo("", **settings)


def new_pool(
    database_url: str, *, application_name: str, min_size: int = 1, max_size: int = 8, timeout: float = 30.0
) -> Pool:
    """A pool, not yet open: use it as an async context manager, or open and close it.

    Connections are in autocommit, so that nothing is ever left in a transaction by accident; a connection is tried
    before it is handed out, unless one was a moment ago, so that a server's restart costs hardly a failed batch.

    Args:
        database_url: `postgresql://…`
        application_name: what `pg_stat_activity` shows.
        min_size: connections kept open.
        max_size: connections at most.
        timeout: seconds to wait for a connection before `psycopg_pool.PoolTimeout`.
    """
    tried = -math.inf

    async def check(connection: AsyncConnection[TupleRow]) -> None:
        nonlocal tried
        if time.monotonic() < tried + TRUST_SECONDS:
            return
        try:
            await AsyncConnectionPool.check_connection(connection)
        except OperationalError:
            # Its neighbours have likely died with it. The pool would find them one by one, waiting longer each time.
            await pool.check()
            raise
        tried = time.monotonic()

    pool: Pool = AsyncConnectionPool(
        conninfo(database_url, application_name=application_name),
        kwargs={"autocommit": True},
        min_size=min_size,
        max_size=max_size,
        timeout=timeout,
        check=check,
        open=False,
        name=application_name,
    )
    return pool


async def connect(database_url: str, *, application_name: str) -> AsyncConnection[TupleRow]:
    """One connection outside any pool, in autocommit, with the same session settings."""
    return await AsyncConnection.connect(conninfo(database_url, application_name=application_name), autocommit=True)


# Of arrays PostgreSQL makes a plan anew for every execution, which costs more than these statements themselves. A plan
# that is kept must do for tables that grow meanwhile: by their indexes, which all of the statements have.
_PLANS = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"


@asynccontextmanager
async def pipelined(connection: AsyncConnection[Any]) -> AsyncIterator[None]:
    """A transaction whose statements do not wait for each other; only a fetch waits, for all that was sent before it.

    Half of what a small statement costs is the wait for its answer, on both sides. A statement's error comes out of a
    later one, or of the end of the block. What has no rows to fetch must not be asked for its `rowcount`.
    """
    async with connection.pipeline() as pipeline, connection.transaction():
        try:
            await connection.execute(_PLANS)
            yield
        except BaseException:
            with suppress(Error):  # what failed is told already; without this the server would skip the ROLLBACK
                await pipeline.sync()
            raise
