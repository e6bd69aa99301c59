"""Slack's Socket Mode: the same requests over a connection that we open, where nothing can reach us.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import logging
from typing import Any
from urllib.parse import urlencode

import psycopg
import structlog
from psycopg_pool import PoolTimeout
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from inbound.contract import Answer, Refused
from inbound.server import HookServer
from inbound.slack import SlackRequests
from inbound.slack_commands import command_of
from telemetry.metrics import HOOKS

__all__ = ["SlackSocket"]

DEADLINE = 2.5  # seconds; Slack waits for 3
TRY_AGAIN_SECONDS = 15.0

_log = structlog.get_logger(__name__)
_quiet = logging.getLogger("seawall.slack.socket")
_quiet.setLevel(logging.CRITICAL)  # it logs payloads


class SlackSocket:
    """Keeps a connection open; Slack shares requests out among those there are.

    Args:
        token: `xapp-…`, a secret.
        requests: carries them out.
        replies: posts answers for people.
        api_url: Slack's Web API, or what plays it.
    """

    def __init__(self, token: str, requests: SlackRequests, replies: HookServer, *, api_url: str) -> None:
        self._token = token
        self._requests = requests
        self._replies = replies
        self._api_url = api_url

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            client = SocketModeClient(
                app_token=self._token, web_client=AsyncWebClient(base_url=self._api_url, logger=_quiet), logger=_quiet
            )
            client.socket_mode_request_listeners.append(self._take)
            try:
                await client.connect()  # type: ignore[no-untyped-call]
                await asyncio.Event().wait()  # the library connects again by itself
            except Exception as problem:  # noqa: BLE001 -- whatever is wrong with Slack, alerts go on
                _log.warning("slack_socket_failed", problem=type(problem).__name__)
            finally:
                await client.close()  # type: ignore[no-untyped-call]
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        answer = await self._answer(request)
        HOOKS.labels("socket", str(answer.status)).inc()
        if answer.status == 200:  # noqa: PLR2004 -- what is not acknowledged, Slack tells the person of
            payload = dict(answer.body) if answer.body is not None else None
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        if answer.reply and answer.reply_to:
            self._replies.reply(answer.reply_to, answer.reply)

    async def _answer(self, request: SocketModeRequest) -> Answer:
        payload: dict[str, Any] = request.payload
        try:
            async with asyncio.timeout(DEADLINE):
                if request.type == "interactive":
                    return await self._requests.press(payload)
                if request.type == "slash_commands":
                    return await self._requests.command(command_of(urlencode(payload).encode()))
        except Refused as refused:
            return Answer(refused.status)
        except (psycopg.Error, PoolTimeout, TimeoutError) as problem:
            _log.warning("hook_put_off", path="socket", problem=type(problem).__name__)
            return Answer(503)
        return Answer()
