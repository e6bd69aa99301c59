"""Faults on request, so that tests can see what a bad day does."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from aiohttp import web

__all__ = ["KINDS", "Faults"]

KINDS = {
    "429": "too many requests, with Retry-After",
    "500": "the vendor's own fault",
    "timeout": "not accepted, and no answer",
    "reset": "not accepted, and the connection is cut",
    "drop_reply": "accepted, and the connection is cut before the answer",
    "hold_reply": "accepted, and no answer",
}
HOLD_SECONDS = 60.0
RETRY_AFTER = "1"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Faults:
    """Faults that wait for their requests, first come first served."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()  # kind, beginning of the path

    def add(self, kind: str, count: int = 1, path: str = "/") -> None:
        """Have the next requests whose path begins so fail. Raises ValueError for a kind that is not in KINDS."""
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(KINDS)}")
        self._waiting.extend([(kind, path)] * count)

    def clear(self) -> None:
        """Have none waiting."""
        self._waiting.clear()

    async def around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the request, well or not."""
        kind = self._next(request.path)
        if kind == "429":
            return web.Response(status=429, text="rate_limited", headers={"Retry-After": RETRY_AFTER})
        if kind == "500":
            return web.Response(status=500, text="internal error")
        if kind == "timeout":
            await asyncio.sleep(HOLD_SECONDS)
        if kind in {"timeout", "reset"}:
            return _cut(request)
        response = await handler(request)
        if kind == "hold_reply":
            await asyncio.sleep(HOLD_SECONDS)
        return _cut(request) if kind in {"drop_reply", "hold_reply"} else response

    def _next(self, path: str) -> str | None:
        for fault in self._waiting:
            if path.startswith(fault[1]):
                self._waiting.remove(fault)
                return fault[0]
        return None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
