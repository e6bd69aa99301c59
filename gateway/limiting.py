"""How much a key and its project may send: counted over all gateways in Redis, in each by itself while that is away.

A gateway takes turns from Redis in small lots and gives them out itself: a request costs no trip to Redis.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.contract import Refused
from sinks.postgres.projects import GatewayKey

__all__ = ["Allowance"]

LOTS = 100  # in which a limit is taken; so much of it, at most, each gateway may leave unused
REDIS_TIMEOUT = 1.0  # seconds
REDIS_RETRY = 5.0  # seconds between attempts to reach a Redis that is away
MOST_KEYS = 10_000  # whose turns are remembered

_log = structlog.get_logger(__name__)


class _Limit(NamedTuple):
    item: RateLimitItem
    name: str  # of what is limited
    reason: str


class _Turns:
    """What is left of a lot, and until when; until when there are none for so many or more."""

    __slots__ = ("left", "none_for", "none_until", "until")

    def __init__(self) -> None:
        self.left = 0
        self.until = 0.0  # seconds since the epoch
        self.none_until = 0.0
        self.none_for = 1


class Allowance:
    """Gives out turns.

    Args:
        redis_url: `redis://…`, `rediss://…` or `unix://…`; None: each gateway counts by itself.
        now: the clock, seconds since the epoch.
    """

    def __init__(self, redis_url: str | None, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._storage = _storage(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(self._storage) if self._storage else None
        self._redis_again_at = 0.0
        self._turns: dict[str, _Turns] = {}

    async def take(self, key: GatewayKey, count: int, of: str = "") -> None:
        """Take turns for so many records. Raises Refused (429) where there are not so many left.

        A request with more of them than a whole limit is let in when nothing was sent yet, since its sender would send
        it again as it is, for ever. It pays by the time that this gateway then lets nothing in.

        Args:
            key: whose.
            count: records.
            of: what kind of them; each has the limits to itself, so that none keeps another away.
        """
        taken: list[tuple[_Turns, int]] = []
        owed: list[tuple[_Turns, float]] = []
        for limit in _limits_of(key, of):
            cost = min(count, limit.item.amount)
            turns = await self._having(limit, cost)
            if turns is None:
                for one, paid in taken:
                    one.left += paid
                wait = max(1, math.ceil(self._turns[limit.name].none_until - self._now()))
                raise Refused(
                    429,
                    f"{of}_{limit.reason}" if of else limit.reason,
                    "more was sent than the key or its project may send",
                    wait,
                )
            turns.left -= cost
            taken.append((turns, cost))
            if count > cost:
                owed.append((turns, turns.until + (math.ceil(count / cost) - 1) * limit.item.get_expiry()))
        for turns, until in owed:  # it was let in
            turns.none_until, turns.none_for = until, 1

    async def close(self) -> None:
        """Release the connections to Redis."""
        if self._storage is not None:
            await self._storage.bridge.get_connection().aclose()  # type: ignore[attr-defined]  # redis-py's bridge

    async def _having(self, limit: _Limit, count: int) -> _Turns | None:
        """Turns of which so many are left; None: there are none."""
        turns = self._turns.get(limit.name)
        if turns is None:
            if len(self._turns) >= MOST_KEYS:
                self._turns.clear()
            turns = self._turns[limit.name] = _Turns()
        now = self._now()
        if now < turns.none_until and count >= turns.none_for:
            return None
        if now >= turns.until:
            turns.left = 0
        if turns.left >= count:
            return turns
        usual = limit.item.amount // LOTS
        lot = max(count, usual)
        got, until = await self._lot(limit, lot)
        if not got:
            # What is too much for one request may be enough for smaller ones, of other senders.
            turns.none_until, turns.none_for = until, count if count > usual else 1
            return None
        turns.left, turns.until = turns.left + lot, until
        return turns

    async def _lot(self, limit: _Limit, lot: int) -> tuple[bool, float]:
        """Whether there was a lot, and until when it is good; where there was none, when there are some again."""
        if self._shared is not None and self._now() >= self._redis_again_at:
            try:
                return await self._hit(self._shared, limit, lot)
            except (RedisError, OSError, TimeoutError) as error:
                self._redis_again_at = self._now() + REDIS_RETRY
                _log.warning("redis_away", consequence="limits hold per process", error=type(error).__name__)
        return await self._hit(self._local, limit, lot)

    @staticmethod
    async def _hit(limiter: FixedWindowRateLimiter, limit: _Limit, lot: int) -> tuple[bool, float]:
        # A hit counts also where it is refused: one that is too large would use up what is left for others.
        got = await limiter.test(limit.item, limit.name, cost=lot) and await limiter.hit(
            limit.item, limit.name, cost=lot
        )
        stats = await limiter.get_window_stats(limit.item, limit.name)
        return got, float(stats.reset_time)


def _limits_of(key: GatewayKey, of: str) -> Iterator[_Limit]:
    if key.key_per_minute is not None:
        yield _Limit(RateLimitItemPerMinute(key.key_per_minute), f"key:{key.id}{of}", "rate_limited")
    if key.project_per_minute is not None:
        yield _Limit(RateLimitItemPerMinute(key.project_per_minute), f"project:{key.project_id}{of}", "rate_limited")
    if key.project_per_day is not None:
        yield _Limit(RateLimitItemPerDay(key.project_per_day), f"day:{key.project_id}{of}", "quota")


def _storage(redis_url: str) -> RedisStorage:
    scheme = urlsplit(redis_url).scheme
    uri = redis_url.replace("unix://", "redis+unix://", 1) if scheme == "unix" else redis_url
    return RedisStorage(
        f"async+{uri}",
        implementation="redispy",
        key_prefix="seawall:gateway",
        socket_timeout=REDIS_TIMEOUT,
        socket_connect_timeout=REDIS_TIMEOUT,
        retry=Retry(NoBackoff(), 1),  # type: ignore[arg-type]  # once: a pooled connection may be stale
    )
