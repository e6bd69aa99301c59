"""Connections that mean no good, over real sockets, against uvicorn with our bounds."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn

from gateway.bounds import Bounds
from gateway.running import _uvicorn


async def echo(scope, receive, send):
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = f"{scope['method']} {scope['path']} {size}".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(application=echo, **bounds):
    config = _uvicorn(application, Bounds(**bounds))
    config.host, config.port = "127.0.0.1", 0
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def talk(port, *parts, end=False):
    """Send, and read until the other side closes or has been silent for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for one in parts:
            writer.write(one)
            await writer.drain()
        if end:
            writer.write_eof()
        answer = b""
        while True:
            try:
                async with asyncio.timeout(4):
                    some = await reader.read(65_536)
            except TimeoutError:
                return answer, False
            if not some:
                return answer, True
            answer += some
    except ConnectionError:
        return b"", True
    finally:
        writer.close()


async def test_requests_follow_each_other_on_a_connection():
    one = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
    async with serving() as port:
        answer, closed = await talk(port, one, one + one)
    assert answer.count(b"POST /a 3") == 3
    assert not closed


@pytest.mark.parametrize(
    "head",
    [
        b"POST /a HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40_000,  # never ends
        b"POST /a HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40_000 + b"\r\n\r\n",
        b"POST /a HTTP/1.1\r\n" + b"x: y\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
async def test_heads_are_bounded_in_size(head):
    async with serving(head_bytes=32_768) as port:
        answer, closed = await talk(port, head)
        assert closed
        assert b" 200 " not in answer
        assert b"GET /ok 0" in (await talk(port, b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n"))[0]


@pytest.mark.parametrize("head", [b"", b"POST /a HTTP/1.1\r\nhost: x\r\nx-slow: "])
async def test_heads_are_bounded_in_time(head):
    async with serving(head_seconds=0.2) as port:
        answer, closed = await talk(port, head)
        assert closed
        assert b" 200 " not in answer


async def test_a_second_head_is_bounded_in_time_as_well():
    async with serving(head_seconds=0.2) as port:
        answer, closed = await talk(port, b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /slow HT")
    assert b"GET /ok 0" in answer
    assert closed


@pytest.mark.parametrize(
    "smuggled",
    [
        b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\ncontent-length: 30\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5 \x0b\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\nhost: x\ncontent-length: +3\n\nabcGET /evil HTTP/1.1\r\n\r\n",
    ],
)
async def test_requests_cannot_be_smuggled(smuggled):
    async with serving() as port:
        answer, _ = await talk(port, smuggled)
    assert b"/evil" not in answer


CHUNKED = b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "size"),
    [
        (CHUNKED + b'3;a=b;c="d"\r\nabc\r\n0;last\r\n\r\n', 3),
        (CHUNKED + b"1\r\na\r\n" * 300_000 + b"0\r\n\r\n", 300_000),
        (CHUNKED + b"3\r\nabc\r\n0\r\nx-checksum: 1\r\n\r\n", 3),
    ],
)
async def test_chunks_may_have_extensions_and_trailers_and_be_small(sent, size):
    async with serving() as port:
        answer, closed = await talk(port, sent, b"GET /next HTTP/1.1\r\nhost: x\r\n\r\n")
    assert f"POST /a {size}".encode() in answer
    assert b"GET /next 0" in answer
    assert not closed


@pytest.mark.parametrize(
    "around",
    [
        b"0\r\n" + b"x: y\r\n" * 200_000,
        b"0\r\nx: " + b"y" * 1_000_000,
        b"3;" + b"x" * 1_000_000,
        b"1\r\na\r\n0;" + b"x" * 999_999,
    ],
)
async def test_what_is_around_a_body_is_bounded(around):
    async with serving() as port:
        answer, closed = await talk(port, CHUNKED + around)
        assert closed
        assert b" 200 " not in answer
        assert b"GET /ok 0" in (await talk(port, b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n"))[0]


async def test_trailers_are_no_headers():
    seen = []

    async def listing(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        seen.append(dict(scope["headers"]))
        await echo(scope, receive, send)

    async with serving(listing) as port:
        await talk(port, CHUNKED + b"3\r\nabc\r\n0\r\nauthorization: Bearer other\r\n\r\n")
    assert seen == [{b"host": b"x", b"transfer-encoding": b"chunked"}]


async def test_a_header_that_goes_on_in_the_next_line_is_refused_or_one():
    head = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n 0\r\n\r\nabcGET /evil HTTP/1.1\r\n\r\n"
    async with serving() as port:
        answer, closed = await talk(port, head)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert closed
    assert b"/evil" not in answer


async def test_many_that_send_a_byte_at_a_time_hold_up_nobody():
    async with serving(head_seconds=1.0, body_seconds=1.0) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(500)]
        for byte in (b"P", b"O", b"S"):
            for _, writer in slow:
                writer.write(byte)
            assert b"GET /ok 0" in (await talk(port, b"GET /ok HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))[0]
        ends = await asyncio.gather(*(reader.read() for reader, _ in slow), return_exceptions=True)
        for _, writer in slow:
            writer.close()
    assert all(isinstance(end, ConnectionError) or end.startswith(b"HTTP/1.1 408 ") for end in ends)


async def test_too_many_connections_are_told_so():
    async with serving(connections=3) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        answer, _ = await talk(port, b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 503 ")
        for _, writer in held:
            writer.close()
