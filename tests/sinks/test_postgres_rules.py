"""What rules need of the database: types that are new, requests, and history to be tried on."""

from datetime import UTC, datetime

import pytest
from postgres_support import NOON, group, occurrence, put, run, stores

from models.traffic import Traffic
from sinks.postgres.connecting import connect
from sinks.postgres.history import known_groups, occurrences, traffic
from sinks.postgres.new_types import new_types
from sinks.postgres.traffic import add_traffic

SINCE = datetime.fromtimestamp(NOON, UTC)


@pytest.fixture
async def connection(database_url):
    run(database_url, "TRUNCATE traffic, groups, group_log, occurrences, source_offsets CASCADE")
    async with await connect(database_url, application_name="seawall test") as connection:
        yield connection


async def test_a_type_is_new_once_in_an_environment(connection, database_url):
    old = group("old", error_type="KeyError")
    made = [
        group("one", error_type="PayError"),
        group("two", error_type="PayError"),
        group("three", error_type="KeyError"),
        group("four", error_type="KeyError", environment="staging"),
        group("five", error_type=None),
    ]
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, group=old)])
        await put(store, [occurrence(n, group=one) for n, one in enumerate(made, 1)])
    assert await new_types(connection, made) == {made[0].group_id, made[3].group_id}
    assert await new_types(connection, made[4:]) == set()


async def test_requests_add_up_by_the_minute(connection):
    def told(requests, start, **fields):
        named = {"offset": 0, "service": "shop", "environment": "production", **fields}
        return Traffic(requests=requests, start=NOON + start, end=NOON + start + 60, **named)

    await add_traffic(connection, [told(60, 0), told(60, 30), told(5, 0, service="cart")])
    await add_traffic(connection, [told(1, 0), told(0, 60)])
    await add_traffic(connection, [])
    found = [(one.service, one.start - NOON, one.requests) for one in await traffic(connection, SINCE)]
    assert found == [("cart", 0, 5), ("shop", 0, 91), ("shop", 60, 30)]


async def test_history_comes_in_the_order_of_its_time(connection, database_url):
    some = [
        occurrence(n, at=NOON + at, name=name, user_id="ann")
        for n, (at, name) in enumerate([(50, "a"), (-9, "a"), (5, "b")])
    ]
    async with stores(database_url) as [store]:
        await put(store, some)
    for payloads in (True, False):
        found = [one async for one in occurrences(connection, SINCE, lateness=60, payloads=payloads)]
        assert [(one.offset, one.occurred_at - NOON, one.group.group_id) for one in found] == [
            (0, 5, some[2].group.group_id),
            (1, 50, some[0].group.group_id),
        ]
        assert [one.payload for one in found] == [b'{"message":"masked"}' if payloads else b""] * 2
    known = await known_groups(connection, SINCE)
    assert known[some[0].group.group_id] == (1, False, False)
    assert known[some[2].group.group_id] == (0, True, False)
