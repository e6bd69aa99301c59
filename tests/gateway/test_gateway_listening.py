"""GELF over TCP and UDP and Fluentd's forward protocol, by a gateway as it runs, from the senders that others use."""

import gzip
import hashlib
import json
import logging
import os
import socket
import time
import zlib
from collections.abc import Iterator

import msgpack
import pytest
from fluent.handler import FluentHandler, FluentRecordFormatter
from fluent.sender import EventTime, FluentSender
from gateway_support import make_keys, prepared, start_gateway
from hypothesis import given
from hypothesis import strategies as st
from pygelf import GelfTcpHandler, GelfUdpHandler

from gateway.contract import Refused
from gateway.listening.fluent import MAX_MESSAGE
from gateway.protocols.forward import read_forwarded
from gateway.protocols.packets import BYTES, MESSAGES, SECONDS, Chunks, gelf_record
from seawall.embedded.ports import free_ports

SHARED_KEY = "between us"


class Listening:
    """A gateway with all of it on."""

    def __init__(self, running, gelf, fluent, guarded):
        self.running, self.gelf, self.fluent, self.guarded = running, gelf, fluent, guarded


@pytest.fixture(scope="module")
def listening(settings, tmp_path_factory) -> Iterator[Listening]:
    keys = make_keys(settings, "office")
    gelf, fluent, guarded = free_ports(), free_ports(), free_ports()
    common = {"SEAWALL_GATEWAY_FLUENT_KEY": keys.secret, "SEAWALL_GATEWAY_GELF_KEY": keys.secret}
    with (
        start_gateway(
            settings, tmp_path_factory.mktemp("open"), **common, SEAWALL_GATEWAY_GELF_TCP_PORT=str(gelf),
            SEAWALL_GATEWAY_GELF_UDP_PORT=str(gelf), SEAWALL_GATEWAY_FLUENT_PORT=str(fluent),
        ) as running,
        start_gateway(
            settings, tmp_path_factory.mktemp("guarded"), **common, SEAWALL_GATEWAY_FLUENT_PORT=str(guarded),
            SEAWALL_GATEWAY_FLUENT_SHARED_KEY=SHARED_KEY,
        ),
    ):  # fmt: skip
        yield Listening(running, gelf, fluent, guarded)


def until_sent(sent, wanted: int) -> list:
    deadline = time.monotonic() + 20
    while len(found := sent()) < wanted:
        assert time.monotonic() < deadline, f"{len(found)} of {wanted} records came"
        time.sleep(0.1)
    return found


def logger_of(handler: logging.Handler) -> logging.Logger:
    logger = logging.getLogger(os.urandom(4).hex())
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def test_gelf_over_tcp(listening, sent):
    handler = GelfTcpHandler(host="127.0.0.1", port=listening.gelf, _app_name="billing")
    logger = logger_of(handler)
    for number in range(20):
        logger.error("order %s failed", number)
    handler.close()
    found = [occurrence for record in until_sent(sent, 20) for occurrence in prepared(record)]
    assert sorted(one.message for one in found) == sorted(f"order {number} failed" for number in range(20))
    payloads = [json.loads(one.payload) for one in found]
    assert {(one["service"], one["environment"]) for one in payloads} == {("billing", "staging")}


@pytest.mark.parametrize("compress", [True, False])
def test_gelf_over_udp_in_chunks(listening, sent, compress):
    handler = GelfUdpHandler(host="127.0.0.1", port=listening.gelf, compress=compress, chunk_size=600)
    noise = os.urandom(6_000).hex()
    logger_of(handler).error("first %s", noise)
    logger_of(handler).error("second")
    handler.close()
    messages = {one.message[:6] for record in until_sent(sent, 2) for one in prepared(record)}
    assert messages == {"first ", "second"}
    assert any(noise.encode() in record.value for record in sent())


def test_what_is_no_gelf_is_left_out_and_the_rest_taken(listening, sent):
    with socket.create_connection(("127.0.0.1", listening.gelf)) as connection:
        connection.sendall(b'nonsense\0[]\0\0{"version":"1.1","host":"a","short_message":"taken","level":3}\0{"broken')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        for data in (b"nonsense", b"", b"\x1e\x0f", b"\x1e\x0f" + b"i" * 8 + b"\x05\x02x", b"\x78\x9cbroken"):
            datagrams.sendto(data, ("127.0.0.1", listening.gelf))
        datagrams.sendto(
            b'{"version":"1.1","host":"a","short_message":"also","level":3}', ("127.0.0.1", listening.gelf)
        )
    found = until_sent(sent, 2)
    assert sorted(one.message for record in found for one in prepared(record)) == ["also", "taken"]


def test_fluent_logger_sends(listening, sent):
    handler = FluentHandler("shop.web", host="127.0.0.1", port=listening.fluent, nanosecond_precision=True)
    handler.setFormatter(FluentRecordFormatter({"level": "%(levelname)s", "host": "%(hostname)s"}))
    logger = logger_of(handler)
    for number in range(5):
        logger.error({"message": f"payment {number} refused"})
    handler.close()
    sender = FluentSender("shop", host="127.0.0.1", port=listening.fluent)
    assert sender.emit("cart", {"message": "cart lost", "level": "error", "raw": b"\xff\x00", "deep": {"a": [1]}})
    sender.close()
    found = [one for record in until_sent(sent, 6) for one in prepared(record)]
    payloads = {one.message: json.loads(one.payload) for one in found}
    assert set(payloads) == {f"payment {number} refused" for number in range(5)} | {"cart lost"}
    assert payloads["cart lost"]["logger"] == "shop.cart"
    assert abs(found[0].occurred_at - time.time()) < 60


def exchange(port: int, *messages: object, answers: int = 1, ping: object = None) -> list:
    """Send messages, and what comes back."""
    unpacker, got = msgpack.Unpacker(), []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        if ping is not None:
            while not got:
                unpacker.feed(connection.recv(65_536))
                got += unpacker
            connection.sendall(msgpack.packb(ping(got[0][1]["nonce"])))
            while len(got) < 2 and (part := connection.recv(65_536)):
                unpacker.feed(part)
                got += unpacker
        for message in messages:
            connection.sendall(msgpack.packb(message))
        while len(got) < answers and (part := connection.recv(65_536)):
            unpacker.feed(part)
            got += unpacker
    return got


def entries(*messages: str) -> list:
    return [[EventTime(time.time()), {"message": message, "level": "error"}] for message in messages]


def test_every_mode_is_acknowledged_once_its_events_are_there(listening, sent):
    packed = b"".join(map(msgpack.packb, entries("packed 1", "packed 2")))
    zipped = gzip.compress(b"".join(map(msgpack.packb, entries("zipped 1", "zipped 2"))))
    got = exchange(
        listening.fluent,
        None,
        ["app", int(time.time()), {"message": "single", "level": "error"}, {"chunk": "c1"}],
        ["app", entries("forward 1", "forward 2"), {"chunk": "c2", "size": 2}],
        ["app", packed, {"chunk": "c3"}],
        ["app", zipped, {"chunk": "c4", "compressed": "gzip"}],
        answers=4,
    )
    assert [one["ack"] for one in got] == ["c1", "c2", "c3", "c4"]
    messages = sorted(one.message for record in sent() for one in prepared(record))
    assert messages == sorted(["single", *(f"{mode} {n}" for mode in ("forward", "packed", "zipped") for n in (1, 2))])


def test_what_is_sent_again_has_the_same_ids(listening, sent):
    message = ["app", entries("again 1", "again 2"), {"chunk": os.urandom(8).hex()}]
    for _ in range(2):
        assert exchange(listening.fluent, message) == [{"ack": message[2]["chunk"]}]
    other = ["app", entries("other"), message[2]]  # some begin to count anew
    assert exchange(listening.fluent, other) == [{"ack": message[2]["chunk"]}]
    found = [one for record in sent() for one in prepared(record)]
    assert len(found) == 5
    assert len({one.event_id for one in found}) == 3


def ping_with(shared_key: str):
    def ping(nonce: bytes) -> list:
        salt = os.urandom(16)
        digest = hashlib.sha512(salt + b"client" + nonce + shared_key.encode()).hexdigest()
        return ["PING", "client", salt, digest, "", ""]

    return ping


def test_only_who_knows_the_shared_key_may_send(listening, sent):
    message = ["app", entries("known"), {"chunk": "s1"}]
    helo, pong, ack = exchange(listening.guarded, message, answers=3, ping=ping_with(SHARED_KEY))
    assert (helo[0], pong[:2], ack) == ("HELO", ["PONG", True], {"ack": "s1"})
    assert len(pong[4]) == 128
    refused = exchange(listening.guarded, answers=3, ping=ping_with("guessed"))
    assert refused[1][:3] == ["PONG", False, "shared_key mismatch"]
    assert len(exchange(listening.guarded, answers=3, ping=lambda _: ["app", 1, {"message": "no ping"}])) == 2
    assert [one.message for record in sent() for one in prepared(record)] == ["known"]


@pytest.mark.parametrize(
    "sent_bytes", [b"\xc1", b"GET / HTTP/1.1\r\n\r\n", msgpack.packb(["app"]), msgpack.packb(["app", [5]]), b"\x91" * 9_000,
                   msgpack.packb(["a", b"\xc1", {"chunk": "x"}]), msgpack.packb(["a", b"no gzip", {"compressed": "gzip"}])]
)  # fmt: skip
def test_who_does_not_keep_to_the_protocol_is_cut_off(listening, sent_bytes):
    with socket.create_connection(("127.0.0.1", listening.fluent), timeout=10) as connection:
        connection.sendall(sent_bytes)
        assert connection.recv(100) == b""
    assert listening.running.request("/health", method="GET").status == 200


def test_messages_are_bounded(listening):
    with socket.create_connection(("127.0.0.1", listening.fluent), timeout=30) as connection:
        connection.sendall(b"\xdc\x4e\x20")  # an array of 20,000, never whole
        part = b"\xc6" + (1_000_000).to_bytes(4, "big") + bytes(1_000_000)
        with pytest.raises(OSError):  # noqa: PT012 -- sooner or later
            for _ in range(3 * MAX_MESSAGE // len(part)):
                connection.sendall(part)
            assert connection.recv(100) == b""
            raise ConnectionResetError
    assert listening.running.request("/health", method="GET").status == 200


def chunk(number: int, count: int, part: bytes, id_: bytes = b"12345678") -> bytes:
    return b"\x1e\x0f" + id_ + bytes([number, count]) + part


@given(st.permutations(range(5)), st.integers(0, 4))
def test_chunks_make_a_message_in_any_order_even_if_one_comes_twice(order, twice):
    chunks = Chunks()
    parts = [b"a", b"b", b"c", b"d", b"e"]
    got = [chunks.add("me", chunk(number, 5, parts[number]), 0.0) for number in (*order[: twice + 1], *order[twice:])]
    assert [one for one in got if one is not None] in ([b"abcde"], [b"abcde"] * 1)


def test_what_is_not_whole_is_bounded_in_time_count_and_bytes():
    chunks = Chunks()
    assert chunks.add("me", chunk(0, 2, b"a"), 0.0) is None
    assert chunks.add("other", chunk(1, 2, b"b"), 1.0) is None
    assert chunks.add("me", chunk(1, 2, b"b"), SECONDS + 0.5) is None  # the first is forgotten
    assert chunks.add("other", chunk(0, 2, b"a"), SECONDS + 0.6) == b"ab"
    many = Chunks()
    for number in range(MESSAGES):
        many.add("me", chunk(0, 2, b"a", number.to_bytes(8, "big")), 0.0)
    with pytest.raises(Refused):
        many.add("me", chunk(0, 2, b"a", b"too many"), 0.0)
    assert many.add("me", chunk(0, 2, b"a", b"too many"), SECONDS) is None
    large = Chunks()
    fitting = BYTES // 60_000
    for number in range(fitting):
        large.add("me", chunk(0, 2, bytes(60_000), number.to_bytes(8, "big")), 0.0)
    with pytest.raises(Refused):
        large.add("me", chunk(0, 2, bytes(60_000), b"too much"), 0.0)


def test_a_message_that_would_become_too_large_is_refused():
    bomb = zlib.compress(b'{"a":"' + b"x" * 64 * 1024 * 1024 + b'"}')
    with pytest.raises(Refused):
        gelf_record(bomb)


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.binary(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_whatever_is_forwarded_is_read_or_refused(message):
    try:
        forwarded = read_forwarded(message)
    except Refused:
        return
    assert all(isinstance(json.loads(record.value), dict) for record in forwarded.records)
