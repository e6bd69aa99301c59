"""People asked about incidents in a real database: step by step, until somebody answers; once each, whatever happens."""

import asyncio
from types import SimpleNamespace

import pytest
from world import START, World, world

from seawall.escalations import escalations
from sinks.delivery_rows import unfinished
from sinks.postgres.connecting import connect
from triage.flushing import flush_bundles

RULES = """
users:
  ann: {contact: "slack:U1"}
  bob: {contact: ["slack:U2", "sms:+4930123456"]}
schedules:
  shop: {layers: [{users: [ann], starts: 2026-01-05T09:00}]}
policies:
  shop:
    steps: [{notify: schedule:shop, wait: 5m}, {notify: user:bob, wait: 10m}]
    repeat: 1
    unanswered: "slack:#managers"
    remind_after: 1h
    unacknowledge_after: 4h
inhibitions:
  - {name: database, source: {type: DatabaseDown}, target: {type: KeyError}, equal: [environment]}
routes:
  - {to: "slack:#alerts", policy: shop}
"""
BOB = "sms:+4930123456"


async def pages(w):
    """Seconds after the start, channel and kind of all that people were asked or told beside the route."""
    return [
        (int(at - START), channel, kind)
        for at, channel, kind in await w.rows(
            "SELECT extract(epoch FROM at)::float8, channel, kind FROM deliveries JOIN incident_log USING (transition_id)"
            " WHERE channel <> 'slack:#alerts' ORDER BY id"
        )
    ]


async def asked_about(w, group):
    """How often people were asked about a group's incidents."""
    [(number,)] = await w.rows(
        "SELECT count(*) FROM incident_log JOIN incidents i ON i.id = incident_id WHERE kind = 'page' AND alert_key = %s",
        f"rule:{group}",
    )
    return number


async def test_each_step_is_asked_in_its_time_and_in_the_end_it_is_said_that_nobody_answered(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        await w.wait(3600)
        ann, bob = [("slack:U1", "page")], [("slack:U2", "page"), (BOB, "page")]
        assert await pages(w) == [
            *((0, *one) for one in ann), *((300, *one) for one in bob),
            *((900, *one) for one in ann), *((1200, *one) for one in bob),
            (1800, "slack:#managers", "unanswered"),
        ]  # fmt: skip
        assert (await w.told(), await w.timers()) == ([("open", "g1")], 0)
        said = await w.rows("SELECT reasons FROM incident_log WHERE kind = 'page' ORDER BY number LIMIT 1")
        assert said == [(["step 1 of 2, round 1 of 2: ann (on call: shop)", "next: page bob at 12:05 UTC"],)]


@pytest.mark.parametrize("kind", ["acknowledge", "start", "resolve", "ignore"])
async def test_an_answer_between_two_steps_stops_it_and_who_was_asked_hears_of_it_once(database_url, kind):
    async with world(database_url, RULES.replace("    remind_after: 1h\n    unacknowledge_after: 4h\n", "")) as w:
        await w.come("open")
        await w.wait(100)
        await w.act(kind)
        await w.wait(24 * 3600)
        assert await pages(w) == [(0, "slack:U1", "page"), (100, "slack:U1", kind)]
        assert await w.told() == [("open", "g1"), (kind, "g1")]


async def test_what_ends_by_itself_stops_it_and_what_is_reopened_begins_again(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        await w.wait(100)
        await w.come("resolve")
        await w.wait(1000)
        await w.act("reopen")
        assert await pages(w) == [(0, "slack:U1", "page"), (100, "slack:U1", "resolve"), (1100, "slack:U1", "page")]
        await w.act("acknowledge")
        await w.wait(60)
        await w.act("unacknowledge")
        assert (await pages(w))[-1] == (1160, "slack:U1", "page")


async def test_an_old_acknowledgement_is_reminded_of_and_then_given_back(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        await w.act("acknowledge")
        await w.wait(4 * 3600)
        assert await pages(w) == [
            (0, "slack:U1", "page"),
            (0, "slack:U1", "acknowledge"),
            (3600, "slack:U1", "remind_acknowledged"),
            (4 * 3600, "slack:U1", "page"),
        ]
        assert await w.told() == [("open", "g1"), ("acknowledge", "g1"), ("unacknowledge", "g1")]
        [(actor, reasons)] = await w.rows("SELECT actor, reasons FROM incident_log WHERE kind = 'unacknowledge'")
        assert (actor, reasons) == ("seawall", ["acknowledged 4 h ago"])


async def test_nobody_is_asked_while_it_is_silent_and_it_goes_on_when_that_ends(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        await w.wait(60)
        await w.hush("rule=g1", lasts=3600)
        await w.wait(3500)
        assert await pages(w) == [(0, "slack:U1", "page")]
        assert ("page", "g1", "silence") in await w.held()
        await w.wait(100)
        assert [one for one in await pages(w) if one[2] == "page"][1:] == [
            (3660, "slack:U2", "page"),
            (3660, BOB, "page"),
        ]


async def test_what_was_inhibited_goes_on_when_its_source_is_over(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        await w.wait(60)
        await w.come("open", "db", error_type="DatabaseDown", environment="production")
        await w.wait(1000)
        assert await asked_about(w, "g1") == 1
        await w.come("resolve", "db", error_type="DatabaseDown")
        await w.run()
        assert await asked_about(w, "g1") == 2


async def test_incidents_of_one_message_are_asked_about_one_at_a_time(database_url):
    grouped = RULES.replace("policy: shop}", "policy: shop, group_by: service, wait: 0s, interval: 0s}")
    async with world(database_url, grouped) as w:
        await w.come("open")
        await w.wait(10)
        await w.come("open", "g2")
        await w.wait(10)
        assert await pages(w) == [(0, "slack:U1", "page")]
        await w.come("open", "g3", severity="critical")
        assert (await pages(w))[1:] == [(20, "slack:U1", "page")]
        await w.act("acknowledge", "g3")
        await w.act("acknowledge", "g1")
        assert [one for one in await pages(w) if one[2] == "page"][2:] == [(20, "slack:U1", "page")]  # g2


async def test_a_policy_is_as_it_was_when_it_began_but_who_is_on_call_is_as_it_is_now(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        w.use(RULES.replace("users: [ann], starts", "users: [bob], starts").replace("wait: 5m", "wait: 1h"))
        await w.wait(900)
        assert [one for one in await pages(w) if one[0] == 900] == [(900, "slack:U2", "page"), (900, BOB, "page")]


async def test_alerts_that_are_read_again_ask_nobody_again(database_url):
    async with world(database_url, RULES) as w:
        alert = w.alert("open")
        await w.take(alert)
        await w.take(alert)
        await w.come("update")
        assert await pages(w) == [(0, "slack:U1", "page")]


async def test_turns_are_taken_by_incident(database_url):
    turns = RULES.replace("notify: schedule:shop,", "notify: [user:ann, user:bob], round_robin: true,")
    async with world(database_url, turns) as w:
        for number in range(3):
            await w.come("open", f"g{number}")
        assert [channel for _, channel, _ in await pages(w)] == ["slack:U1", "slack:U2", BOB, "slack:U1"]


async def test_what_happens_next_is_told(database_url, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    settings = SimpleNamespace(rules=tmp_path / "rules.yaml")
    async with world(database_url, RULES) as w:
        await w.come("open")
        [(incident,)] = await w.rows("SELECT id::text FROM incidents")

        async def told():
            [one] = await escalations(w.connection, settings, incident)
            return one["phase"], one["said"]

        assert await told() == ("asking", "next: page bob at 12:05 UTC")
        await w.hush("rule=g1", lasts=3600)
        await w.wait(600)
        assert await told() == ("asking", "held back")
        await w.act("acknowledge")
        assert await told() == ("answered", "answered: nobody else is asked")
        await w.act("resolve")
        assert await told() == ("over", "over")


async def test_a_page_that_waits_in_the_queue_is_not_sent_once_it_is_answered(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open")
        await w.come("open", "g2")
        await w.act("acknowledge")
        by_group = await w.rows(
            "SELECT replace(alert_key, 'rule:', ''), d.id FROM deliveries d JOIN incident_log USING (transition_id)"
            " JOIN incidents i ON i.id = d.incident_id WHERE kind = 'page'"
        )
        assert {group: await unfinished(w.connection, delivery) for group, delivery in by_group} == {
            "g1": None,
            "g2": "page",
        }
        assert await w.rows("SELECT channel, reply FROM deliveries WHERE status = 'superseded'") == [
            ("slack:U1", "it was answered meanwhile")
        ]


async def test_two_notifiers_at_once_neither_double_a_step_nor_wait_in_a_circle(database_url):
    two = RULES.replace("notify: schedule:shop,", "notify: [user:ann, user:bob], round_robin: true,")
    two = two.replace(
        "  shop:\n    steps:",
        "  other: {steps: [{notify: [user:bob, user:ann], round_robin: true}]}\n  shop:\n    steps:",
    )
    two = two.replace("routes:\n", 'routes:\n  - {match: {service: cart}, to: "slack:#alerts", policy: other}\n')
    async with world(database_url, two) as w, await connect(database_url, application_name="test") as second:
        other = World(second, two)
        alerts = [w.alert("open", f"g{number}", service=("shop", "cart")[number % 2]) for number in range(20)]
        await asyncio.gather(w.take(*alerts[:10]), other.take(*reversed(alerts)), return_exceptions=False)
        other.now = w.now = w.now + 300
        bundles = [bundle for (bundle,) in await w.rows("SELECT id::text FROM bundles")]

        async def look(one, ids):
            async with one.connection.transaction():
                await flush_bundles(one.connection, ids, one.quiet, one.jobs, one.now, people=one.people)

        await asyncio.gather(look(w, bundles), look(other, bundles[::-1]))
        asked = await w.rows(
            "SELECT incident_id, count(*) FROM incident_log WHERE kind = 'page' GROUP BY 1 ORDER BY count(*)"
        )
        assert (len(asked), {number for _, number in asked}) == (20, {1, 2})
        turns = await w.rows("SELECT name, array_agg(turn::int ORDER BY turn) FROM escalations GROUP BY 1 ORDER BY 1")
        assert turns == [("other", list(range(10))), ("shop", list(range(10)))]
