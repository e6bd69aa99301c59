"""Very many new groups at once: a bounded number of messages, and one that says how many were held back."""

import pytest
from world import world

RULES = 'default_route: "slack:#alerts"'
GROUPED = """
routes:
  - {to: "slack:#alerts", group_by: [service], wait: 10s, interval: 1m}
"""
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
