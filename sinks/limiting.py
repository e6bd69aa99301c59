"""Rate limits shared by all replicas through Redis; while Redis is away, each process keeps them by itself."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sinks.contract import Retryable

__all__ = ["LIMITS", "Limiter"]

LIMITS: Mapping[str, RateLimitItem] = {
    # One message a second and channel, bursts allowed: https://docs.slack.dev/apis/web-api/rate-limits
    "slack": RateLimitItemPerSecond(5, 5),
    # Refreshing a message is no post: 50 a minute and workspace
    "slack:update": RateLimitItemPerMinute(40),
    # https://developer.pagerduty.com/docs/events-api-v2-overview: 120 events a minute and integration
    "pagerduty": RateLimitItemPerMinute(100),
    # Four requests a second and webhook: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
    "teams": RateLimitItemPerSecond(3),
    # One a second and space: https://developers.google.com/workspace/chat/limits
    "googlechat": RateLimitItemPerMinute(50),
    # Not a vendor's limits but readers': a storm must not fill a mailbox or a telephone bill
    "email": RateLimitItemPerMinute(30),
    "sms": RateLimitItemPerMinute(10),
    "voice": RateLimitItemPerMinute(2),
}
PATIENCE = 2.0  # seconds to wait for a turn in place; beyond that the delivery gives its slot to others
REDIS_TIMEOUT = 1.0  # seconds
REDIS_RETRY = 5.0  # seconds between attempts to reach a Redis that is away

_log = structlog.get_logger(__name__)


class Limiter:
    """Gives out turns.

    Args:
        redis_url: `redis://…`, `rediss://…` or `unix://…`; None: limits hold per process only.
        limits: the limit of each kind of channel, by kind; a kind without one is not limited.
        patience: seconds to wait for a turn.
    """

    def __init__(
        self,
        redis_url: str | None,
        limits: Mapping[str, RateLimitItem] = LIMITS,
        *,
        patience: float = PATIENCE,
        redis_retry: float = REDIS_RETRY,
    ) -> None:
        self._limits = limits
        self._patience = patience
        self._redis_retry = redis_retry
        self._redis_again_at = 0.0
        self._away = False
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._storage = _storage(redis_url) if redis_url else None
        self._shared = MovingWindowRateLimiter(self._storage) if self._storage else None

    @property
    def shared(self) -> bool:
        """Whether the limits hold over all replicas at the moment."""
        return self._shared is not None and not self._away

    async def acquire(self, kind: str, target: str) -> None:
        """Wait for a turn to send to the target. Raises Retryable when none comes in time."""
        limit = self._limits.get(kind)
        if limit is None:
            return
        give_up_at = time.monotonic() + self._patience
        while not await self._hit(limit, kind, target):
            wait = await self._wait(limit, kind, target)
            if time.monotonic() + wait > give_up_at:
                raise Retryable("waiting for a turn (rate limit)", after=wait, maybe_accepted=False)
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Release the connections to Redis."""
        if self._storage is not None:
            await self._storage.bridge.get_connection().aclose()  # type: ignore[attr-defined]  # redis-py's bridge

    async def _hit(self, limit: RateLimitItem, kind: str, target: str) -> bool:
        if self._shared is not None and time.monotonic() >= self._redis_again_at:
            try:
                turn = await self._shared.hit(limit, kind, target)
            except (RedisError, OSError, TimeoutError) as error:
                self._lost(error)
            else:
                self._found()
                return turn
        return await self._local.hit(limit, kind, target)

    async def _wait(self, limit: RateLimitItem, kind: str, target: str) -> float:
        """Seconds until the next turn, at least a few milliseconds."""
        limiter = self._shared if self.shared and self._shared else self._local
        try:
            stats = await limiter.get_window_stats(limit, kind, target)
        except (RedisError, OSError, TimeoutError) as error:
            self._lost(error)
            return 0.1
        return min(max(stats.reset_time - time.time(), 0.01), float(limit.get_expiry()))

    def _lost(self, error: Exception) -> None:
        self._redis_again_at = time.monotonic() + self._redis_retry
        if not self._away:
            self._away = True
            _log.warning("redis_away", consequence="rate limits hold per process", error=type(error).__name__)

    def _found(self) -> None:
        if self._away:
            self._away = False
            _log.info("redis_back", consequence="rate limits are shared again")


def _storage(redis_url: str) -> RedisStorage:
    scheme = urlsplit(redis_url).scheme
    uri = redis_url.replace("unix://", "redis+unix://", 1) if scheme == "unix" else redis_url
    return RedisStorage(
        f"async+{uri}",
        implementation="redispy",
        key_prefix="seawall:limits",
        socket_timeout=REDIS_TIMEOUT,
        socket_connect_timeout=REDIS_TIMEOUT,
        retry=Retry(NoBackoff(), 1),  # type: ignore[arg-type]  # once: a pooled connection may be stale
    )
