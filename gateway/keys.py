"""The keys that senders have, kept in memory and at most a few seconds old."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog

from gateway.contract import Refused
from gateway.origins import allowed_origin
from sinks.postgres.connecting import connect
from sinks.postgres.projects import CHANNEL, GatewayKey, read_keys

__all__ = ["KeyBook"]

POLL_SECONDS = 4.0  # between two looks, where no change is announced
RETRY_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class KeyBook:
    """All keys in force. While PostgreSQL is away, those that were known last stay in force until they expire.

    Args:
        database_url: `postgresql://…`
        now: the clock.
    """

    def __init__(self, database_url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._url = database_url
        self._now = now
        self._public: dict[str, GatewayKey] = {}
        self._secret: dict[bytes, GatewayKey] = {}
        self._origins: frozenset[str] = frozenset()
        self.loaded = False

    def put(self, keys: list[GatewayKey]) -> None:
        """Let these be the keys."""
        self._public = {key.public_key: key for key in keys if key.public_key is not None}
        self._secret = {key.secret_hash: key for key in keys if key.secret_hash is not None}
        self._origins = frozenset(origin for key in keys for origin in key.origins)
        self.loaded = True

    def find(self, text: str | None) -> GatewayKey:
        """The key of that text. Raises Refused."""
        if not self.loaded:
            raise Refused(503, "no_keys", "the keys are not known yet", round(RETRY_SECONDS))
        if not text:
            raise Refused(401, "no_key", "no key: see the address that `seawall key list` tells")
        key = self._public.get(text) or self._secret.get(hashlib.sha256(text.encode(errors="replace")).digest())
        if key is None or (key.expires_at is not None and key.expires_at <= self._now()):
            raise Refused(401, "wrong_key", "the key is unknown, or no longer in force")
        return key

    def allows(self, origin: str) -> bool:
        """Whether any key is for pages of that origin."""
        return allowed_origin(origin, self._origins)

    async def run(self) -> None:
        """Keep them current, for ever."""
        while True:
            try:
                connection = await connect(self._url, application_name="seawall gateway keys")
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._follow(connection)
            except (psycopg.Error, OSError) as error:
                _log.warning("keys_not_read", error=type(error).__name__, known=self.loaded)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            self.put(await read_keys(connection))
            async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass
