"""Buttons pressed at the desk: sent to our hooks as Slack sends them, signed, and answers for the person taken.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

import json
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from seawall.desk.state import Clock, State

__all__ = ["Hooks", "Presses"]

PATIENCE = 3.0  # seconds, as Slack's
MAX_REPLIES = 100
USER = {"id": "U00000001", "username": "desk", "name": "desk", "team_id": "T00000001"}


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where the hooks are, without a slash at the end, and the secret that the desk signs with."""

    url: str
    secret: str


class Presses:
    """Presses buttons.

    Args:
        state: what is shown.
        clock: for the times of presses.
        hooks: None: nobody hears of presses.
        own_url: gives the desk's own address.
    """

    def __init__(self, state: State, clock: Clock, hooks: Hooks | None, own_url: Any) -> None:
        self._state = state
        self._clock = clock
        self._hooks = hooks
        self._own_url = own_url
        self.replies: deque[str] = deque(maxlen=MAX_REPLIES)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the page's address for presses, and that of answers."""
        router.add_post("/press", self._press)
        router.add_post("/replies", self._reply)

    async def _press(self, request: web.Request) -> web.Response:
        """Take `{"channel": …, "ts": …, "action_id": …}`. Only as JSON, which no other site's form can send."""
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            body = await request.json()
            key, action_id = (str(body["channel"]), str(body["ts"])), str(body["action_id"])
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": "channel, ts, action_id"}, status=400)
        button = next((one for one in _buttons(self._state.messages.get(key)) if one["action_id"] == action_id), None)
        if button is None:
            return web.json_response({"error": "there is no such button"}, status=404)
        if self._hooks is None:
            return web.json_response({"error": "nobody hears of it: set SEAWALL_HOOKS_PORT"}, status=503)
        status = await self._send(self._hooks, key, button)
        return web.json_response({"ok": status == web.HTTPOk.status_code, "status": status})

    async def _send(self, hooks: Hooks, key: tuple[str, str], button: dict[str, Any]) -> int:
        channel, ts = key
        pressed: dict[str, Any] = {
            name: button[name] for name in ("type", "action_id", "value", "block_id", "text") if name in button
        }
        payload = {
            "type": "block_actions",
            "user": USER,
            "team": {"id": USER["team_id"], "domain": "desk"},
            "channel": {"id": channel},
            "container": {"type": "message_attachment", "channel_id": channel, "message_ts": ts},
            "response_url": f"{self._own_url()}/replies",
            "trigger_id": self._clock.ts(),
            "actions": [{**pressed, "action_ts": self._clock.ts()}],
        }
        body = urlencode({"payload": json.dumps(payload)})
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": str(SignatureVerifier(hooks.secret).generate_signature(timestamp=stamp, body=body)),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
                session.post(f"{hooks.url}/hooks/slack/actions", data=body, headers=headers) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return web.HTTPBadGateway.status_code

    async def _reply(self, request: web.Request) -> web.Response:
        """What only the person who pressed is to see."""
        body = await request.json()
        if not isinstance(body, dict) or not isinstance(body.get("text"), str):
            return web.Response(status=400, text="invalid_payload")
        self.replies.append(body["text"])
        self._state.version += 1
        return web.Response(text="ok")


def _buttons(message: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The buttons of a message, each with the id of its block."""
    if message is None:
        return []
    blocks = [*message.get("blocks", ()), *(block for one in message.get("attachments", ()) for block in one["blocks"])]
    return [
        {**element, "block_id": block.get("block_id", "")}
        for block in blocks
        if block.get("type") == "actions"
        for element in block["elements"]
    ]
