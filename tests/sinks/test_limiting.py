"""Turns: shared by replicas through a real Valkey, and kept without it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from gates import Gate
from limits import RateLimitItemPerSecond

from sinks.contract import Retryable
from sinks.limiting import Limiter


@asynccontextmanager
async def limiter(url: str | None, amount: int, *, patience: float = 0.0, retry: float = 0.0) -> AsyncIterator[Limiter]:
    made = Limiter(url, {"slack": RateLimitItemPerSecond(amount, 60)}, patience=patience, redis_retry=retry)
    yield made
    await made.close()


async def turns(made: Limiter, target: str, tries: int) -> int:
    refusals = []
    for _ in range(tries):
        try:
            await made.acquire("slack", target)
        except Retryable as error:
            refusals.append(error)
    assert all(error.after is not None and not error.maybe_accepted for error in refusals)
    return tries - len(refusals)


async def test_replicas_share_the_turns_of_a_target(redis_url: str, topic_prefix: str) -> None:
    async with limiter(redis_url, 5) as one, limiter(redis_url, 5) as two:
        first, second = await asyncio.gather(turns(one, topic_prefix, 5), turns(two, topic_prefix, 5))
        assert first + second == 5
        assert await turns(one, topic_prefix + "other", 3) == 3
        assert one.shared


async def test_without_redis_each_process_counts_by_itself(redis_url: str, topic_prefix: str) -> None:
    gate = Gate(redis_url)
    await gate.open()
    async with limiter(gate.url, 5) as made:
        assert await turns(made, topic_prefix, 2) == 2
        await gate.shut()
        assert await turns(made, topic_prefix, 9) == 5
        assert not made.shared
        await gate.open()
        assert await turns(made, topic_prefix, 9) == 3  # what was left of the shared ones
        assert made.shared
        await gate.shut()


async def test_a_turn_that_comes_soon_is_waited_for() -> None:
    made = Limiter(None, {"slack": RateLimitItemPerSecond(1, 1)}, patience=5.0)
    assert await turns(made, "#a", 2) == 2


async def test_a_kind_without_a_limit_is_not_held_up() -> None:
    async with limiter(None, 1) as made:
        for _ in range(50):
            await made.acquire("pagerduty", "default")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/valkey.sock"])
async def test_a_redis_that_never_was_does_no_harm(url: str) -> None:
    async with limiter(url, 3, retry=60.0) as made:
        assert await turns(made, "#a", 5) == 3
