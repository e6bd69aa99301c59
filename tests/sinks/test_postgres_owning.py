"""Which group an event joins: by any of its hashes, by a message like its own, the same everywhere and for ever."""

import asyncio
import random
from collections import defaultdict
from dataclasses import replace

import orjson
import pytest
from postgres_support import group, occurrence, one, rows, run, stores

from sinks.postgres.connecting import new_pool
from sinks.postgres.owning import NoTemplates, Owners


@pytest.fixture(autouse=True)
def _empty(database_url):
    run(database_url, "TRUNCATE group_hashes, message_templates")


def event(*names, pattern=None, service="shop"):
    hashes = tuple(group(name, service).group_id for name in names)
    return replace(occurrence(0, names[0], service=service), hashes=hashes, pattern=pattern)


class Alike:
    """Messages are alike that have the same words but for one."""

    def bucket(self, pattern):
        return str(len(pattern.split()))

    def best(self, pattern, templates):
        for index, template in enumerate(templates):
            pairs = list(zip(pattern.split(), template.split(), strict=True))
            if sum(two not in {one, "<*>"} for one, two in pairs) <= 1:
                return index
        return None

    def join(self, template, pattern):
        pairs = zip(template.split(), pattern.split(), strict=True)
        return " ".join(one if one == two else "<*>" for one, two in pairs)


async def owners(url, count=1, templates=None):
    pools = [new_pool(url, application_name="owners") for _ in range(count)]
    for pool in pools:
        await pool.open(wait=True)
    return pools, [Owners(pool, templates or NoTemplates()) for pool in pools]


async def settle(one_of, *events_):
    return [item.group.group_id for item in await one_of.settle(list(events_))]


def g(name, service="shop"):
    return group(name, service).group_id


async def test_an_event_joins_the_group_that_owns_any_of_its_hashes(database_url):
    pools, [first] = await owners(database_url)
    assert await settle(first, event("app1", "sys")) == [g("app1")]
    assert await settle(first, event("app2", "sys")) == [g("app1")], "by its second hash"
    assert await settle(first, event("app2", "other")) == [g("app1")], "by the hash it brought along"
    assert await settle(first, event("app3", "other")) == [g("app1")]
    assert await settle(first, event("app9", "sys9")) == [g("app9")]
    assert await settle(first, event("app1", "sys", service="x")) == [g("app1", "x")], "services are apart"
    for pool in pools:
        await pool.close()


async def test_the_first_owned_hash_decides(database_url):
    pools, [first] = await owners(database_url)
    await settle(first, event("a"), event("b"))
    assert await settle(first, event("x", "b", "a")) == [g("b")]
    assert await settle(first, event("a", "b")) == [g("a")]
    for pool in pools:
        await pool.close()


async def test_an_event_without_hashes_stays_where_it_is(database_url):
    pools, [first] = await owners(database_url)
    assert await settle(first, occurrence(0, "plain")) == [g("plain")]
    assert one(database_url, "SELECT count(*) FROM group_hashes") == 0
    for pool in pools:
        await pool.close()


async def test_a_message_like_a_known_one_joins_it_also_after_a_restart(database_url):
    pools, [first] = await owners(database_url, templates=Alike())
    messages = ["disk sda is full", "disk sdb is full", "no route to host", "disk sdb is full"]
    found = await settle(first, *(event(text, pattern=text) for text in messages))
    assert found == [g(messages[0]), g(messages[0]), g("no route to host"), g(messages[0])]
    assert rows(database_url, "SELECT template, messages FROM message_templates ORDER BY 1") == [
        ("disk <*> is full", 2),
        ("no route to host", 1),
    ]
    more_pools, [fresh] = await owners(database_url, templates=Alike())
    assert await settle(fresh, event("disk sdc is full", pattern="disk sdc is full")) == [g(messages[0])]
    assert await settle(fresh, event("disk sdb is full", pattern="disk sdb is full")) == [g(messages[0])]
    for pool in (*pools, *more_pools):
        await pool.close()


async def test_workers_that_see_events_in_any_order_agree(database_url):
    rng = random.Random(5)
    events_ = [event(f"app{n}", f"sys{n % 7}", pattern=f"word{n % 5} number {n}") for n in range(60)]
    pools, workers = await owners(database_url, 3, Alike())
    seen = defaultdict(set)

    async def work(worker):
        for _ in range(4):
            some = rng.sample(events_, 40)
            for start in range(0, 40, 8):
                part = some[start : start + 8]
                for item, settled in zip(part, await worker.settle(part), strict=True):
                    seen[item.hashes[0]].add(settled.group.group_id)

    await asyncio.gather(*(work(worker) for worker in workers))
    assert len(seen) == 60
    assert {len(groups) for groups in seen.values()} == {1}
    by_system = defaultdict(set)
    for item in events_:
        by_system[item.hashes[1]] |= seen[item.hashes[0]]
    assert len({frozenset(groups) for groups in by_system.values()}) <= 7
    for pool in pools:
        await pool.close()


async def test_stored_events_are_in_the_group_that_they_join(database_url):
    run(database_url, "TRUNCATE occurrences, groups, minute_stats, source_offsets CASCADE")
    async with stores(database_url) as [store]:
        first = [replace(event("app1", "sys"), offset=0)]
        second = [replace(event("app2", "sys"), offset=1), replace(event("app1", "sys"), offset=2)]
        for batch in (first, second):
            async with store.batch("errors", 0, 0) as transaction:
                stored = await transaction.store(batch, [])
                await transaction.advance(batch[-1].offset + 1, None, None, 0)
        assert list(stored.groups) == [g("app1")]
    assert rows(database_url, "SELECT id::text, occurrences FROM groups") == [(g("app1"), 3)]


async def test_the_payload_tells_the_group_that_the_event_joined(database_url):
    pools, [first] = await owners(database_url)
    await settle(first, event("a", "shared"))
    own = event("b", "shared")
    own = replace(own, payload=orjson.dumps({"message": "m", "group_id": own.group.group_id}))
    [joined] = await first.settle([own])
    assert orjson.loads(joined.payload) == {"message": "m", "group_id": g("a")}
    for pool in pools:
        await pool.close()


async def test_hashes_that_are_not_owned_only_lead_to_groups_that_are_there(database_url):
    pools, [first] = await owners(database_url)
    told_apart = [replace(event(name, "old"), owned=1) for name in ("new1", "new2", "new3")]
    assert await settle(first, *told_apart[:2]) == [g("new1"), g("new2")]
    await settle(first, event("old"))
    assert await settle(first, *told_apart) == [g("new1"), g("new2"), g("old")]
    for pool in pools:
        await pool.close()
