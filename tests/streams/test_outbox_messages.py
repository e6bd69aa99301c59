"""How items are put into messages."""

import msgspec
import pytest

from streams.outbox import MESSAGE_BYTES, Outbox


@pytest.mark.parametrize("sizes", [[10] * 5, [400_000] * 5, [899_000, 10, 899_000], [2_000_000], [1_000_000] * 3])
async def test_messages_stay_below_the_brokers_limit_and_lose_nothing(sizes: list[int], monkeypatch) -> None:
    outbox, sent = Outbox([], {}, 1), list[bytes]()

    async def send(topic: str, partition: int, key: bytes | None, value: bytes) -> object:
        sent.append(value)
        return None

    async def acknowledged(given: list[object]) -> list[object]:
        return given

    monkeypatch.setattr(outbox, "_send", send)
    monkeypatch.setattr(outbox, "_acknowledged", acknowledged)
    items = ["x" * size for size in sizes]
    await outbox.send_items("t", items, str)
    assert [item for value in sent for item in msgspec.json.decode(value)] == items
    assert all(len(value) <= MESSAGE_BYTES or len(msgspec.json.decode(value)) == 1 for value in sent)
