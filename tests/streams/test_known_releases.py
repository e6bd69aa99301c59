"""What a worker knows of releases follows the store, a restored one included; and judges what comes back."""

import pytest

from models.release import Release
from models.triage import Ignored, Resolved
from sinks.postgres.connecting import connect, new_pool
from sinks.postgres.releases import store_releases
from streams import known_releases
from streams.judging import ReleaseJudge
from streams.known_releases import KnownReleases

NOON = 1_750_075_200.0


@pytest.fixture
async def pool(database_url):
    async with await connect(database_url, application_name="seawall test") as connection:
        await connection.execute("TRUNCATE releases RESTART IDENTITY")
    pool = new_pool(database_url, application_name="seawall test")
    await pool.open(wait=True)
    yield pool
    await pool.close()


async def stored(pool, *names: str, service: str = "shop", **fields) -> None:
    releases = [Release(service=service, release=name, at=NOON + place, **fields) for place, name in enumerate(names)]
    async with pool.connection() as connection:
        await store_releases(connection, releases)


async def test_what_is_new_is_read_and_nothing_twice(pool):
    known = KnownReleases()
    assert not await known.read(pool)
    await stored(pool, "blue", environment="eu", commit="4f5e6d7", url="https://ci.test/1")
    assert await known.read(pool)
    facts = {"commit": "4f5e6d7", "url": "https://ci.test/1", "released_at": "2025-06-16T12:00:00+00:00"}
    assert known.facts == {("shop", "eu", "blue"): facts}
    before = known.facts
    assert not await known.read(pool)
    assert known.facts is before
    await stored(pool, "green", "red")
    assert await known.read(pool)
    assert {key[2] for key in known.facts} == {"blue", "green", "red"}


async def test_the_order_is_that_of_time_in_any_environment(pool):
    await stored(pool, "zebra", "ant")
    await stored(pool, "ant", "zebra", service="cart")
    async with pool.connection() as connection:  # in another environment it was out before
        await store_releases(connection, [Release(service="cart", release="zebra", environment="eu", at=NOON - 60)])
    known = KnownReleases()
    await known.read(pool)
    assert known.order("shop").newer("ant", "zebra") is True
    assert known.order("cart").newer("ant", "zebra") is True
    assert known.order("mail").newer("ant", "zebra") is None


async def test_a_restored_database_is_believed(pool):
    known = KnownReleases()
    await stored(pool, "1", "2", "3")
    await known.read(pool)
    async with pool.connection() as connection:
        await connection.execute("DELETE FROM releases WHERE release <> '1'")
    assert await known.read(pool)
    assert {key[2] for key in known.facts} == {"1"}


async def test_the_newest_are_kept(pool, monkeypatch):
    monkeypatch.setattr(known_releases, "KEPT", 2)
    known = KnownReleases()
    await stored(pool, "1")
    await stored(pool, "2")
    await known.read(pool)
    await stored(pool, "3")
    await stored(pool, "1", url="https://ci.test")  # its latest change counts
    await known.read(pool)
    assert {key[2] for key in known.facts} == {"3", "1"}


@pytest.mark.parametrize(
    ("put_away", "release", "back"),
    [
        (Resolved(at=NOON, release="green"), "blue", False),
        (Resolved(at=NOON, release="green"), "green", True),
        (Resolved(at=NOON, after="green"), "green", False),
        (Resolved(at=NOON, after="green"), "red", True),
        (Resolved(at=NOON, commit="4f5e6d7"), "red", False),
        (Ignored(at=NOON), "red", False),
        (Ignored(at=NOON, events=5, had_events=5), "red", True),
    ],
)
async def test_what_brings_a_group_back(pool, put_away, release, back):
    await stored(pool, "blue", "green", "red")
    known = KnownReleases()
    await known.read(pool)
    judge = ReleaseJudge(known.order)
    seen = {"releases": {release: NOON + 60}, "events": 10, "users": 1, "last_hour": 0}
    assert bool(judge.came_back(put_away, service="shop", **seen)) is back
