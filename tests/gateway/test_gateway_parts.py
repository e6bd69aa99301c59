"""The gateway's parts, without servers."""

import json
import zlib
from datetime import UTC, datetime, timedelta

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bounds import Bounds
from gateway.contract import Received, Refused
from gateway.decoding import decoded
from gateway.keys import KeyBook
from gateway.origins import allowed_origin
from gateway.protocols import plain, sentry
from gateway.protocols.envelope import open_envelope
from gateway.requests import Bodies, GoneError, Reading
from gateway.routing import find
from sinks.postgres.projects import GatewayKey

COMPRESS = {
    b"gzip": lambda body: bytes(cramjam.gzip.compress(body)),
    b"deflate": zlib.compress,
    b"br": lambda body: bytes(cramjam.brotli.compress(body)),
    b"zstd": lambda body: bytes(cramjam.zstd.compress(body)),
}


def taken(read, *arguments):
    """What a part made of its input; None where it refused it as the sender's mistake."""
    refusal = None
    try:
        return read(*arguments)
    except Refused as refused:
        refusal = refused.refusal
    assert refusal.status in {400, 413}
    return None


@given(st.binary(max_size=3_000), st.lists(st.sampled_from(sorted(COMPRESS)), max_size=2))
def test_what_was_compressed_comes_out_as_it_was(body, layers):
    packed = body
    for layer in layers:
        packed = COMPRESS[layer](packed)
    assert decoded(packed, b", ".join(layers), 10_000) == body


@pytest.mark.parametrize("layer", COMPRESS)
def test_a_bomb_is_refused_at_the_limit_and_not_before(layer):
    limit = 1_000_000
    assert len(decoded(COMPRESS[layer](b"\0" * limit), layer, limit)) == limit
    with pytest.raises(Refused) as refused:
        decoded(COMPRESS[layer](b"\0" * (limit + 1)), layer, limit)
    assert refused.value.refusal.status == 413


@pytest.mark.parametrize("outer", COMPRESS)
@pytest.mark.parametrize("inner", COMPRESS)
def test_a_bomb_in_a_bomb_is_refused(inner, outer):
    bomb = COMPRESS[outer](COMPRESS[inner](b"\0" * 20_000_000))
    with pytest.raises(Refused) as refused:
        decoded(bomb, inner + b", " + outer, 1_000_000)
    assert refused.value.refusal.status == 413


def test_deflate_without_a_head_is_read_as_well():
    packer = zlib.compressobj(wbits=-15)
    assert decoded(packer.compress(b"text") + packer.flush(), b"deflate", 100) == b"text"


@pytest.mark.parametrize("layer", [b"gzip", b"deflate"])
def test_senders_may_name_all_encodings_that_they_could_have_used(layer):
    assert decoded(COMPRESS[layer](b"text"), b"gzip,deflate", 100) == b"text"


@given(st.binary(min_size=1, max_size=500), st.sampled_from(sorted(COMPRESS)))
def test_arbitrary_bytes_are_decompressed_or_refused(body, layer):
    unpacked = taken(decoded, body, layer, 100_000)
    assert unpacked is None or len(unpacked) <= 100_000


@pytest.mark.parametrize(
    ("origin", "patterns", "allowed"),
    [
        ("https://shop.example", ["https://shop.example"], True),
        ("HTTPS://Shop.Example", ["https://shop.example"], True),
        ("http://shop.example", ["https://shop.example"], False),
        ("https://shop.example:8443", ["https://shop.example"], False),
        ("https://www.shop.example", ["https://*.shop.example"], True),
        ("https://a.b.shop.example", ["https://*.shop.example"], True),
        ("https://shop.example", ["https://*.shop.example"], False),
        ("https://evilshop.example", ["https://*.shop.example"], False),
        ("https://shop.example.evil", ["https://*.shop.example", "https://shop.example"], False),
        ("null", ["https://shop.example"], False),
        ("null", ["null"], True),
        ("https://any.example", ["*"], True),
        ("https://" + "a" * 300, ["*"], False),
        ("https://any.example", [], False),
    ],
)
def test_origins(origin, patterns, allowed):
    assert allowed_origin(origin, patterns) is allowed


@given(st.binary(max_size=2_000))
def test_fuzzed_envelopes_are_taken_or_refused(body):
    for head in (b"", b"{}\n", b'{}\n{"type":"event"}\n', b'{"event_id":null}\n{"type":"log","length":3}\n'):
        envelope = taken(open_envelope, head + body)
        assert envelope is None or envelope.value is None or len(envelope.value) <= len(head + body) + 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["event", "session", "log", "attachment", "new"]), st.binary(max_size=80)), max_size=8
    )
)
def test_items_that_are_read_stay_as_they_were(items):
    def joined(some):
        return b"{}\n" + b"".join(
            json.dumps({"type": kind, "length": len(payload)}).encode() + b"\n" + payload + b"\n"
            for kind, payload in some
        )

    envelope = open_envelope(joined(items))
    kept = [(kind, payload) for kind, payload in items if kind in {"event", "log"}]
    assert envelope.value == (joined(kept) if kept else None)
    assert sum(envelope.ignored.values()) + len(envelope.others) == len(items) - len(kept)


@given(st.binary(max_size=2_000), st.sampled_from([b"application/json", b"text/plain", b"application/x-ndjson", b""]))
def test_fuzzed_bodies_are_taken_or_refused(body, kind):
    for endpoint in (plain.ERRORS, sentry.STORE, sentry.ENVELOPE):
        received = Received({b"content-type": kind}, {}, body, "0" * 32)
        endpoint.find_key(received)
        accepted = taken(endpoint.read, received)
        assert accepted is None or all(record.value for record in accepted.records)


def test_a_sentry_sdk_is_told_what_to_hold_back_and_for_how_long():
    refusal = Refused(429, "rate_limited", "too many", 17).refusal
    headers = dict(sentry.STORE.refuse(refusal, Received({}, {})).headers)
    assert headers[b"retry-after"] == b"17"
    assert headers[b"x-sentry-rate-limits"] == b"17:default;error;security;log_item;log_byte:key:rate_limited"


async def read(bodies, parts, headers=None):
    messages = iter(parts)

    async def receive():
        return next(messages)

    return await bodies.read(headers or {}, Reading(receive))


def part(body, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


async def test_bodies_are_read_within_bounds():
    bodies = Bodies(Bounds(body=10, buffered=25))
    assert await read(bodies, [part(b"0123456789")]) == b"0123456789"
    assert await read(bodies, [part(b"01234", more=True), part(b"56789")]) == b"0123456789"
    for parts, headers in (
        ([part(b"0123456789a")], {}),
        ([part(b"01234", more=True), part(b"56789a")], {}),
        ([part(b"")], {b"content-length": b"11"}),
        ([part(b"")], {b"content-length": b"1e3"}),
    ):
        with pytest.raises(Refused) as refused:
            await read(bodies, parts, headers)
        assert refused.value.refusal.status == 413
    with pytest.raises(GoneError):
        await read(bodies, [part(b"0", more=True), {"type": "http.disconnect"}])
    assert bodies.buffered == 0  # whatever became of them


async def test_many_large_bodies_at_once_are_too_many():
    bodies = Bodies(Bounds(body=100, buffered=150))
    bodies.buffered = 100  # of others
    with pytest.raises(Refused) as refused:
        await read(bodies, [part(b"0" * 60, more=True), part(b"")])
    assert refused.value.refusal.status == 503
    assert refused.value.refusal.retry_after
    assert bodies.buffered == 100


async def test_a_body_that_does_not_come_is_given_up():
    bodies = Bodies(Bounds(body_seconds=0.01))

    async def receive():
        import asyncio

        await asyncio.Event().wait()

    with pytest.raises(Refused) as refused:
        await bodies.read({}, Reading(receive))
    assert refused.value.refusal.status == 408


def test_a_key_ends_when_it_expires_also_while_the_database_is_away():
    now = datetime(2024, 1, 1, tzinfo=UTC)
    book = KeyBook("postgresql://nowhere", now=lambda: now)
    with pytest.raises(Refused) as refused:
        book.find("k")
    assert refused.value.refusal.status == 503
    book.put([GatewayKey(1, 1, "shop", "k", None, None, [], None, None, None, now + timedelta(seconds=1))])
    assert book.find("k").project == "shop"
    now += timedelta(seconds=1)
    with pytest.raises(Refused) as refused:
        book.find("k")
    assert refused.value.refusal.status == 401


@pytest.mark.parametrize(
    ("path", "protocol", "project"),
    [
        ("/api/7/envelope/", "sentry", "7"),
        ("/api/shop/store", "sentry", "shop"),
        ("/v1/errors", "seawall", None),
        ("/7/v1/errors", "seawall", "7"),
        ("/api/7/other/", None, None),
        ("/api/7/8/envelope/", None, None),
        ("/", "bugsnag", None),
        ("/nothing", None, None),
        ("/" + "v1/errors" * 100, None, None),
    ],
)
def test_addresses(path, protocol, project):
    found = find(path)
    assert (found.endpoint.protocol if found else None) == protocol
    assert (found.project if found else None) == project
