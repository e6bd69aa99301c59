"""Source maps in the database."""

from datetime import UTC, datetime, timedelta

import pytest

from models.source_map import MapKey
from sinks.postgres import source_maps
from sinks.postgres.connecting import connect
from sinks.postgres.source_maps import SourceMapTooLargeError, delete_maps, find_maps, list_maps, put_map, read_map

ID = "3f2a1b9c5d6e4f708a9b0c1d2e3f4a5b"
OTHER_ID = "00000000000000000000000000000001"


@pytest.fixture
async def connection(database_url):
    async with await connect(database_url, application_name="seawall test") as connection:
        await connection.execute("TRUNCATE source_maps")
        yield connection


async def read(connection, key):
    ids = await find_maps(connection, [key])
    return await read_map(connection, ids[key]) if key in ids else None


async def test_a_map_comes_back_whole_by_address_and_by_debug_id(connection):
    key = MapKey(debug_id=ID, release="1", url="~/a.js")
    await put_map(connection, key, b"minified" * 1000, b'{"mappings":""}')
    for asked in (MapKey(debug_id=ID), MapKey(release="1", url="~/a.js")):
        found = await read(connection, asked)
        assert (found.minified, found.source_map) == (b"minified" * 1000, b'{"mappings":""}')
    for asked in (MapKey(debug_id=OTHER_ID), MapKey(release="2", url="~/a.js"), MapKey(release="1", url="~/b.js")):
        assert await read(connection, asked) is None


async def test_a_map_without_its_file_is_stored_as_well(connection):
    await put_map(connection, MapKey(release="1", url="~/a.js"), None, b"{}")
    found = await read(connection, MapKey(release="1", url="~/a.js"))
    assert (found.minified, found.source_map) == (b"", b"{}")


async def test_the_same_file_again_takes_the_place_of_the_earlier_one(connection):
    key = MapKey(release="1", url="~/a.js")
    await put_map(connection, key, b"one", b"{}")
    await put_map(connection, key, b"two", b"{}")
    assert (await read(connection, key)).minified == b"two"
    assert len(await list_maps(connection)) == 1


async def test_builds_without_a_release_are_told_apart_by_their_debug_ids(connection):
    await put_map(connection, MapKey(debug_id=ID, url="~/a.js"), b"one", b"{}")
    await put_map(connection, MapKey(debug_id=OTHER_ID, url="~/a.js"), b"two", b"{}")
    assert (await read(connection, MapKey(debug_id=ID))).minified == b"one"
    assert (await read(connection, MapKey(debug_id=OTHER_ID))).minified == b"two"


async def test_services_and_builds_of_a_release_are_kept_apart(connection):
    keys = [
        MapKey(service=service, release="1", dist=dist, url="~/a.js") for service in ("", "s") for dist in ("", "7")
    ]
    for number, key in enumerate(keys):
        await put_map(connection, key, b"%d" % number, b"{}")
    ids = await find_maps(connection, keys)
    assert len(set(ids.values())) == 4
    assert [(await read_map(connection, ids[key])).minified for key in keys] == [b"0", b"1", b"2", b"3"]


async def test_maps_are_listed_and_deleted_by_release_age_and_id(connection):
    for release in ("1", "2", "3"):
        await put_map(connection, MapKey(release=release, url="~/a.js"), None, b"{}")
    listed = await list_maps(connection)
    assert [one.release for one in listed] == ["3", "2", "1"]
    assert (listed[0].size, listed[0].has_file) == (2, False)
    assert [one.release for one in await list_maps(connection, "2")] == ["2"]
    assert await delete_maps(connection) == 0
    assert await delete_maps(connection, before=datetime.now(UTC) - timedelta(days=1)) == 0
    assert await delete_maps(connection, release="2") == 1
    assert await delete_maps(connection, ids=[listed[0].id]) == 1
    assert await delete_maps(connection, before=datetime.now(UTC) + timedelta(days=1)) == 1
    assert await list_maps(connection) == []


async def test_what_is_too_large_is_refused(connection, monkeypatch):
    monkeypatch.setattr(source_maps, "MAX_FILE_BYTES", 100)
    with pytest.raises(SourceMapTooLargeError, match="at most"):
        await put_map(connection, MapKey(release="1", url="~/a.js"), b"x" * 100, b"{}")
    monkeypatch.setattr(source_maps, "MAX_TOTAL_BYTES", 50)
    with pytest.raises(SourceMapTooLargeError, match="old releases"):
        await put_map(connection, MapKey(release="1", url="~/a.js"), b"x" * 60, b"{}")
    assert await list_maps(connection) == []
