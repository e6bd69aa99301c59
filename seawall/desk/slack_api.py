"""Slack's Web API and incoming webhooks, as far as messages go: https://docs.slack.dev/reference/methods."""

import json
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from seawall.desk.pacing import Buckets
from seawall.desk.slack_rules import message_error
from seawall.desk.state import Clock, State

__all__ = ["SlackApi"]

# https://docs.slack.dev/apis/web-api/rate-limits: one message a second and channel, short bursts; tier 3: 50 a minute
POSTS_RATE, POSTS_BURST = 1.0, 10.0
CALLS_RATE, CALLS_BURST = 50 / 60, 50.0
MAX_PAGE = 999
_NAME = re.compile(r"#?([a-z0-9_.\-]{1,80})")
_ID = re.compile(r"C\d{8}")
_TOKEN = re.compile(r"Bearer (xox[bp]-[A-Za-z0-9-]{5,})")
_MESSAGE = ("text", "blocks", "attachments", "metadata")
BAD_TOKEN = "xoxb-invalid"  # noqa: S105 -- the one that the desk does not take

Method = Callable[[dict[str, Any]], "dict[str, Any]"]


class SlackError(Exception):
    """`{"ok": false, "error": …}`."""

    def __init__(self, code: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class SlackApi:
    """Takes what Slack takes, and answers as it does."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._posts = Buckets(POSTS_RATE, POSTS_BURST)
        self._calls = Buckets(CALLS_RATE, CALLS_BURST)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the paths under which Slack's client looks."""
        methods: dict[str, Method] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.list": self._list,
        }
        for name, method in methods.items():
            router.add_route("*", f"/api/{name}", _served(method))
        router.add_post("/services/{team}/{app}/{key}", self._webhook)

    def _auth_test(self, arguments: dict[str, Any]) -> dict[str, Any]:
        del arguments
        return {"ok": True, "team": "Desk", "user": "seawall", "team_id": "T00000001", "bot_id": "B00000001"}

    def _post(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments, make=True)
        if error := message_error(arguments):
            raise SlackError(error)
        thread = arguments.get("thread_ts")
        if thread and (channel, thread) not in self._state.messages:
            raise SlackError("thread_not_found")
        self._pace(self._posts, channel)
        message = {
            "channel": channel,
            "ts": self._clock.ts(),
            "via": "bot",
            **{name: arguments[name] for name in _MESSAGE if arguments.get(name)},
        }
        if thread:
            message |= {"thread_ts": thread, "broadcast": _true(arguments.get("reply_broadcast"))}
        self._state.change({"do": "post", "message": message})
        return {"ok": True, "channel": channel, "ts": message["ts"], "message": message}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, ts = self._channel(arguments), arguments.get("ts", "")
        if error := message_error(arguments):
            raise SlackError(error)
        if (channel, ts) not in self._state.messages:
            raise SlackError("message_not_found")
        self._pace(self._calls, "chat.update")
        fields = {name: arguments[name] for name in _MESSAGE if arguments.get(name)}
        edits = self._state.messages[channel, ts].get("edits", 0) + 1
        fields |= {"edited": self._clock.ts(), "edits": edits}
        self._state.change({"do": "update", "channel": channel, "ts": ts, "fields": fields})
        return {"ok": True, "channel": channel, "ts": ts, "text": fields.get("text", "")}

    def _history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        self._pace(self._calls, "conversations.history")
        top = [
            message
            for message in self._state.messages.values()
            if message["channel"] == channel and ("thread_ts" not in message or message.get("broadcast"))
        ]
        return _page(arguments, list(reversed(_within(top, arguments))), "messages")

    def _replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, ts = self._channel(arguments), arguments.get("ts", "")
        self._pace(self._calls, "conversations.replies")
        thread = self._state.thread(channel, ts)
        if not thread:
            raise SlackError("thread_not_found")
        return _page(arguments, thread[:1] + _within(thread[1:], arguments), "messages")

    def _list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channels = [{"id": channel, "name": name} for name, channel in self._state.channels.items()]
        return _page(arguments, channels, "channels")

    def _channel(self, arguments: dict[str, Any], *, make: bool = False) -> str:
        """The id. Posting takes names as well; the desk's bot is invited everywhere, except where nobody can be."""
        given = str(arguments.get("channel") or "")
        if _ID.fullmatch(given) and given in self._state.channels.values():
            return given
        name = _NAME.fullmatch(given)
        if not make or not name:
            raise SlackError("channel_not_found")
        if name[1].startswith("archived"):
            raise SlackError("is_archived")
        return self._state.channel_id(name[1])

    def _pace(self, buckets: Buckets, key: str) -> None:
        if wait := buckets.take(key):
            raise SlackError("ratelimited", wait)

    async def _webhook(self, request: web.Request) -> web.Response:
        """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors."""
        if request.match_info["key"] == "invalid":
            return web.Response(status=403, text="invalid_token")
        try:
            body = await request.json()
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        if not isinstance(body, dict):
            return web.Response(status=400, text="invalid_payload")
        if error := message_error(body):
            return web.Response(status=400, text=error)
        channel = self._state.channel_id("webhook")
        if wait := self._posts.take(channel):
            return web.Response(status=429, text="rate_limited", headers={"Retry-After": str(math.ceil(wait))})
        message = {name: body[name] for name in _MESSAGE if body.get(name)}
        message |= {"channel": channel, "ts": self._clock.ts(), "via": "webhook"}
        self._state.change({"do": "post", "message": message})
        return web.Response(text="ok")


def _served(method: Method) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        try:
            _authorize(request)
            return web.json_response(method(await _arguments(request)))
        except SlackError as error:
            body = {"ok": False, "error": error.code}
            if error.retry_after:
                headers = {"Retry-After": str(math.ceil(error.retry_after))}
                return web.json_response(body, status=429, headers=headers)
            return web.json_response(body)

    return handler


def _authorize(request: web.Request) -> None:
    header = request.headers.get("Authorization")
    if not header:
        raise SlackError("not_authed")
    token = _TOKEN.fullmatch(header)
    if not token or token[1] == BAD_TOKEN:
        raise SlackError("invalid_auth")


async def _arguments(request: web.Request) -> dict[str, Any]:
    """The arguments, from the query, a form or JSON; in the first two, objects come as JSON text."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return arguments | body
    arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in ("blocks", "attachments", "metadata"):
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                raise SlackError("invalid_blocks_format") from None
    return arguments


def _within(messages: list[dict[str, Any]], arguments: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    return [message for message in messages if oldest < float(message["ts"]) < latest]


def _page(arguments: dict[str, Any], items: list[dict[str, Any]], key: str) -> dict[str, Any]:
    try:
        limit, start = int(arguments.get("limit") or 100), int(arguments.get("cursor") or 0)
    except ValueError:
        raise SlackError("invalid_cursor") from None
    limit = min(max(limit, 1), MAX_PAGE)
    shown = items[start : start + limit]
    if key == "messages" and not _true(arguments.get("include_all_metadata")):
        shown = [{name: value for name, value in item.items() if name != "metadata"} for item in shown]
    more = start + limit < len(items)
    cursor = str(start + limit) if more else ""
    return {"ok": True, key: shown, "has_more": more, "response_metadata": {"next_cursor": cursor}}


def _true(value: Any) -> bool:
    return value in {True, "1", "true"}  # 1 is True
