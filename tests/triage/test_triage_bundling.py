"""Alerts told together: one message for one problem, what is over in time is not told, an end always is."""

import pytest
from world import world

PLAIN = 'default_route: "slack:#alerts"'
GROUPED = """
routes:
  - {to: "slack:#alerts", group_by: [service], wait: 30s, interval: 5m, repeat: 4h}
"""
WAITING = """
routes:
  - {to: "slack:#alerts", wait: 2m}
"""


async def test_without_settings_each_transition_is_told_at_once(database_url):
    async with world(database_url, PLAIN) as w:
        for kind, severity in (
            ("open", "error"),
            ("update", "error"),
            ("escalate", "critical"),
            ("resolve", "critical"),
        ):
            await w.come(kind, severity=severity)
        assert await w.told() == [("open", "g1"), ("update", "g1"), ("escalate", "g1"), ("resolve", "g1")]
        assert (await w.held(), await w.timers()) == ([], 0)


async def test_an_alert_that_is_read_again_is_told_once(database_url):
    async with world(database_url, PLAIN) as w:
        alert = w.alert("open")
        await w.take(alert)
        await w.take(alert)
        assert await w.told() == [("open", "g1")]


async def test_what_is_over_within_its_wait_is_not_told_and_counted(database_url):
    async with world(database_url, WAITING) as w:
        await w.come("open")
        await w.wait(100)
        told = await w.come("resolve")
        await w.wait(3600)
        assert (await w.told(), await w.held(), told.held) == ([], [("resolve", "g1", "short")], {"short": 1})


async def test_what_lasts_is_told_after_its_wait_and_so_is_its_end(database_url):
    async with world(database_url, WAITING) as w:
        await w.come("open")
        await w.wait(119)
        assert await w.told() == []
        await w.wait(1)
        assert await w.told() == [("open", "g1")]
        await w.come("resolve")
        assert await w.told() == [("open", "g1"), ("resolve", "g1")]


async def test_what_is_critical_is_told_at_once_unless_its_route_says_otherwise(database_url):
    async with world(database_url, WAITING) as w:
        await w.come("open", severity="critical")
        await w.come("open", "g2")
        await w.come("escalate", "g2", severity="critical")
        assert await w.told() == [("open", "g1"), ("escalate", "g2")]
    async with world(database_url, WAITING.replace("2m", "2m, critical_wait: 1m")) as w:
        await w.come("open", severity="critical")
        await w.wait(59)
        assert await w.told() == []
        await w.wait(1)
        assert await w.told() == [("open", "g1")]


async def test_a_group_waits_for_company_then_for_its_turn_and_is_reminded_of(database_url):
    async with world(database_url, GROUPED) as w:
        await w.come("open", "g1")
        await w.wait(20)
        await w.come("open", "g2")
        await w.come("open", "g3", service="cart")
        await w.wait(10)
        assert await w.told() == [("open", "g1")]  # it names g2, too, once that has waited
        await w.wait(20)
        assert await w.told() == [("open", "g1"), ("open", "g3")]
        await w.wait(250)
        assert ("open", "g2") not in await w.told()
        await w.wait(30)
        assert (await w.told())[-1] == ("open", "g2")
        await w.act("acknowledge", "g1")
        await w.wait(4 * 3600)
        assert sorted((await w.told())[4:]) == [("remind", "g2"), ("remind", "g3")]


async def test_the_incidents_of_a_group_share_a_message_until_all_of_it_is_over(database_url):
    async with world(database_url, GROUPED) as w:
        first = w.alert("open", "g1")
        w.now += 1
        await w.take(first, w.alert("open", "g2"))
        await w.wait(30)
        assert await w.told() == [("open", "g1")]
        await w.come("resolve", "g1")
        await w.come("open", "g3", severity="critical")
        await w.take(w.alert("resolve", "g2"), w.alert("resolve", "g3", "critical"))
        await w.come("open", "g4", severity="critical")
        by_group = dict(
            await w.rows("SELECT replace(alert_key, 'rule:', ''), message_id FROM deliveries JOIN incidents i ON i.id = incident_id")
        )  # fmt: skip
        assert by_group["g1"] == by_group["g2"] == by_group["g3"] != by_group["g4"]
        assert (await w.told())[-4:] == [("open", "g3"), ("resolve", "g2"), ("resolve", "g3"), ("open", "g4")]


async def test_a_channel_is_told_by_one_route_whatever_the_incident_becomes(database_url):
    rules = """
routes:
  - {match: {severity: critical}, to: ["pagerduty:default", "slack:#alerts"]}
default_route: "slack:#alerts"
"""
    async with world(database_url, rules) as w:
        await w.come("open")
        await w.come("escalate", severity="critical")
        await w.come("resolve", severity="critical")
        assert await w.told() == [("open", "g1"), ("escalate", "g1"), ("resolve", "g1")]
        assert await w.told("pagerduty:default") == [("escalate", "g1"), ("resolve", "g1")]


async def test_routes_that_change_do_not_tell_again_and_the_end_goes_to_who_knows(database_url):
    async with world(database_url, PLAIN) as w:
        await w.come("open")
        w.use('routes: [{name: new, to: "slack:#other"}]')
        await w.come("resolve")
        assert (await w.told(), await w.told("slack:#other")) == ([("open", "g1"), ("resolve", "g1")], [])


async def test_a_storm_is_a_bounded_number_of_messages_and_one_that_counts_the_rest(database_url):
    async with world(database_url, 'routes: [{to: "slack:#alerts", at_most: {count: 5, per: 10m}}]') as w:
        await w.take(*(w.alert("open", f"g{number}") for number in range(100)))
        assert len(await w.told()) == 5
        await w.come("escalate", "g99", severity="critical")  # no room for it either
        await w.wait(600)
        assert (await w.told())[5:] == [("summary", "95 incidents held back: too many at once")]
        await w.come("update", "g98")
        await w.come("escalate", "g98", severity="critical")
        assert (await w.told())[6:] == [("escalate", "g98")]
        await w.come("resolve", "g97")
        assert len(await w.told()) == 7


async def test_what_comes_and_goes_is_told_once_it_stays(database_url):
    async with world(database_url, PLAIN) as w:
        w.now = (await w.rows("SELECT extract(epoch FROM now())::float8"))[0][0]  # flaps are counted by the hour
        for _ in range(6):
            await w.come("open")
            w.now += 10
            await w.come("resolve")
        assert await w.told() == [("open", "g1"), ("resolve", "g1")] * 4
        assert [why for _, _, why in await w.held()] == ["flapping"] * 4
        await w.come("open")
        await w.wait(599)
        assert len(await w.told()) == 8
        await w.wait(1)
        assert (await w.told())[8:] == [("open", "g1")]


@pytest.mark.parametrize("kind", ["acknowledge", "start", "assign", "comment", "ignore", "resolve"])
async def test_what_people_do_is_told_to_who_knows(database_url, kind):
    async with world(database_url, PLAIN) as w:
        await w.come("open")
        await w.act(kind)
        assert await w.told() == [("open", "g1"), (kind, "g1")]


async def test_what_is_taken_up_again_is_told_on(database_url):
    async with world(database_url, PLAIN) as w:
        await w.come("open")
        await w.act("resolve")
        await w.act("reopen")
        await w.come("escalate", severity="critical")
        assert [kind for kind, _ in await w.told()] == ["open", "resolve", "reopen", "escalate"]
        await w.act("ignore")
        await w.come("deescalate", severity="error")
        assert [kind for kind, _ in await w.told()] == ["open", "resolve", "reopen", "escalate", "ignore"]
        assert await w.held() == [("deescalate", "g1", "ignored")]
