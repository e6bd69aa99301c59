"""Vendors that hold what they get to their documented contracts, and can have a bad day."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from seawall.desk.faults import Faults

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    def json(self) -> Any:
        return json.loads(self.raw)


Rules = Callable[[Request], "str | None"]


@dataclass
class Vendor:
    """A server that answers 2xx to what its rules let pass, 400 with their words otherwise."""

    rules: Rules
    status: int = 200
    answer: str = "{}"
    accepted: list[Request] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    respond: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None  # in place of the usual answer
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._around)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _around(self, request: web.Request) -> web.StreamResponse:
        return await self.faults.around(request, self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        got = Request(request.method, request.path, dict(request.query), headers, await request.read())
        if error := self.rules(got):
            return web.Response(status=400, text=error)
        self.accepted.append(got)
        if self.respond is not None:
            return await self.respond(request)
        return web.Response(status=self.status, text=self.answer, content_type="application/json")


async def drip(request: web.Request) -> web.StreamResponse:
    """Accept at once, and never come to the end of the answer."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(600):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


def every_text(thing: Any) -> list[str]:
    """All texts in a JSON value, but keys."""
    if isinstance(thing, str):
        return [thing]
    inner = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else []
    return [text for item in inner for text in every_text(item)]
