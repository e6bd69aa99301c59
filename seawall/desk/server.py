"""The desk's server: the vendors, the page, and what came as JSON."""

from importlib import resources
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from seawall.desk.faults import KINDS, Faults
from seawall.desk.pagerduty_api import PagerDutyApi
from seawall.desk.presses import Hooks, Presses
from seawall.desk.slack_api import SlackApi
from seawall.desk.state import Clock, State

__all__ = ["Desk"]

HOST = "127.0.0.1"
MAX_BODY = 4 * 1024 * 1024
_VENDORS = ("/api/", "/services/", "/v2/")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Desk:
    """The desk, as an async context manager or by `open` and `close`.

    Args:
        port: 0 takes a free one.
        state: the file that keeps what came; None: only in memory.
        hooks: where presses of buttons are sent; None: nowhere.
    """

    def __init__(self, port: int = 0, state: Path | None = None, hooks: Hooks | None = None) -> None:
        self.faults = Faults()
        self._port = port
        self._state = State(state)
        self._clock = Clock()
        self._presses = Presses(self._state, self._clock, hooks, lambda: self.url)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://{HOST}:{self._port}"

    async def open(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        self._state.open()
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._middleware()])
        SlackApi(self._state, self._clock).add_routes(app.router)
        PagerDutyApi(self._state).add_routes(app.router)
        self._presses.add_routes(app.router)
        app.router.add_get("/", self._page)
        app.router.add_get("/received", self._received)
        app.router.add_post("/faults", self._faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._port).start()
        except OSError:
            await self.close()
            raise
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._state.close()

    def messages(self, channel: str | None = None) -> list[dict[str, Any]]:
        """All Slack messages, the oldest first, each with its `channel_name`; or those of one channel."""
        names = {channel_id: name for name, channel_id in self._state.channels.items()}
        told = [message | {"channel_name": names[message["channel"]]} for message in self._state.messages.values()]
        return [message for message in told if channel is None or message["channel_name"] == channel.removeprefix("#")]

    def pagerduty(self) -> dict[str, dict[str, Any]]:
        """PagerDuty's incidents by dedup key: `status`, `payload`, `events`, `number` (how often it was opened)."""
        return self._state.incidents

    def _middleware(self) -> Any:
        @web.middleware
        async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(_VENDORS):
                return await self.faults.around(request, handler)
            return await handler(request)

        return faults

    async def _page(self, request: web.Request) -> web.Response:
        del request
        html = resources.files("seawall.desk").joinpath("page.html").read_text("utf-8")
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def _received(self, request: web.Request) -> web.Response:
        if request.query.get("since") == str(self._state.version):
            return web.Response(status=204)
        body = {
            "version": self._state.version,
            "messages": self.messages(),
            "pagerduty": list(self._state.incidents.values()),
            "replies": list(self._presses.replies),
        }
        return web.json_response(body, headers=_HEADERS)

    async def _faults(self, request: web.Request) -> web.Response:
        """Take `{"kind": …, "count": n, "path": …}`. Only as JSON, which no other site's form can send."""
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            body = await request.json()
            self.faults.add(str(body["kind"]), int(body.get("count", 1)), str(body.get("path", "/")))
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.json_response({"error": "kind, count, path", "kinds": KINDS}, status=400)
        return web.json_response({"ok": True})
