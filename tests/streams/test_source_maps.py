"""A worker's source maps: fetched from the database, kept, and never in the way."""

import asyncio

import pytest

from models.source_map import MapKey
from rules.grouping.source_maps import resolve
from sinks.postgres.connecting import connect, new_pool
from sinks.postgres.source_maps import put_map
from streams.source_maps import SourceMaps
from tests.rules.test_grouping_source_maps import BUILDS, event, script


async def put(database_url: str, build: str, url: str | None = None) -> None:
    path = BUILDS / build / script(build)
    async with await connect(database_url, application_name="seawall test") as connection:
        key = MapKey(release=build, url=url or f"~/static/js/{path.name}")
        await put_map(connection, key, path.read_bytes(), path.with_name(f"{path.name}.map").read_bytes())


@pytest.fixture
async def pool(database_url):
    async with await connect(database_url, application_name="seawall test") as connection:
        await connection.execute("TRUNCATE source_maps")
    async with new_pool(database_url, application_name="seawall test") as pool:
        yield pool


async def test_maps_are_fetched_and_frames_told(database_url, pool):
    await put(database_url, "one")
    draft = event("one")
    assert resolve(draft, await SourceMaps(pool).wanted([draft])) == 4


async def test_events_without_minified_frames_ask_nothing(pool):
    await pool.close()
    assert await SourceMaps(pool).wanted([{"language": "python"}, {"message": "x"}]) == {}


async def test_what_is_not_there_is_not_asked_for_again_for_a_while(database_url, pool):
    maps = SourceMaps(pool)
    assert await maps.wanted([event("one")]) == {}
    await put(database_url, "one")
    assert await maps.wanted([event("one")]) == {}
    assert await SourceMaps(pool).wanted([event("one")])


async def test_only_so_many_bytes_are_kept(database_url, pool):
    await put(database_url, "one")
    await put(database_url, "two")
    maps = SourceMaps(pool, kept_bytes=1)
    for _ in range(2):
        assert await maps.wanted([event("one")])
        assert await maps.wanted([event("two")])
        assert len(maps._maps) == 1


async def test_many_at_once_get_the_same(database_url, pool):
    await put(database_url, "one")
    maps = SourceMaps(pool)
    found = await asyncio.gather(*(maps.wanted([event("one")]) for _ in range(5)))
    assert all(found)
    assert maps._bytes == sum(size for _, size in maps._maps.values())


async def test_a_map_that_cannot_be_read_is_as_good_as_none(database_url, pool):
    async with pool.connection() as connection:
        await put_map(connection, MapKey(release="one", url=f"~/static/js/{script('one')}"), b"", b"nonsense")
    assert await SourceMaps(pool).wanted([event("one")]) == {}


async def test_where_the_database_is_away_frames_stay_minified(pool):
    await pool.close()
    assert await SourceMaps(pool).wanted([event("one")]) == {}
