"""Connections that a sender cannot hold open for nothing: heads, and what is around bodies, are bounded.

uvicorn leaves both to a proxy in front of it; we may stand without one.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

__all__ = ["CYCLE", "bounded_protocol"]

CYCLE = "seawall.cycle"  # in the scope: what knows whether more of the body is to come

# Bytes around a body (sizes of chunks, their extensions, trailers) that may come more than its own times SHARE.
AROUND = 512 * 1024
SHARE = 16  # chunks of a single byte have five around it

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """The protocol of uvicorn, with bounds for request line and headers. `bounded_protocol` sets them."""

    head_bytes = 0
    head_seconds = 0.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._begun = False  # something of it has come
        self._head_size = 0
        self._around = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn's own narrowing
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if not self._in_head:
            self._around += len(data)
            if self._around > AROUND:  # never any of the application's business, so nobody else counts it
                self._end(_TOO_LARGE if self.cycle is None or not self.cycle.response_started else b"")
        elif self._head_size > self.head_bytes:
            self._end(_TOO_LARGE)
        elif self._begun and self._head_timer is None:  # most heads come whole: those need no timer
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._begun = True

    def on_headers_complete(self) -> None:
        self._in_head = self._begun = False
        self._head_size = self._around = 0
        self._head_came()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.head_bytes:
            self.headers.clear()  # the application is not to see them
            self._end(_TOO_LARGE)
            return
        super().on_headers_complete()
        self.headers = []  # trailers are not to be taken for headers: proxies look at these alone
        self.scope[CYCLE] = self.cycle  # type: ignore[literal-required]  # an extension of ours

    def on_message_complete(self) -> None:
        if self.cycle is not None:
            super().on_message_complete()
        self._in_head = True

    def on_body(self, body: bytes) -> None:
        self._around -= (SHARE + 1) * len(body)
        if self.cycle is not None:
            super().on_body(body)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._end(_TOO_SLOW if self._head_size else b"")

    def _end(self, answer: bytes) -> None:
        if answer:
            self.transport.write(answer)
        self.transport.close()


def bounded_protocol(head_bytes: int, head_seconds: float) -> type[BoundedProtocol]:
    """The protocol with these bounds: bytes, and seconds for all of them to come."""
    return type("Bounded", (BoundedProtocol,), {"head_bytes": head_bytes, "head_seconds": head_seconds})
