"""What stands between one sender and the gateway, and writes down what they say to each other."""

import asyncio
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import orjson
from aiohttp import ClientSession, web

from gateway.decoding import decoded

PASSED = {"content-type", "content-encoding", "authorization", "origin", "retry-after", "vary"}
LARGEST = 64 * 1024 * 1024


@dataclass
class Exchange:
    """A request and its answer."""

    at: float  # monotonic seconds, when it came
    path: str
    encoding: str
    status: int
    retry_after: float | None
    items: Counter[str]  # of an envelope, by kind


@dataclass
class Relay:
    """A proxy on loopback, in a thread of its own; a context manager."""

    gateway: str  # its address
    port: int
    exchanges: list[Exchange] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(30)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        self._session = ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/{path:.*}", self._pass)
        # What is compressed must stay so: its encoding is part of what is seen.
        self._runner = web.AppRunner(app, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.Response:
        at, body = time.monotonic(), await request.read()
        headers = {name: value for name, value in request.headers.items() if _passed(name)}
        where = f"{self.gateway}{request.raw_path}"
        async with self._session.request(request.method, where, data=body or None, headers=headers) as answer:
            content = await answer.read()
            given = {name: value for name, value in answer.headers.items() if _passed(name)}
        encoding = request.headers.get("content-encoding", "")
        wait = given.get("Retry-After", given.get("retry-after"))
        items = _items(body, encoding) if request.path.rstrip("/").endswith("envelope") else Counter()
        if request.method == "POST":
            seen = Exchange(at, request.path, encoding, answer.status, float(wait) if wait else None, items)
            self.exchanges.append(seen)
        return web.Response(status=answer.status, body=content, headers=given)


def _passed(name: str) -> bool:
    name = name.lower()
    return name in PASSED or name.startswith(("x-", "access-control-", "bugsnag-", "user-agent"))


def _items(body: bytes, encoding: str) -> Counter[str]:
    """The items of an envelope, whose headers are lines that name a type."""
    found: Counter[str] = Counter()
    for line in decoded(body, encoding.encode() or None, LARGEST).split(b"\n"):
        if line.startswith(b"{") and len(line) < 500 and b'"type"' in line:
            header = orjson.loads(line)
            if {"type"} <= header.keys() <= {"type", "length", "content_type", "filename", "item_count", "version"}:
                found[header["type"]] += 1
    return found
