"""Tells people directly, without PostgreSQL, that the pipeline stands still, and that it moves again."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from models.severity import Severity
from sinks.contract import Notice, Rejected, Retryable
from sinks.delivering import Deliverer, split_channel

__all__ = ["Watchdog", "postgres_answers"]

EVERY = 15.0  # seconds
PATIENCE = 60.0  # seconds without PostgreSQL before anyone is told
PROBE_SECONDS = 5
INCIDENT = "seawall-pipeline-stands-still"  # the same for all notifiers: PagerDuty makes one incident of it
KEY = "seawall:standstill"
KEY_SECONDS = 7 * 86400
ORPHANED = 3  # looks: whoever told has had time to take it back by then

_log = structlog.get_logger(__name__)


async def postgres_answers(database_url: str) -> bool:
    """Whether PostgreSQL takes a connection and answers."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            connection = await psycopg.AsyncConnection.connect(database_url, connect_timeout=PROBE_SECONDS)
            async with connection:
                await connection.execute("SELECT 1")
    except (psycopg.Error, OSError):
        return False
    return True


class Watchdog:
    """Keeps all it knows in memory and, where there is one, in Redis.

    Args:
        probe: whether PostgreSQL answers.
        deliverer: open channels.
        channels: who is told, such as `slack:#alerts`.
        memory: Redis, which lets one notifier speak for all; None: every one speaks for itself.
        every: seconds between looks.
        patience: seconds of silence before anyone is told.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[bool]],
        deliverer: Deliverer,
        channels: list[str],
        *,
        memory: Redis | None = None,
        every: float = EVERY,
        patience: float = PATIENCE,
    ) -> None:
        self._probe = probe
        self._deliverer = deliverer
        self._channels = [channel for channel in channels if split_channel(channel)[0] in deliverer.kinds]
        self._memory = memory
        self._every = every
        self._patience = patience
        self._away_since: float | None = None
        self._speaks: bool | None = None  # whether it is us who tell; None while there is nothing to tell
        self._told: dict[str, dict[str, Any] | None] = {}  # channel -> what the vendor calls the message
        self._orphaned = 0
        self.healthy = False  # PostgreSQL answered the last time

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look(time.monotonic())
            await asyncio.sleep(self._every)

    async def look(self, now: float) -> None:
        """Look once. `now` is any steady clock, in seconds."""
        self.healthy = await self._probe()
        if self.healthy:
            if self._away_since is not None:
                _log.info("postgres_back", away_seconds=round(now - self._away_since))
            self._away_since = None
            await self._tell_back()
            return
        if self._away_since is None:
            self._away_since = now
            _log.error("postgres_away", consequence="the pipeline waits; nothing is lost")
        if now - self._away_since >= self._patience:
            await self._tell_away()

    async def _tell_away(self) -> None:
        if self._speaks is None:
            _log.error("pipeline_stands_still")
            self._speaks = bool(await self._remembered("set", KEY, "{}", ex=KEY_SECONDS, nx=True, otherwise=True))
        if not self._speaks or len(self._told) == len(self._channels):
            return
        title = "The error pipeline stands still: PostgreSQL cannot be reached"
        reasons = ["errors are kept in Kafka until it is back", "no other alert can be sent meanwhile"]
        for channel in self._channels:
            if channel not in self._told:
                with suppress(Retryable, Rejected):
                    self._told[channel] = await self._send(channel, "open", title, reasons)
        await self._remembered("set", KEY, json.dumps(self._told), ex=KEY_SECONDS, otherwise=None)

    async def _tell_back(self) -> None:
        if not self._speaks:
            self._speaks = None
            await self._adopt()
        for channel, ref in list(self._told.items()):
            with suppress(Retryable, Rejected):
                title = "The error pipeline moves again: PostgreSQL is back"
                await self._send(channel, "resolve", title, ["what waited is being read"], ref)
                del self._told[channel]
        if self._speaks and not self._told:
            _log.info("pipeline_moves_again")
            self._speaks = None
            await self._remembered("getdel", KEY, otherwise=None)

    async def _adopt(self) -> None:
        """Whoever told that all stands still may be gone: after a while another one tells that it moves."""
        present = await self._remembered("get", KEY, otherwise=None)
        self._orphaned = self._orphaned + 1 if present is not None else 0
        if self._orphaned >= ORPHANED and (kept := await self._remembered("getdel", KEY, otherwise=None)):
            self._orphaned = 0
            self._told, self._speaks = json.loads(kept), True

    async def _remembered(self, call: str, *arguments: Any, otherwise: Any, **options: Any) -> Any:
        if self._memory is None:
            return otherwise
        try:
            return await getattr(self._memory, call)(*arguments, **options)
        except (RedisError, OSError):
            return otherwise

    async def _send(
        self, channel: str, kind: str, title: str, reasons: list[str], ref: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Send to one channel; returns what the vendor calls it. Raises Retryable or Rejected."""
        vendor, target = split_channel(channel)
        at = datetime.now(UTC)
        notice = Notice(
            delivery_id=0,
            transition_id=f"{INCIDENT}-{kind}",
            incident_id=INCIDENT,
            target=target,
            kind=kind,
            status="new" if kind == "open" else "resolved",
            severity=Severity.CRITICAL,
            title=title,
            service="seawall",
            environment="production",
            at=at,
            opened_at=at,
            reasons=reasons,
            ref=ref,
        )
        try:
            return (await self._deliverer.attempt(vendor, notice)).ref
        except (Retryable, Rejected) as error:
            _log.error("standstill_not_told", channel=channel, why=error.reason)
            raise
