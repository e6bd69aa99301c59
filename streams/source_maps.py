"""Source maps for a worker: fetched before a batch is prepared, compiled in a thread, kept while there is room.

What is not there is remembered too, for a minute: a release without maps costs one query a minute, not one an event.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import structlog
from psycopg import Error
from psycopg_pool import PoolTimeout

from models.source_map import MapKey
from rules.grouping.source_maps import SourceMap, wanted
from sinks.postgres.connecting import Pool
from sinks.postgres.source_maps import find_maps, read_map

__all__ = ["SourceMaps"]

log = structlog.get_logger(__name__)

KEPT_BYTES = 256 << 20  # of compiled maps
MISSED_SECONDS = 60.0  # for which a map that is not there is not asked for again; then it may have been uploaded
KEPT_KEYS = 50_000
PATIENCE = 10.0  # seconds that a batch waits for its maps; without them its frames stay minified


class SourceMaps:
    """The maps that a worker has at hand. One a process.

    Args:
        pool: open.
        kept_bytes: how much of maps is kept; the one that was used longest ago goes first.
    """

    def __init__(self, pool: Pool, kept_bytes: int = KEPT_BYTES) -> None:
        self._pool = pool
        self._kept_bytes = kept_bytes
        self._ids: dict[MapKey, tuple[int | None, float]] = {}  # the map's id, and until when that holds
        self._maps: OrderedDict[int, tuple[SourceMap | None, int]] = OrderedDict()
        self._bytes = 0

    async def wanted(self, drafts: Iterable[dict[str, Any]]) -> dict[MapKey, SourceMap]:
        """The maps that some drafts ask for, as far as there are any; never raises, and never waits for long."""
        keys = wanted(drafts)
        if not keys:
            return {}
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._fetch(keys)
        except (TimeoutError, Error, PoolTimeout) as problem:
            log.warning("Source maps could not be fetched: frames stay minified", problem=type(problem).__name__)
            return {}

    async def _fetch(self, keys: set[MapKey]) -> dict[MapKey, SourceMap]:
        now = time.monotonic()
        unknown = {key for key in keys if (known := self._ids.get(key)) is None or known[1] < now}
        if unknown:
            async with self._pool.connection() as connection:
                found = await find_maps(connection, unknown)
            if len(self._ids) + len(unknown) > KEPT_KEYS:  # releases and addresses are the producer's to choose
                self._ids.clear()
            self._ids.update({key: (found.get(key), now + MISSED_SECONDS) for key in unknown})
        maps = {}
        for key in keys:
            known = self._ids.get(key)
            if known is not None and known[0] is not None and (one := await self._map(known[0])) is not None:
                maps[key] = one
        return maps

    async def _map(self, map_id: int) -> SourceMap | None:
        if map_id in self._maps:
            self._maps.move_to_end(map_id)
            return self._maps[map_id][0]
        async with self._pool.connection() as connection:
            fetched = await read_map(connection, map_id)
        made, size = None, 0
        if fetched is not None:
            size = len(fetched.minified) + len(fetched.source_map)
            made = await asyncio.to_thread(_compile, fetched.minified, fetched.source_map)
            if made is None:
                log.warning("A source map cannot be read", id=map_id)
        self._keep(map_id, made, size)
        return made

    def _keep(self, map_id: int, made: SourceMap | None, size: int) -> None:
        self._bytes += size - self._maps.pop(map_id, (None, 0))[1]  # another batch may have fetched it as well
        self._maps[map_id] = made, size
        while self._bytes > self._kept_bytes and len(self._maps) > 1:
            _, (_, freed) = self._maps.popitem(last=False)
            self._bytes -= freed


def _compile(minified: bytes, source_map: bytes) -> SourceMap | None:
    from rules.grouping.compiled_map import CompiledMap  # noqa: PLC0415 -- a library of 70 MB that most workers never need

    try:
        return CompiledMap(minified, source_map)
    except ValueError:
        return None
