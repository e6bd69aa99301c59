"""Who may attempt a delivery: a lock in PostgreSQL that a killed process loses at once and a frozen one keeps.

A frozen notifier's jobs are taken over after a while. Had it frozen just before its request went out, it would send
when it wakes up: so nobody else attempts the delivery as long as its session lives. All locks of a process are held by
one connection; its keepalives make the server drop the session of a machine that is gone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sinks.contract import Retryable
from sinks.postgres.connecting import connect

__all__ = ["DeliveryLocks"]

RETRY_SECONDS = 5.0
_CLASS = 0x5EA3 << 48  # tells our delivery locks from other advisory locks
_RECOVERY = _CLASS | ((1 << 48) - 1)
_KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


class DeliveryLocks:
    """The locks of this process.

    Args:
        database_url: `postgresql://…`; not through a pooler in transaction mode, where sessions are not ours.
    """

    def __init__(self, database_url: str) -> None:
        options = conninfo_to_dict(database_url).get("options") or ""
        self._url = make_conninfo(database_url, options=f"{_KEEPALIVE} {options}".strip())
        self._turn = asyncio.Lock()
        self._connection: AsyncConnection[Any] | None = None
        self._held: set[int] = set()  # PostgreSQL would give one session the same lock twice

    @asynccontextmanager
    async def hold(self, delivery_id: int) -> AsyncIterator[None]:
        """Hold the delivery. Raises Retryable where another process holds it."""
        if not await self._take(_CLASS | delivery_id):
            raise Retryable("another notifier is at it", after=RETRY_SECONDS, maybe_accepted=False)
        try:
            yield
        finally:
            await self._release(_CLASS | delivery_id)

    @asynccontextmanager
    async def hold_recovery(self) -> AsyncIterator[bool]:
        """Whether this process is the one that takes over stalled jobs just now."""
        mine = await self._take(_RECOVERY)
        try:
            yield mine
        finally:
            if mine:
                await self._release(_RECOVERY)

    async def close(self) -> None:
        """Give up all locks."""
        if self._connection is not None:
            await self._connection.close()

    async def _take(self, key: int) -> bool:
        async with self._turn:
            if key in self._held:
                return False
            if self._connection is None or self._connection.broken or self._connection.closed:
                self._connection = await connect(self._url, application_name="seawall notifier locks")
            try:
                cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", [key])
                row = await cursor.fetchone()
            except psycopg.OperationalError:
                await self._connection.close()  # the server was restarted: the next attempt connects anew
                raise
            if row is None or not row[0]:
                return False
            self._held.add(key)
        return True

    async def _release(self, key: int) -> None:
        async with self._turn:
            self._held.discard(key)
            with suppress(psycopg.Error):  # a broken session has lost its locks anyway
                assert self._connection is not None
                await self._connection.execute("SELECT pg_advisory_unlock(%s)", [key])
