"""Very many new groups at once: a bounded number of messages, and one that says how many were held back."""

import asyncio
from datetime import UTC, datetime

import pytest
from world import World, world

from sinks.postgres.connecting import connect
from triage.summing_up import sum_up

RULES = 'default_route: "slack:#alerts"'
GROUPED = """
routes:
  - {to: "slack:#alerts", group_by: [service], wait: 10s, interval: 1m}
"""
FEW = 'routes: [{to: "slack:#alerts", at_most: {count: 5, per: 1h}}]'
STORM, TOGETHER = 3_000, 100
MOST = 30  # new incidents that a route tells of in ten minutes, where it says nothing else


async def _storm(one, services=1):
    held = 0
    for first in range(0, STORM, TOGETHER):
        alerts = [one.alert("open", f"g{n}", service=f"service-{n % services}") for n in range(first, first + TOGETHER)]
        held += sum((await one.take(*alerts)).held.values())
        await one.wait(60 * TOGETHER / STORM)
    return held


@pytest.mark.timeout(300)
async def test_a_storm_of_new_groups_makes_few_messages_and_one_that_counts_the_rest(database_url):
    async with world(database_url, RULES) as one:
        held = await _storm(one)
        assert [kind for kind, _ in await one.told()] == ["open"] * MOST
        assert held == STORM - MOST
        await one.wait(3600)
        *_, (kind, title) = told = await one.told()
        assert len(told) == MOST + 1
        assert (kind, title) == ("summary", f"{STORM - MOST} incidents held back: too many at once")
        await one.come("open", "later")
        assert (await one.told())[-1] == ("open", "later")


@pytest.mark.timeout(300)
async def test_what_was_held_back_in_a_storm_and_gets_worse_later_is_told(database_url):
    async with world(database_url, RULES) as one:
        await _storm(one)
        await one.wait(3600)
        await one.come("escalate", f"g{STORM - 1}", "critical")
        assert (await one.told())[-1] == ("escalate", f"g{STORM - 1}")


@pytest.mark.timeout(300)
async def test_a_storm_in_bundles_is_told_of_in_few_messages_and_hides_no_bundle(database_url):
    async with world(database_url, GROUPED) as one:
        held = await _storm(one, services=5)
        await one.wait(3600)
        assert 5 <= len(await one.told()) <= MOST
        assert held == 0
        rows = await one.rows("SELECT count(first_told), count(DISTINCT message_id) FROM bundle_incidents")
        assert rows == [(STORM, 5)]


async def test_two_workers_together_tell_of_no_more_than_a_route_may(database_url):
    async with world(database_url, FEW) as one, await connect(database_url, application_name="test") as second:
        other = World(second, FEW)
        other._alerts = 1_000  # ids of its own
        async with second.transaction():
            await other.take(*(other.alert("open", f"other{number}") for number in range(3)))
            waiting = asyncio.create_task(one.take(*(one.alert("open", f"one{number}") for number in range(4))))
            await asyncio.sleep(0.3)
            assert not waiting.done()
        assert (await waiting).held == {"flood": 2}
        assert len(await one.told()) == 5


async def test_what_is_held_back_while_a_summary_is_told_is_in_it_or_in_the_next(database_url):
    async with world(database_url, FEW) as one, await connect(database_url, application_name="test") as second:
        other = World(second, FEW)
        other._alerts = 1_000  # ids of its own
        await one.take(*(one.alert("open", f"one{number}") for number in range(8)))
        [(first,)] = await one.rows("SELECT id::text FROM summaries")

        async def tell():
            async with one.connection.transaction():
                await sum_up(one.connection, first, one.jobs, datetime.fromtimestamp(one.now - 1, UTC))

        async with second.transaction():
            await other.take(*(other.alert("open", f"other{number}") for number in range(10)))
            telling = asyncio.create_task(tell())
            await asyncio.sleep(0.3)
            assert not telling.done()
        await telling
        await other.take(*(other.alert("open", f"late{number}") for number in range(2)))
        await one.wait(3600)
        held = [title.split()[0] for kind, title in await one.told() if kind == "summary"]
        assert held == ["13", "2"]
