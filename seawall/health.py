"""Health and metrics over HTTP, on loopback unless told otherwise."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from seawall.errors import SettingsError

__all__ = ["Health", "bound", "serve_health"]


def always() -> bool:
    """For a process that is ready as long as it lives."""
    return True


class Health:
    """A running server. `port` is the one it got, where it was asked for any."""

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        self._runner = runner
        self.port = port

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    @asynccontextmanager
    async def closing(self) -> AsyncIterator["Health"]:
        """Stop listening at the end of the block."""
        try:
            yield self
        finally:
            await self.close()


def bound(host: str, port: int) -> socket.socket:
    """A socket at the address, taken before anything else is begun. Raises SettingsError where it cannot be had."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or "is no address"
        raise SettingsError(
            f"health and metrics cannot be served at {host}:{port}: {why}; see SEAWALL_METRICS_HOST and _PORT"
        ) from None


async def serve_health(
    listening: socket.socket, *, live: Callable[[], bool] = always, ready: Callable[[], bool] = always
) -> Health:
    """Serve /healthz, /readyz and /metrics in this event loop until closed.

    Args:
        listening: from `bound`; it is closed with the server.
        live: False when the process is of no use any more and should be started again (503 on /healthz).
        ready: False while it cannot do its work yet, or cannot reach a server it needs (503 on /readyz).
    """
    app = web.Application()
    app.router.add_get("/healthz", _answer(live))
    app.router.add_get("/readyz", _answer(ready))
    app.router.add_get("/metrics", _metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return Health(runner, runner.addresses[0][1])


def _answer(good: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.Response:
        del request
        return web.Response(text="ok\n") if good() else web.Response(text="no\n", status=503)

    return handler


async def _metrics(request: web.Request) -> web.Response:
    del request
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
