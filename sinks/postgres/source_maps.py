"""Source maps in PostgreSQL: put there by a command, fetched by workers as events ask for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import cramjam
from psycopg import AsyncConnection
from psycopg.rows import class_row

from models.source_map import MapKey

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_TOTAL_BYTES",
    "FetchedMap",
    "SourceMapTooLargeError",
    "StoredMap",
    "delete_maps",
    "find_maps",
    "list_maps",
    "put_map",
    "read_map",
]

MAX_FILE_BYTES = 64 << 20  # of a minified file and its map together
MAX_TOTAL_BYTES = 20 << 30  # of all there are, before compression


class SourceMapTooLargeError(ValueError):
    """A map is larger than is taken, or there is no more room for any; the message says which."""


@dataclass(frozen=True, slots=True)
class FetchedMap:
    """A map as it was uploaded, with its minified file where that was."""

    id: int
    minified: bytes
    source_map: bytes


@dataclass(frozen=True, slots=True)
class StoredMap:
    """A map as a list shows it."""

    id: int
    debug_id: UUID | None
    service: str
    release: str
    dist: str
    url: str
    size: int
    has_file: bool
    uploaded_at: datetime


async def put_map(connection: AsyncConnection[Any], key: MapKey, minified: bytes | None, source_map: bytes) -> None:
    """Store a map, in place of an earlier one of the same key.

    Args:
        connection: any of ours.
        key: its address and release, and its debug id where it has one.
        minified: the file that it is of, where it is there.
        source_map: the map.

    Raises:
        SourceMapTooLargeError: it, or all of them, would be too large.
    """
    size = len(minified or b"") + len(source_map)
    if size > MAX_FILE_BYTES:
        raise SourceMapTooLargeError(f"{key.url} and its map are {size >> 20} MB: at most {MAX_FILE_BYTES >> 20} MB")
    cursor = await connection.execute("SELECT coalesce(sum(size), 0)::bigint FROM source_maps")
    row = await cursor.fetchone()
    if row is not None and row[0] + size > MAX_TOTAL_BYTES:
        raise SourceMapTooLargeError(
            f"there are {MAX_TOTAL_BYTES >> 30} GB of source maps: delete those of old releases"
        )
    await connection.execute(
        _PUT,
        {
            "debug_id": key.debug_id or None, "service": key.service, "release": key.release, "dist": key.dist,
            "url": key.url, "minified": None if minified is None else bytes(cramjam.zstd.compress(minified)),
            "source_map": bytes(cramjam.zstd.compress(source_map)), "size": size,
        },
    )  # fmt: skip


async def find_maps(connection: AsyncConnection[Any], keys: Iterable[MapKey]) -> dict[MapKey, int]:
    """The ids of the maps that there are for some keys; of several the latest."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    cursor = await connection.execute(_FIND, [list(column) for column in zip(*wanted, strict=True)])
    return {wanted[place - 1]: map_id for place, map_id in await cursor.fetchall()}


async def read_map(connection: AsyncConnection[Any], map_id: int) -> FetchedMap | None:
    """A map by its id; None where it was deleted meanwhile."""
    cursor = await connection.execute(
        "SELECT minified, source_map FROM source_maps WHERE id = %s", [map_id], binary=True
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    minified = b"" if row[0] is None else bytes(cramjam.zstd.decompress(row[0]))
    return FetchedMap(map_id, minified, bytes(cramjam.zstd.decompress(row[1])))


async def list_maps(connection: AsyncConnection[Any], release: str | None = None, limit: int = 100) -> list[StoredMap]:
    """The latest maps, those of one release where it is named."""
    async with connection.cursor(row_factory=class_row(StoredMap)) as cursor:
        await cursor.execute(_LIST, {"release": release, "limit": limit})
        return await cursor.fetchall()


async def delete_maps(
    connection: AsyncConnection[Any],
    release: str | None = None,
    before: datetime | None = None,
    ids: Sequence[int] = (),
) -> int:
    """Delete the maps that fit all that is given, at least one of them; returns how many."""
    if release is None and before is None and not ids:
        return 0
    cursor = await connection.execute(_DELETE, {"release": release, "before": before, "ids": list(ids) or None})
    return cursor.rowcount


_PUT = """
    INSERT INTO source_maps (debug_id, service, release, dist, url, minified, source_map, size)
    VALUES (%(debug_id)s::uuid, %(service)s, %(release)s, %(dist)s, %(url)s, %(minified)s, %(source_map)s, %(size)s)
    ON CONFLICT (service, release, dist, url, debug_id) DO UPDATE SET
        minified = excluded.minified, source_map = excluded.source_map, size = excluded.size, uploaded_at = now()"""

_FIND = """
    SELECT wanted.place, found.id
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS wanted (debug_id, service, release, dist, url, place)
    CROSS JOIN LATERAL (
        SELECT id FROM source_maps AS maps
        WHERE CASE WHEN wanted.debug_id <> '' THEN maps.debug_id = wanted.debug_id::uuid
            ELSE maps.service = wanted.service AND maps.release = wanted.release AND maps.dist = wanted.dist
                AND maps.url = wanted.url END
        ORDER BY uploaded_at DESC, id DESC LIMIT 1
    ) AS found"""

_LIST = """
    SELECT id, debug_id, service, release, dist, url, size, minified IS NOT NULL AS has_file, uploaded_at
    FROM source_maps WHERE %(release)s::text IS NULL OR release = %(release)s
    ORDER BY uploaded_at DESC, id DESC LIMIT %(limit)s"""

_DELETE = """
    DELETE FROM source_maps
    WHERE (%(release)s::text IS NULL OR release = %(release)s)
        AND (%(before)s::timestamptz IS NULL OR uploaded_at < %(before)s)
        AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]))"""
