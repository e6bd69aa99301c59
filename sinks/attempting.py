"""What a job does: attempt one delivery and store its outcome, such that a crash at any point shows it only once."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import psycopg
import structlog
from psycopg import AsyncConnection
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from sinks import delivery_rows as rows
from sinks.contract import Notice, Rejected, Retryable
from sinks.delivering import Deliverer, split_channel
from sinks.delivery_locks import DeliveryLocks

__all__ = ["Attempts"]

GIVE_UP = timedelta(hours=24)
STORE_SECONDS = 300.0  # for which an outcome is kept in hand while PostgreSQL is away

_log = structlog.get_logger(__name__)


class Pool(Protocol):
    """What we need of a psycopg pool, its connections in autocommit."""

    def connection(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """Lend a connection."""


class Attempts:
    """The work of a notifier.

    Args:
        pool: open.
        deliverer: open.
        locks: of this process.
        links: where the message of a notice leads.
        collect: takes a delivery, by its id, channel and transition's kind, into a digest; False: send it now.
        give_up: after so long a delivery is rejected.
    """

    def __init__(
        self,
        pool: Pool,
        deliverer: Deliverer,
        locks: DeliveryLocks,
        *,
        links: Callable[[Notice], Mapping[str, str]] | None = None,
        collect: Callable[[int, str, str], Awaitable[bool]] | None = None,
        give_up: timedelta = GIVE_UP,
    ) -> None:
        self._pool = pool
        self._deliverer = deliverer
        self._locks = locks
        self._links = links
        self._collect = collect
        self._give_up = give_up

    async def deliver(self, delivery_id: int, channel: str) -> None:
        """Attempt the delivery. Raises Retryable where the job must come back, psycopg.Error without PostgreSQL."""
        async with self._pool.connection() as connection:
            transition = await rows.unfinished(connection, delivery_id)
        if transition is None:
            return
        if self._collect is not None and await self._collect(delivery_id, channel, transition):
            return
        kind, target = split_channel(channel)
        await self._deliverer.take_turn(kind, target, transition)
        async with self._locks.hold(delivery_id):
            async with self._pool.connection() as connection:
                taken = await rows.take(connection, delivery_id)
            if taken is not None:
                await self._attempt(kind, taken)

    async def _attempt(self, kind: str, taken: rows.Taken) -> None:
        try:
            receipt = await self._deliverer.attempt(kind, self._linked(taken.notice))
        except Rejected as error:
            reason = error.reason
            _log.warning("delivery_rejected", delivery=taken.notice.delivery_id, channel=taken.channel, why=reason)
            await self._store(lambda connection: rows.reject(connection, taken, reason))
        except Retryable as error:
            await self._put_back(taken, error)
        else:
            await self._store(lambda connection: rows.finish(connection, taken, receipt))

    def _linked(self, notice: Notice) -> Notice:
        return notice if self._links is None else replace(notice, links=dict(self._links(notice)))

    async def _put_back(self, taken: rows.Taken, error: Retryable) -> None:
        if taken.age >= self._give_up:
            reason = f"gave up after {taken.attempt} attempts: {error.reason}"
            _log.error("delivery_given_up", delivery=taken.notice.delivery_id, channel=taken.channel, why=error.reason)
            await self._store(lambda connection: rows.reject(connection, taken, reason))
            return
        async with self._pool.connection() as connection:
            await rows.put_back(connection, taken, error.reason, maybe_accepted=error.maybe_accepted)
        raise error

    async def _store(self, write: Callable[[AsyncConnection[Any]], Awaitable[bool]]) -> None:
        """Store the outcome; while PostgreSQL is away it is worth waiting for it: the vendor has it already."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(psycopg.OperationalError),
            wait=wait_random_exponential(multiplier=0.2, max=10),
            stop=stop_after_delay(STORE_SECONDS),
            reraise=True,
        ):
            with attempt:
                async with self._pool.connection() as connection:
                    if not await write(connection):
                        _log.warning("delivery_fenced", reason="a later attempt has taken over")
