"""Lines of traces that came as records of their own: held back, put together, never lost, and stored once."""

import asyncio
import time
from typing import Any

import orjson
import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from models.occurrence import Dropped, Occurrence
from models.reasons import DropReason
from models.severity import Severity
from rules.masking import Masker
from rules.preparing import LookedUp, PrepareConfig
from streams import joining
from streams.continuity import Batch
from streams.preparing import Preparing
from tests.streams.job_support import event

CONFIG = PrepareConfig(
    masker=Masker(), minimum_severity=Severity.WARNING, lateness=600.0, retention=30 * 86_400.0, hash_key=b"key"
)
PYTHON = [
    "Traceback (most recent call last):",
    '  File "/srv/shop/pay.py", line 12, in pay',
    "    charge(card)",
    '  File "/srv/shop/cards.py", line 40, in charge',
    "    raise CardError(card.number)",
    "CardError: declined",
]
JAVA = [
    "java.lang.IllegalStateException: no stock",
    "\tat com.shop.Stock.take(Stock.java:31)",
    "\tat com.shop.Orders.place(Orders.java:18)",
    "Caused by: java.io.IOException: closed",
    "\tat com.shop.Store.read(Store.java:77)",
    "\t... 2 more",
]
NOW = time.time()


def record(offset: int, value: str, key: bytes | None = None) -> Any:
    data = value.encode()
    return ConsumerRecord("errors", 0, offset, int(NOW * 1000), 1, key, data, None, 0, len(data), [])


def batch(records: list[Any], epoch: int = 0) -> Batch[Any]:
    first, after = records[0].offset, records[-1].offset + 1
    return Batch("errors", 0, records, first, after, epoch, after)


async def nothing(begun: Any) -> LookedUp:
    return LookedUp()


async def taken(preparing: Preparing, *batches: Batch[Any]) -> list[Any]:
    """The items of all parts, whose records join on to each other."""
    items, offsets = [], []
    for one in batches:
        async for part in preparing.parts(one, CONFIG):
            items += part.items
            offsets += [record.offset for record in part.batch.records]
    assert offsets == list(range(offsets[0], offsets[0] + len(offsets))) if offsets else True
    return items


async def released(preparing: Preparing) -> list[Any]:
    items = []
    async with asyncio.timeout(10):
        while preparing.joining.holding:
            await asyncio.sleep(0.05)
            async for part in preparing.overdue(CONFIG):
                items += part.items
    return items


def stored(items: list[Any]) -> list[tuple[str | None, int]]:
    return [(item.group.error_type, item.offset) for item in items if isinstance(item, Occurrence)]


def joined(items: list[Any]) -> list[int]:
    return [item.offset for item in items if isinstance(item, Dropped) and item.reason is DropReason.JOINED]


async def test_a_trace_over_two_fetches_is_one_event_at_its_first_line():
    lines = [record(offset, line) for offset, line in enumerate(PYTHON)]
    preparing = Preparing(nothing)
    items = await taken(preparing, batch(lines[:3]), batch(lines[3:]))
    assert items == []
    items = await released(preparing)
    assert stored(items) == [("CardError", 0)]
    assert joined(items) == [1, 2, 3, 4, 5]
    payload = orjson.loads(items[0].payload)
    assert [frame["function"] for frame in payload["exception"][0]["frames"]] == ["pay", "charge"]
    assert payload["extra"]["joined_lines"] == len(PYTHON)


async def test_what_follows_a_trace_ends_it_at_once():
    lines = [*PYTHON, '{"service": "shop", "error_type": "Other", "message": "m"}', *JAVA]
    preparing = Preparing(nothing)
    items = await taken(preparing, batch([record(offset, line) for offset, line in enumerate(lines)]))
    late = await released(preparing)
    assert sorted(stored(items + late)) == [("CardError", 0), ("IllegalStateException", 7), ("Other", 6)]
    assert joined(items + late) == [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]


async def test_sources_are_kept_apart_by_the_records_keys():
    mixed = [
        line
        for pair in zip(((PYTHON[n], b"a") for n in range(6)), ((JAVA[n], b"b") for n in range(6)), strict=True)
        for line in pair
    ]
    preparing = Preparing(nothing)
    items = await taken(preparing, batch([record(offset, text, key) for offset, (text, key) in enumerate(mixed)]))
    items += await released(preparing)
    assert stored(items) == [("CardError", 0), ("IllegalStateException", 1)]
    assert len(joined(items)) == 10


async def test_ordinary_records_are_not_held_back():
    values = [event("shop", number).decode() for number in range(120)] + ["payment 17 was declined by the bank today"]
    preparing = Preparing(nothing)
    items = await taken(preparing, batch([record(offset, value) for offset, value in enumerate(values)]))
    assert len(stored(items)) == 121
    assert not preparing.joining.holding


async def test_a_line_that_may_introduce_a_trace_waits_only_for_a_moment():
    preparing = Preparing(nothing)
    began = time.monotonic()
    items = await taken(preparing, batch([record(0, "RuntimeError: no till")]))
    items += await released(preparing)
    assert stored(items) == [(None, 0)]
    assert time.monotonic() - began >= joining.HOLD_ONE


async def test_what_is_held_back_is_forgotten_when_the_partition_is_read_anew():
    lines = [record(offset, line) for offset, line in enumerate(PYTHON)]
    preparing = Preparing(nothing)
    assert await taken(preparing, batch(lines[:4])) == []
    items = await taken(preparing, batch(lines, epoch=1)) + await released(preparing)
    assert stored(items) == [("CardError", 0)]
    assert await taken(preparing, batch([record(offset, line) for offset, line in enumerate(PYTHON)])) == []
    preparing.joining.forget("errors", 0)
    assert await released(preparing) == []


async def test_it_is_bounded(monkeypatch):
    monkeypatch.setattr(joining, "MAX_HELD", 30)
    lines = ["Traceback (most recent call last):", *(f'  File "a.py", line {n}, in f' for n in range(200))]
    preparing = Preparing(nothing)
    for offset, line in enumerate(lines):
        await taken(preparing, batch([record(offset, line)]))
        assert sum(len(tail.reads) for tail in preparing.joining._tails.values()) <= 31


@given(
    st.lists(st.sampled_from([*PYTHON, *JAVA, "order 1 failed at the till", event("shop").decode(), ""]), max_size=60),
    st.lists(st.integers(1, 20), max_size=10),
)
def test_every_record_has_one_outcome_however_it_was_fetched(lines, cuts):
    async def outcomes() -> list[int]:
        preparing, offset, items = Preparing(nothing), 0, []
        records = [record(number, line) for number, line in enumerate(lines)]
        for cut in [*cuts, len(lines)]:
            if some := records[offset : offset + cut]:
                items += await taken(preparing, batch(some))
            offset += cut
        for tail in preparing.joining._tails.values():
            for read in tail.reads:
                read.arrived = 0.0
        async for part in preparing.overdue(CONFIG):
            items += part.items
        assert not preparing.joining.holding
        return [item.offset for item in items]

    assert asyncio.run(outcomes()) == list(range(len(lines)))


@pytest.mark.parametrize("lines", [PYTHON, JAVA])
async def test_a_trace_line_by_line_is_one_stored_error(new_job, lines):
    async with new_job("worker-1") as job:
        for line in lines:
            await job.send(line.encode(), partition=0)
        await job.send(event("after"), partition=0)
        await job.until_stored("after", 1)
        await job.until_stored("unknown", 1)
        assert await job.stored("unknown") == 1
