"""Limits by key and project, counted over all gateways."""

import asyncio
import time

import pytest

from gateway.contract import Refused
from gateway.limiting import Allowance
from sinks.postgres.projects import GatewayKey


def key(number=1, project=1, **limits):
    given = {"key_per_minute": None, "project_per_minute": None, "project_per_day": None, **limits}
    return GatewayKey(number, project, f"p{project}", f"k{number}", None, None, [], **given, expires_at=None)


async def taken(allowance, given, count=1, most=10_000):
    """How many turns there were, and how the first refusal reads."""
    for number in range(most):
        try:
            await allowance.take(given, count)
        except Refused as refused:
            return number, refused.refusal
    return most, None


async def test_without_limits_there_is_none():
    assert await taken(Allowance(None), key(), most=500) == (500, None)


@pytest.mark.parametrize(
    ("limits", "count", "turns", "reason"),
    [
        ({"key_per_minute": 5}, 1, 5, "rate_limited"),
        ({"key_per_minute": 5}, 2, 2, "rate_limited"),
        ({"key_per_minute": 5}, 6, 1, "rate_limited"),
        ({"project_per_minute": 7}, 1, 7, "rate_limited"),
        ({"project_per_day": 1_000}, 1, 1_000, "quota"),
        ({"key_per_minute": 9, "project_per_day": 4}, 1, 4, "quota"),
    ],
)
async def test_no_more_is_let_in_than_was_said(limits, count, turns, reason):
    given, refusal = await taken(Allowance(None), key(**limits), count)
    assert given == turns
    assert (refusal.status, refusal.reason) == (429, reason)
    assert 1 <= refusal.retry_after <= 86_400


async def test_what_one_limit_refuses_does_not_count_for_another():
    allowance = Allowance(None)
    assert (await taken(allowance, key(1, key_per_minute=3, project_per_minute=10), most=10))[0] == 3
    assert (await taken(allowance, key(2, project_per_minute=10)))[0] == 7


async def test_a_large_request_that_another_limit_refuses_costs_nothing():
    allowance = Allowance(None)
    limited = key(1, key_per_minute=5, project_per_minute=100)
    await allowance.take(key(2, project_per_minute=100), 99)
    with pytest.raises(Refused):
        await allowance.take(limited, 6)
    await allowance.take(limited, 1)


async def test_limits_hold_over_all_gateways(redis_url, topic_prefix):
    number = time.time_ns()  # nobody else's key
    some = [Allowance(redis_url) for _ in range(3)]
    try:
        limited = key(number, number, key_per_minute=1_000)
        turns = await asyncio.gather(*(taken(one, limited) for one in some))
        assert 1_000 - 3 * 10 <= sum(given for given, _ in turns) <= 1_000
        limited = key(number + 1, number, key_per_minute=30)  # a small limit is given out one by one
        assert sum([(await taken(one, limited))[0] for one in some]) == 30
    finally:
        for one in some:
            await one.close()


async def test_while_redis_is_away_each_gateway_counts_by_itself():
    allowance = Allowance("redis://127.0.0.1:1")
    assert (await taken(allowance, key(key_per_minute=5)))[0] == 5
    await allowance.close()


async def test_the_next_minute_is_a_new_one(monkeypatch):
    now = time.time()
    allowance = Allowance(None, now=lambda: now)
    assert (await taken(allowance, key(key_per_minute=2)))[0] == 2
    monkeypatch.setattr(time, "time", lambda: now)  # the clock of the library's own memory
    now += 61
    assert (await taken(allowance, key(key_per_minute=2)))[0] == 2


async def test_a_request_above_the_whole_limit_waits_for_a_minute_to_itself_and_pays_with_the_next_ones(monkeypatch):
    now = time.time() // 60 * 60
    allowance, limited = Allowance(None, now=lambda: now), key(key_per_minute=2)
    monkeypatch.setattr(time, "time", lambda: now)  # the clock of the library's own memory
    assert (await taken(allowance, limited, most=1))[0] == 1
    assert (await taken(allowance, limited, count=5))[0] == 0
    now += 61
    assert (await taken(allowance, limited, count=5))[0] == 1
    for _ in range(3):  # five are three minutes' worth
        now += 58
        assert (await taken(allowance, limited))[0] == 0
    now += 6
    assert (await taken(allowance, limited))[0] == 2
