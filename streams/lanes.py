"""A lane a partition: what was prepared of it is stored in order, one transaction after the other, lanes beside lanes.

A transaction costs the same for one record as for a hundred. So a lane begins one at most every GATHER seconds, unless
much is waiting, and takes along whatever was prepared meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

from streams.storing import Prepared

__all__ = ["MAX_BYTES", "MAX_ITEMS", "Lanes"]

# What one transaction stores at most, and what may wait beside it: a fetch of compressed records may hold a million.
MAX_ITEMS = 2_000
MAX_BYTES = 16 * 1024 * 1024  # of payloads
GATHER = 0.2  # seconds
ENOUGH = 250  # items that are worth a transaction of their own

Store = Callable[[Prepared], Awaitable[None]]


class Lanes:
    """All lanes of one topic. `store` handles its own failures."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lanes: dict[int, _Lane] = {}

    async def put(self, prepared: Prepared) -> None:
        """Hand over what is to be stored next of a partition; waits while much of it is waiting already."""
        partition = prepared.batch.partition
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = _Lane(self._store)
        await lane.put(prepared)


class _Lane:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Prepared] = deque()
        self._running: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._begun = 0.0

    async def put(self, prepared: Prepared) -> None:
        while self._waiting and not _fits(self._waiting, prepared):
            self._room.clear()
            await self._room.wait()
        self._waiting.append(prepared)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            early = self._begun + GATHER - loop.time()
            if early > 0 and sum(len(one.items) for one in self._waiting) < ENOUGH:
                await asyncio.sleep(early)
            self._begun = loop.time()
            prepared = self._take()
            self._room.set()
            await self._store(prepared)

    def _take(self) -> Prepared:
        """All that waits, as far as it joins on. Fetches with a hole between them must stay two, or it is not seen."""
        first = self._waiting.popleft()
        batch, items, size, records = first.batch, first.items, first.size, first.batch.records
        while self._waiting:
            after = self._waiting[0].batch
            if after.first != batch.next or after.epoch != batch.epoch:
                break
            more = self._waiting.popleft()
            items, size, records = items + more.items, size + more.size, records + after.records
            batch = replace(batch, next=after.next, highwater=after.highwater)
        return Prepared(replace(batch, records=records), items, size)


def _fits(waiting: deque[Prepared], more: Prepared) -> bool:
    return (
        sum(len(one.items) for one in waiting) + len(more.items) <= MAX_ITEMS
        and sum(one.size for one in waiting) + more.size <= MAX_BYTES
    )
