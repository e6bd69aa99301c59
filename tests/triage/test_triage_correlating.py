"""Errors of one trace in several services: one message, with the cause in it; undone where it is wrong."""

import asyncio
import json
import uuid
from datetime import UTC, datetime

import msgspec
import pytest
from world import START, World, world

from models.wire import Alert, GroupRef
from sinks.delivery_rows import take
from sinks.postgres.connecting import connect
from sinks.postgres.incidents import read_incidents
from sinks.postgres.partitions import ensure_days
from sinks.postgres.tracing import LOCKS, lock_traces
from triage.correlating import split

PLAIN = 'default_route: "slack:#alerts"'
TEAMS = """
routes:
  - {match: {service: cards}, to: "slack:#cards"}
  - {match: {severity: critical}, to: "pagerduty:default", continue: true}
default_route: "slack:#alerts"
"""
SHOP, ORDERS, CARDS, MAIL = (str(uuid.UUID(int=number)) for number in range(1, 5))
NAMES = {SHOP: "shop", ORDERS: "orders", CARDS: "cards", MAIL: "mail"}


class Traced:
    """Services that fail, in traces, by the world's clock."""

    def __init__(self, w: World) -> None:
        self.w = w

    async def fails(self, group, *, trace="t1", span=None, parent=None, calls=(), late=0.0):
        """What storing leaves in the database."""
        at = datetime.fromtimestamp(self.w.now + late, UTC)
        await ensure_days(self.w.connection, [at.date()])
        await self.w.connection.execute(
            "INSERT INTO groups (id, fingerprint, title, service, environment, severity, first_seen, last_seen, occurrences,"
            " users) VALUES (%s, 'f', %s, %s, 'production', 'error', %s, %s, 1, 0) ON CONFLICT DO NOTHING",
            [group, f"Error in {NAMES[group]}", NAMES[group], at, at],
        )
        payload = {"span_id": span, "parent_span_id": parent, "enrichment": {"dependencies": list(calls)}}
        await self.w.connection.execute(
            "INSERT INTO occurrences (occurred_at, received_at, event_id, group_id, service, environment, severity, message,"
            ' trace_id, topic, partition, generation, "offset", ordinal, payload)'
            " VALUES (%s, %s, gen_random_uuid(), %s, %s, 'production', 'error', 'm', %s, 'errors', 0, 0, 0, 0, %s::json)",
            [at, at, group, NAMES[group], trace, json.dumps(payload)],
        )

    async def fails_often(self, group, *, trace, times):
        """As many more errors as one that is there, a millisecond apart; in a trace, or each in one of its own."""
        await self.w.connection.execute(
            "INSERT INTO occurrences (occurred_at, received_at, event_id, group_id, service, environment, severity,"
            ' message, trace_id, topic, partition, generation, "offset", ordinal, payload)'
            " SELECT occurred_at + n * interval '1 ms', received_at, gen_random_uuid(), group_id, service, environment,"
            " severity, message, coalesce(%s, 'own-' || n), topic, partition, generation, n, 0, payload"
            " FROM (SELECT * FROM occurrences WHERE group_id = %s LIMIT 1) AS one, generate_series(1, %s) AS n",
            [trace, group, times],
        )

    def alert(self, kind, group, severity="error"):
        made = self.w.alert(kind, group, severity)
        ref = GroupRef(
            group_id=group, fingerprint="f", service=NAMES[group], environment="production",
            title=f"Error in {NAMES[group]}",
        )  # fmt: skip
        return replace_alert(made, key=f"group:{group}", group=ref, rule=None)

    async def come(self, kind, *groups, severity="error"):
        return await self.w.take(*(self.alert(kind, group, severity) for group in groups))

    async def told(self, channel="slack:#alerts"):
        return await self.w.rows(
            "SELECT l.kind, i.service FROM deliveries AS d JOIN incident_log AS l USING (transition_id)"
            " JOIN incidents AS i ON i.id = d.incident_id WHERE d.channel = %s ORDER BY d.id", channel,
        )  # fmt: skip

    async def cause(self):
        return await self.w.rows("SELECT service, why FROM incident_causes")

    async def incident(self, service):
        [(found,)] = await self.w.rows("SELECT id::text FROM incidents WHERE service = %s", service)
        return found


def replace_alert(alert: Alert, **changes) -> Alert:
    return msgspec.structs.replace(alert, **changes)


@pytest.fixture
async def t(database_url):
    async with world(database_url, PLAIN) as w:
        await w.connection.execute("TRUNCATE groups, occurrences, releases CASCADE")
        yield Traced(w)


async def test_three_services_of_one_trace_are_one_message_with_the_cause(t):
    await t.fails(SHOP, span="a")
    await t.fails(ORDERS, span="b", parent="a", late=0.1)
    await t.fails(CARDS, span="c", parent="b", late=0.2)
    for group in (SHOP, CARDS, ORDERS):
        await t.come("open", group)
    assert await t.told() == [("open", "shop"), ("update", "shop"), ("update", "shop")]
    assert await t.cause() == [("cards", "its call lies deepest: shop → orders → cards")]
    assert [(kind, why) for kind, _, why in await t.w.held()] == [("open", "trace"), ("open", "trace")]


async def test_all_in_one_batch_are_one_message_too(t):
    for group in (SHOP, ORDERS, CARDS):
        await t.fails(group)
    await t.come("open", SHOP, ORDERS, CARDS)
    kinds = await t.told()
    assert [kind for kind, _ in kinds].count("open") == 1


async def test_the_cause_may_come_last_and_is_told_in_the_message_that_is_there(t):
    await t.fails(SHOP, late=0.3, calls=["orders"])
    await t.come("open", SHOP)
    await t.fails(ORDERS)
    await t.come("open", ORDERS)
    [(delivery,)] = await t.w.rows("SELECT max(id) FROM deliveries")
    taken = await take(t.w.connection, delivery)
    assert (taken.notice.kind, taken.notice.service) == ("update", "shop")
    assert taken.notice.reasons == [
        "cause: orders: Error in orders (shop calls orders)",
        "fails as well: orders: Error in orders",
        "in the same trace: orders: Error in orders",
    ]


async def test_what_opens_before_its_error_is_stored_follows_by_the_trace_of_its_alert(t):
    await t.fails(SHOP)
    await t.come("open", SHOP)
    await t.w.take(replace_alert(t.alert("open", CARDS), trace_id="t1"))
    assert await t.told() == [("open", "shop"), ("update", "shop")]


async def test_who_holds_an_incident_does_not_hold_up_those_that_come_to_follow_it(t, database_url):
    """They may hold the lock of its trace meanwhile, which the first one is about to take."""
    await t.fails(SHOP)
    await t.come("open", SHOP)
    async with await connect(database_url, application_name="test") as other, other.transaction():
        await read_incidents(other, [f"group:{SHOP}"], [])
        await t.w.connection.execute("SET lock_timeout = '5s'")
        await t.fails(CARDS)
        await t.come("open", CARDS)
    assert await t.told() == [("open", "shop"), ("update", "shop")]


async def test_of_two_that_two_workers_open_at_the_same_time_one_follows(t, database_url):
    for group in (SHOP, CARDS):
        await t.fails(group)
    async with await connect(database_url, application_name="test") as other:
        await asyncio.gather(t.come("open", SHOP), World(other, PLAIN).take(t.alert("open", CARDS)))
    assert [kind for kind, _ in await t.told()].count("open") == 1
    assert await t.w.rows("SELECT count(*) FROM incident_links") == [(1,)]


async def test_traces_that_share_nothing_are_told_apart(t):
    await t.fails(SHOP, trace="t1")
    await t.fails(ORDERS, trace="t2")
    await t.come("open", SHOP)
    await t.come("open", ORDERS)
    assert await t.told() == [("open", "shop"), ("open", "orders")]


async def test_what_is_worse_than_its_leader_is_told_by_itself(t):
    await t.fails(SHOP)
    await t.fails(CARDS)
    await t.come("open", SHOP)
    await t.come("open", CARDS, severity="critical")
    assert ("open", "cards") in await t.told()


async def test_what_follows_and_grows_worse_than_its_leader_is_told(t):
    await t.fails(SHOP)
    await t.fails(CARDS)
    await t.come("open", SHOP)
    await t.come("open", CARDS)
    assert ("open", "cards") not in await t.told()
    await t.come("escalate", CARDS, severity="critical")
    assert (await t.told())[-1][1] == "cards"


async def test_an_old_incident_hides_nobody(t):
    await t.fails(SHOP)
    await t.come("open", SHOP)
    await t.w.wait(700)
    await t.fails(SHOP, trace="t9")
    await t.fails(CARDS, trace="t9")
    await t.come("open", CARDS)
    assert await t.told() == [("open", "shop"), ("open", "cards")]


async def test_a_silenced_incident_hides_nobody(t):
    await t.w.hush("service=shop")
    await t.fails(SHOP)
    await t.fails(CARDS)
    await t.come("open", SHOP)
    await t.come("open", CARDS)
    assert await t.told() == [("open", "cards")]


async def test_ends_of_what_follows_are_quiet_and_that_of_the_leader_is_told(t):
    await t.fails(SHOP)
    await t.fails(CARDS)
    await t.come("open", SHOP)
    await t.come("open", CARDS)
    await t.w.wait(60)
    await t.come("resolve", SHOP)
    await t.w.wait(30)
    await t.come("resolve", CARDS)
    await t.w.wait(3600)
    assert [one for one in await t.told() if one[0] != "update"] == [("open", "shop"), ("resolve", "shop")]


async def test_what_goes_on_after_its_leader_ended_is_told_then(t):
    await t.fails(SHOP)
    await t.fails(CARDS)
    await t.come("open", SHOP)
    await t.come("open", CARDS)
    await t.come("resolve", SHOP)
    await t.w.wait(100)
    assert ("open", "cards") not in await t.told()
    await t.w.wait(30)
    assert (await t.told())[-1] == ("open", "cards")


async def test_a_wrong_link_can_be_undone_and_stays_so(t):
    await t.fails(SHOP)
    await t.fails(CARDS)
    await t.come("open", SHOP)
    await t.come("open", CARDS)
    assert await split(t.w.connection, await t.incident("cards"), actor="ann", at=t.w.now)
    await t.w.run()
    assert (await t.told())[-1][1] == "cards"
    assert not await split(t.w.connection, await t.incident("cards"), actor="ann", at=t.w.now)


async def test_who_does_not_hear_of_the_leader_is_told(database_url):
    async with world(database_url, TEAMS) as w:
        await w.connection.execute("TRUNCATE groups, occurrences CASCADE")
        t = Traced(w)
        for group in (SHOP, CARDS, ORDERS):
            await t.fails(group)
            await t.come("open", group, severity="critical")
        assert [one for one in await t.told("pagerduty:default") if one[0] == "open"] == [("open", "shop")]
        assert [one for one in await t.told("slack:#cards") if one[0] == "open"] == [("open", "cards")]
        assert [one for one in await t.told() if one[0] == "open"] == [("open", "shop")]


async def test_an_incident_says_after_which_release_it_began(t):
    released = datetime.fromtimestamp(START - 180, UTC)
    await t.w.connection.execute(
        "INSERT INTO releases (service, release, at) VALUES ('shop', '1.4.2', %s), ('cards', '9', %s)",
        [released, released],
    )
    await t.come("open", SHOP)
    [(reasons,)] = await t.w.rows("SELECT reasons FROM incident_log WHERE kind = 'open'")
    assert reasons == ["began 3 min after release 1.4.2"]


async def test_one_that_fails_in_very_many_traces_is_found_in_those_with_which_it_began(t):
    await t.fails(CARDS, trace="first")
    await t.come("open", CARDS)
    await t.fails(SHOP, trace="first")
    await t.fails_often(SHOP, trace=None, times=100)
    await t.come("open", SHOP)
    assert await t.told() == [("open", "cards"), ("update", "cards")]


async def test_one_that_fails_thousands_of_times_hides_no_other_of_its_traces(t):
    for trace in ("t1", "t2", "t3", "t4", "t5"):
        await t.fails(SHOP, trace=trace)
        await t.fails_often(SHOP, trace=trace, times=600)
    await t.fails(CARDS, trace="t6", late=5.0)
    await t.come("open", CARDS)
    await t.fails(SHOP, trace="t6", late=6.0)
    await t.come("open", SHOP)
    assert await t.told() == [("open", "cards"), ("update", "cards")]


async def test_a_storm_of_traces_takes_no_more_locks_than_there_is_room_for(t):
    async with t.w.connection.transaction():
        await lock_traces(t.w.connection, (f"{number:032x}" for number in range(100_000)))
        [(locks,)] = await t.w.rows(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
    assert locks == LOCKS
