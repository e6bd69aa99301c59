"""Lanes: in order, together where it joins on, apart where there is a hole, bounded."""

import asyncio
from typing import Any

from models.occurrence import Dropped
from models.reasons import DropReason
from streams import lanes
from streams.continuity import Batch
from streams.lanes import MAX_ITEMS, Lanes
from streams.storing import Prepared


def prepared(first: int, after: int, *, partition: int = 0, epoch: int = 1, size: int = 10) -> Prepared:
    offsets = range(first, after)
    items: list[Any] = [Dropped(offset=offset, reason=DropReason.BELOW_LEVEL) for offset in offsets]
    return Prepared(Batch("errors", partition, list(offsets), first, after, epoch, after), items, size)


class Store:
    """Notes what it is given; lets nothing through while it is shut."""

    def __init__(self) -> None:
        self.given: list[Prepared] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, given: Prepared) -> None:
        self.given.append(given)
        await self.open.wait()

    def spans(self) -> list[tuple[int, int]]:
        return [(one.batch.first, one.batch.next) for one in self.given]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_waits_is_stored_together(monkeypatch):
    monkeypatch.setattr(lanes, "GATHER", 0)
    store = Store()
    store.open.clear()
    lane = Lanes(store)
    for first in range(0, 50, 10):
        await lane.put(prepared(first, first + 10))
        await settle()
    assert store.spans() == [(0, 10)]
    store.open.set()
    await settle()
    assert store.spans() == [(0, 10), (10, 50)]
    together = store.given[1]
    assert together.batch.records == list(range(10, 50))
    assert [item.offset for item in together.items] == list(range(10, 50))
    assert (together.batch.highwater, together.size) == (50, 40)


async def test_a_hole_or_another_epoch_keeps_batches_apart(monkeypatch):
    monkeypatch.setattr(lanes, "GATHER", 0)
    store = Store()
    store.open.clear()
    lane = Lanes(store)
    parts = [prepared(0, 5), prepared(5, 8), prepared(9, 12), prepared(12, 14, epoch=2), prepared(14, 15, epoch=2)]
    for part in parts:
        await lane.put(part)
    store.open.set()
    await settle()
    assert store.spans() == [(0, 8), (9, 12), (12, 15)]


async def test_no_more_waits_than_is_allowed(monkeypatch):
    monkeypatch.setattr(lanes, "GATHER", 0)
    store = Store()
    store.open.clear()
    lane = Lanes(store)
    await lane.put(prepared(0, MAX_ITEMS))
    await settle()
    await lane.put(prepared(MAX_ITEMS, 2 * MAX_ITEMS))
    blocked = asyncio.create_task(lane.put(prepared(2 * MAX_ITEMS, 2 * MAX_ITEMS + 1)))
    await settle()
    assert not blocked.done()
    other = asyncio.create_task(lane.put(prepared(0, 1, partition=1)))
    await settle()
    assert other.done(), "a full lane holds up no other"
    store.open.set()
    await asyncio.wait_for(blocked, 5)
    await settle()
    assert [span for span in store.spans() if span != (0, 1)] == [
        (0, MAX_ITEMS),
        (MAX_ITEMS, 2 * MAX_ITEMS),
        (2 * MAX_ITEMS, 2 * MAX_ITEMS + 1),
    ]


async def test_a_second_batch_waits_for_company_and_is_stored(monkeypatch):
    monkeypatch.setattr(lanes, "GATHER", 0.05)
    store = Store()
    lane = Lanes(store)
    await lane.put(prepared(0, 1))
    await settle()
    await lane.put(prepared(1, 2))
    await lane.put(prepared(2, 3))
    await settle()
    assert store.spans() == [(0, 1)]
    await asyncio.sleep(0.1)
    assert store.spans() == [(0, 1), (1, 3)]
