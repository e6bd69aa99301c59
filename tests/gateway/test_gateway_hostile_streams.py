"""What hostile and slow senders may cost over connections that are no HTTP."""

import asyncio
import itertools
import tracemalloc

import msgpack
import pytest

from gateway.contract import Record, Refused
from gateway.listening import streams
from gateway.listening.gelf import WAITING_BYTES, _Datagrams
from gateway.listening.intake import Intake
from gateway.listening.serving import bound
from gateway.listening.streams import Incoming, Room, serve_tcp
from gateway.protocols.forward import read_forwarded
from gateway.protocols.unpacking import MAX_HOLDERS, end_of_next, new_unpacker, unpacked, unpacked_message

FULL_ARRAY = b"\xdc\x4e\x20"  # of 20,000


def test_what_is_not_whole_costs_what_was_sent_and_not_what_it_says_of_itself():
    tracemalloc.start()
    try:
        unpacker = new_unpacker(1_000_000)
        unpacker.feed(FULL_ARRAY * 500)
        assert end_of_next(unpacker) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("holder", [b"\x80", b"\x90"])
def test_arrays_and_maps_of_a_message_are_bounded(holder):
    arrays = MAX_HOLDERS // 20_000 + 1
    bomb = bytes([0x90 + arrays]) + arrays * (FULL_ARRAY + 20_000 * holder)
    with pytest.raises(Refused) as refused:
        unpacked(bomb)
    assert refused.value.refusal.status == 413
    with pytest.raises(Refused):
        read_forwarded(["app", msgpack.packb([1, {"a": bytes(9_000_000)}])])


def test_ends_of_values_are_found_wherever_they_are_cut():
    values = [["app", [[1, {"a": "b" * 300}]], {"chunk": "c"}], None, {"a": [1.5, b"\xff"]}]
    packed = b"".join(map(msgpack.packb, values))
    for step in (1, 2, 7, 4_096):
        unpacker, ends = new_unpacker(4_096), [0]
        for start in range(0, len(packed), step):
            unpacker.feed(packed[start : start + step])
            while (end := end_of_next(unpacker)) is not None:
                ends.append(end)
        assert [unpacked(packed[one:other]) for one, other in itertools.pairwise(ends)] == values


def test_entries_that_are_packed_as_text_are_taken_byte_for_byte():
    entry = msgpack.packb([1_764_000_000, {"message": "f\xfcr"}])
    message = msgpack.packb(["app", entry, {"chunk": "c"}], use_bin_type=False)
    (record,) = read_forwarded(unpacked_message(message)).records
    assert "f\xfcr".encode() in record.value


async def test_each_message_has_its_time_to_itself(monkeypatch):
    monkeypatch.setattr(streams, "WHOLE_SECONDS", 1.0)
    reader = asyncio.StreamReader()
    incoming = Incoming(reader, Room())
    parts = incoming.parts()
    for _ in range(3):  # each read ends within the next message, as with a sender that has much to send
        asyncio.get_running_loop().call_later(0.5, reader.feed_data, b"the end\0a begin")
        assert await anext(parts) == b"the end\0a begin"
        incoming.hold(0)
        incoming.hold(7)
    with pytest.raises(TimeoutError):
        await anext(parts)


async def test_what_all_connections_hold_is_bounded():
    room = Room(100)
    one, other = (Incoming(asyncio.StreamReader(), room) for _ in range(2))
    one.hold(60)
    other.hold(40)
    with pytest.raises(Refused):
        other.hold(41)
    one.hold(0)
    other.hold(100)


def test_small_datagrams_that_wait_are_bounded_as_well():
    datagrams = _Datagrams(None)
    with pytest.raises(Refused):  # noqa: PT012 -- sooner or later
        for _ in range(WAITING_BYTES // 100):
            datagrams._add(Record(b"{}"))


async def test_who_says_nothing_makes_way_for_others(monkeypatch):
    monkeypatch.setattr(streams, "CONNECTIONS", 2)
    monkeypatch.setattr(streams, "IDLE_SECONDS", 0.0)
    listening = bound("127.0.0.1", 0)
    listening.listen()

    async def echo(incoming, writer):
        async for part in incoming.parts():
            writer.write(part)
            incoming.hold(len(part) % 2)  # an odd number of bytes is no whole message

    serving = asyncio.create_task(serve_tcp(listening, Intake("gelf-tcp", "", None, None, None), echo))
    try:
        connections = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            connections.append((reader, writer))
            writer.write(b"odd")
            assert await reader.read(10) == b"odd"
            if len(connections) == 1:
                writer.write(b"even")
                assert await reader.read(10) == b"even"
        assert await connections[0][0].read(10) == b""
        connections[1][1].write(b"!")
        assert await connections[1][0].read(10) == b"!"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        for _, writer in connections:
            writer.close()
