"""Which groups are new in which releases, as the database decides it."""

import asyncio
import time

import pytest
from postgres_support import NOON, group, occurrence, put, run, stores

from models.release import Release
from sinks.postgres.connecting import connect
from sinks.postgres.group_releases import Began, add_group_releases, fill_group_releases, last_releases
from sinks.postgres.merging import merge
from sinks.postgres.releases import store_releases

A, B = group("a").group_id, group("b").group_id


@pytest.fixture
async def connection(database_url):
    run(
        database_url,
        "TRUNCATE groups, group_log, group_releases, minute_stats, occurrences, source_offsets, releases CASCADE",
    )
    async with await connect(database_url, application_name="seawall test") as connection:
        yield connection


async def test_a_pair_is_new_once(connection):
    assert await add_group_releases(connection, {(A, "1"), (B, "1"), (A, "2")}, ()) == {(A, "1"), (B, "1"), (A, "2")}
    assert await add_group_releases(connection, {(A, "1"), (A, "3")}, ()) == {(A, "3")}
    assert await add_group_releases(connection, set(), ()) == set()


async def test_of_two_workers_one_finds_it_new(database_url, connection):
    async with await connect(database_url, application_name="seawall test") as other:
        async with connection.transaction():
            assert await add_group_releases(connection, {(A, "1")}, ()) == {(A, "1")}
            waiting = asyncio.create_task(add_group_releases(other, {(A, "1")}, ()))
            await asyncio.sleep(0)
        assert await waiting == set()


async def test_what_is_rolled_back_is_new_again(connection):
    async with connection.transaction(force_rollback=True):
        await add_group_releases(connection, {(A, "1")}, ())
    assert await add_group_releases(connection, {(A, "1")}, ()) == {(A, "1")}


async def test_what_was_seen_before_a_rule_asked_is_not_new(connection, database_url):
    async with stores(database_url) as [store]:
        now = time.time()
        await put(store, [occurrence(0, "a", release="1", at=now), occurrence(1, "a", release="2", at=now + 1)])
    assert await add_group_releases(connection, {(A, "1")}, ()) == set(), "the group's first release"
    await fill_group_releases(connection)
    assert await add_group_releases(connection, {(A, "1"), (A, "2"), (A, "3")}, ()) == {(A, "3")}
    assert await add_group_releases(connection, {(B, "1")}, {B}) == {(B, "1")}


async def test_a_group_made_by_the_batch_is_new_in_its_first_release(connection, database_url):
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, "b", release="7")])
    assert await add_group_releases(connection, {(B, "7")}, {B}) == {(B, "7")}


async def test_a_release_that_a_merged_group_was_seen_in_is_known(connection, database_url):
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, "a"), occurrence(1, "b")])
    await add_group_releases(connection, {(B, "1")}, ())
    await merge(connection, B, A, "ann")
    assert await add_group_releases(connection, {(A, "1"), (A, "2")}, ()) == {(A, "2")}


async def test_the_newest_release_before(connection):
    def made(release, at, environment="", service="shop"):
        return Release(service=service, release=release, environment=environment, at=NOON + at)

    await store_releases(
        connection,
        [
            made("old", -500),
            made("new", -60),
            made("stage", -10, "staging"),
            made("next", 5),
            made("x", -1, "", "cart"),
        ],
    )
    began = [Began("1", "shop", "production", NOON), Began("2", "shop", "staging", NOON), Began("3", "mail", "p", NOON)]
    assert await last_releases(connection, began, 600) == {"1": ("new", 60.0), "2": ("stage", 10.0)}
    assert await last_releases(connection, began, 30) == {"2": ("stage", 10.0)}
    assert await last_releases(connection, [], 30) == {}
