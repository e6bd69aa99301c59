"""The addresses over HTTP. Behind whatever ends TLS: vendors ask for https."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psycopg
import structlog
from aiohttp import web
from psycopg_pool import PoolTimeout

from inbound.contract import Answer, Hook, Refused, Request
from telemetry.metrics import HOOKS

__all__ = ["HookServer", "may_reply_to"]

MAX_BODY = 256 * 1024
DEADLINE = 2.5  # seconds; Slack waits for 3
REPLY_SECONDS = 5.0
SLACK_REPLIES = "hooks.slack.com"

_log = structlog.get_logger(__name__)


class HookServer:
    """Serves hooks until closed.

    Args:
        hooks: what is served.
        reply_hosts: besides Slack's, hosts with ports that answers for people may be posted to.
    """

    def __init__(self, hooks: Iterable[Hook], reply_hosts: Iterable[str] = ()) -> None:
        self._reply_hosts = frozenset(reply_hosts)
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._app = web.Application(client_max_size=MAX_BODY)
        for hook in hooks:
            self._app.router.add_post(hook.path, self._serve(hook))

    async def open(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError where it is taken."""
        runner = self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return int(runner.addresses[0][1])

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, hook: Hook) -> Any:
        async def handler(request: web.Request) -> web.Response:
            answer = await self._answer(hook, request)
            HOOKS.labels(hook.path, str(answer.status)).inc()
            if answer.reply and answer.reply_to:
                self.reply(answer.reply_to, answer.reply)
            if answer.markup is not None:
                return web.Response(status=answer.status, text=answer.markup, content_type="text/xml")
            if answer.body is None:
                return web.Response(status=answer.status)
            return web.json_response(dict(answer.body), status=answer.status)

        return handler

    async def _answer(self, hook: Hook, request: web.Request) -> Answer:
        try:
            async with asyncio.timeout(DEADLINE):
                body = await request.read()
                headers = {name.lower(): value for name, value in request.headers.items()}
                return await hook.take(Request(headers, body, request.rel_url.raw_query_string))
        except Refused as refused:
            _log.warning("hook_refused", path=hook.path, why=str(refused))
            return Answer(refused.status, {"error": str(refused)})
        except (psycopg.Error, PoolTimeout, TimeoutError) as problem:
            _log.warning("hook_put_off", path=hook.path, problem=type(problem).__name__)
            return Answer(503, {"error": "try again"})

    def reply(self, address: str, text: str) -> None:
        """Post a text for the person alone, in the background."""
        if not may_reply_to(address, self._reply_hosts):
            _log.warning("reply_address_refused")
            return
        task = asyncio.create_task(_post(address, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def may_reply_to(address: str, hosts: frozenset[str]) -> bool:
    """Whether an address that a request names is Slack's, or one of `hosts`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme == "https" and parts.netloc == SLACK_REPLIES) or parts.netloc in hosts


async def _post(address: str, text: str) -> None:
    body = {"response_type": "ephemeral", "replace_original": False, "text": text}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REPLY_SECONDS)) as session,
            session.post(address, json=body, allow_redirects=False),
        ):
            pass
    except (aiohttp.ClientError, TimeoutError, OSError) as problem:
        _log.warning("reply_failed", problem=type(problem).__name__)
