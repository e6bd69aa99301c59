"""Releases in the database, and what they say of groups that were resolved by commit."""

import asyncio

import msgspec
import pytest
from postgres_support import NOON, occurrence, one, put, rows, run, stores
from psycopg.types.json import Jsonb

from models.release import Commit, Release
from models.triage import Action, Resolved
from sinks.postgres.connecting import connect
from sinks.postgres.releases import (
    listed_releases,
    newest_revision,
    read_releases,
    release_with,
    store_releases,
)
from sinks.postgres.triaging import newest_release
from triage.acting import apply

FIX = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2"
OTHER = "0123456789abcdef0123456789abcdef01234567"
FULL = Release(
    service="shop", release="1.1", environment="production", at=NOON, commit=OTHER, previous="1.0",
    url="https://ci.test/1", author="Ann", commits=(Commit(id=FIX, subject="Fix it", author="Ann", at=NOON),),
)  # fmt: skip


@pytest.fixture
async def connection(database_url):
    run(database_url, "TRUNCATE releases, groups, group_log, occurrences, source_offsets CASCADE")
    async with await connect(database_url, application_name="seawall test") as connection:
        yield connection


def changed(base: Release = FULL, /, **fields) -> Release:
    return msgspec.structs.replace(base, **fields)


async def test_a_release_comes_back_and_again_changes_nothing(connection):
    await store_releases(connection, [FULL])
    [(release, revision)] = await read_releases(connection, 0)
    assert release == changed(commits=())
    await store_releases(connection, [FULL])
    assert await newest_revision(connection) == revision
    assert await read_releases(connection, revision) == []


async def test_what_is_said_later_adds_and_the_first_time_stays(connection):
    bare = Release(service="shop", release="1.1", environment="production", at=NOON)
    await store_releases(connection, [bare])
    before = await newest_revision(connection)
    await store_releases(connection, [changed(at=NOON + 60)])
    await store_releases(connection, [changed(bare, at=NOON + 120)])
    [(release, _)] = await read_releases(connection, before)
    assert release == changed(commits=())
    [listed] = await listed_releases(connection, "shop")
    assert (listed["release"], listed["commits"], listed["at"].timestamp()) == ("1.1", 1, NOON)


async def test_the_newest_is_by_time_and_a_release_made_known_again_is_not_new(connection):
    later = changed(release="1.2", at=NOON + 60)
    await store_releases(connection, [FULL, later])
    await store_releases(connection, [changed(at=NOON + 999)])  # they went back to it
    assert await newest_release(connection, "shop") == "1.2"
    assert await newest_release(connection, "cart") is None
    assert [row["release"] for row in await listed_releases(connection, limit=1)] == ["1.2"]


@pytest.mark.parametrize(
    ("commit", "found"),
    [(FIX, "1.1"), (FIX[:7], "1.1"), (FIX.upper(), "1.1"), (OTHER, "1.1"), (FIX[:6], None), ("f" * 40, None)],
)
async def test_which_release_holds_a_commit(connection, commit, found):
    await store_releases(connection, [FULL, changed(release="1.2", at=NOON + 60)])
    assert await release_with(connection, "shop", commit) == found
    assert await release_with(connection, "cart", commit) is None
    assert FULL.holds(commit) is (found is not None)


async def _resolved_by(url: str, connection, commit: str) -> str:
    async with stores(url) as [store]:
        await put(store, [occurrence(0, release="1.0")], topic=f"errors-{commit}")
    group_id = one(url, "SELECT id::text FROM groups")
    action = Action(kind="resolve", resolved=Resolved(at=0, commit=commit))
    await apply(connection, action, actor="ann", at=NOON + 10, group_id=group_id)
    return group_id


async def test_a_release_with_the_fix_resolves_what_waited_for_it(database_url, connection):
    group_id = await _resolved_by(database_url, connection, FIX[:12])
    await store_releases(connection, [changed(release="1.2", at=NOON + 60), changed(service="cart", release="9"), FULL])
    assert one(database_url, "SELECT resolved_in ->> 'release' FROM groups") == "1.1"
    await store_releases(connection, [changed(release="0.9", at=NOON - 60)])
    assert one(database_url, "SELECT resolved_in ->> 'release' FROM groups") == "1.1"
    log = "SELECT detail FROM group_log WHERE group_id = %s AND action = 'released'"
    assert rows(database_url, log, group_id) == [({"release": "1.1"},)]


async def test_a_release_without_it_does_not(database_url, connection):
    await _resolved_by(database_url, connection, "f" * 40)
    await store_releases(connection, [FULL])
    assert one(database_url, "SELECT resolved_in ? 'release' FROM groups") is False


async def test_what_is_resolved_by_a_commit_of_a_known_release_is_fixed_in_it(database_url, connection):
    await store_releases(connection, [FULL])
    await _resolved_by(database_url, connection, FIX[:12])
    assert one(database_url, "SELECT resolved_in ->> 'release' FROM groups") == "1.1"


async def test_a_release_and_a_group_that_is_resolved_by_its_commit_at_that_moment_do_not_miss_each_other(
    database_url, connection
):
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, release="1.0")], topic="errors-race")
    group_id = one(database_url, "SELECT id::text FROM groups")
    action = Action(kind="resolve", resolved=Resolved(at=0, commit=FIX))
    async with await connect(database_url, application_name="seawall test") as other:
        async with connection.transaction():
            await apply(connection, action, actor="ann", at=NOON + 10, group_id=group_id)
            storing = asyncio.create_task(_in_transaction(other, FULL))
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%advisory%%'"
            )
            async with asyncio.timeout(60):
                while not rows(database_url, waiting)[0][0]:
                    assert not storing.done()
                    await asyncio.sleep(0.05)
        await storing
    assert one(database_url, "SELECT resolved_in ->> 'release' FROM groups") == "1.1"


async def _in_transaction(connection, release: Release) -> None:
    async with connection.transaction():
        await store_releases(connection, [release])


async def test_the_next_release_is_the_one_after_the_newest_that_is_known(database_url, connection):
    await store_releases(connection, [FULL])
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0, release="1.0")], topic="errors-next")
    action = Action(kind="resolve", resolved=Resolved(at=0, after=""))
    group_id = one(database_url, "SELECT id::text FROM groups")
    await apply(connection, action, actor="ann", at=NOON + 10, group_id=group_id)
    assert one(database_url, "SELECT resolved_in ->> 'after' FROM groups") == "1.1"


async def test_odd_content_of_a_table_does_not_hold_up_a_release(database_url, connection):
    await _resolved_by(database_url, connection, FIX)
    await connection.execute("UPDATE groups SET resolved_in = %s", [Jsonb({"commit": None, "at": 1})])
    await store_releases(connection, [FULL])
    assert len(await read_releases(connection, 0)) == 1
