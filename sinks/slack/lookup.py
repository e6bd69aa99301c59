"""Find a message that was posted although its answer never came, by the delivery's id in its metadata."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from sinks.contract import Notice, Rejected, Retryable
from sinks.slack.message import EVENT_TYPE

__all__ = ["Lookup"]

Call = Callable[..., Awaitable[AsyncSlackResponse]]

CLOCKS = timedelta(minutes=1)  # Slack's clock and ours may differ by so much
PAGE = 200
MAX_PAGES = 10
# A conversation with a person, say, has scopes of its own: https://docs.slack.dev/reference/methods/conversations.history#errors
_MAY_NOT_READ = frozenset(
    {
        "access_denied",
        "channel_not_found",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "no_permission",
        "not_in_channel",
    }
)
_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{7,}")

_log = structlog.get_logger(__name__)


class Lookup:
    """Reads channels. Names of channels are remembered: reading wants ids, posting takes both."""

    def __init__(self, client: AsyncWebClient, call: Call) -> None:
        self._client = client
        self._call = call
        self._ids: dict[str, str] = {}

    def learn(self, name: str, channel: str) -> None:
        """Remember a channel's id, as an answer told it."""
        self._ids[name] = channel

    async def in_channel(self, notice: Notice, target: str) -> dict[str, Any] | None:
        """Where the delivery's message is, or None. Raises Retryable or Rejected."""
        try:
            return await self._in_channel(notice, target)
        except (Retryable, Rejected) as error:
            if not _is_blind(error, target):
                raise
            return None

    async def _in_channel(self, notice: Notice, target: str) -> dict[str, Any] | None:
        channel = await self._channel_id(target)
        if channel is None:
            _log.warning("slack_channel_not_listed", target=target, consequence="a message may be shown twice")
            return None
        oldest = _oldest(notice)
        async for message in self._pages(
            self._client.conversations_history, "messages", channel=channel, oldest=oldest
        ):
            top = message.get("thread_ts", message["ts"]) == message["ts"]  # not a line of a thread, shown here too
            if top and _is(message, notice):
                return {"channel": channel, "ts": message["ts"]}
        return None

    async def in_thread(self, notice: Notice, ref: dict[str, Any]) -> str | None:
        """The `ts` of the delivery's line in the thread, or None. Raises Retryable or Rejected."""
        try:
            return await self._in_thread(notice, ref)
        except (Retryable, Rejected) as error:
            if not _is_blind(error, notice.target):
                raise
            return None

    async def _in_thread(self, notice: Notice, ref: dict[str, Any]) -> str | None:
        replies = self._pages(
            self._client.conversations_replies, "messages", channel=ref["channel"], ts=ref["ts"], oldest=_oldest(notice)
        )
        async for message in replies:
            if _is(message, notice):
                return str(message["ts"])
        return None

    async def _channel_id(self, target: str) -> str | None:
        if _CHANNEL_ID.fullmatch(target):
            return target
        if target not in self._ids:
            names = self._pages(
                self._client.conversations_list,
                "channels",
                exclude_archived=True,
                types="public_channel,private_channel",
            )
            async for channel in names:
                self._ids[f"#{channel['name']}"] = channel["id"]
        return self._ids.get(target) or self._ids.get(f"#{target}")

    async def _pages(self, method: Call, key: str, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        if key == "messages":
            arguments["include_all_metadata"] = True
        cursor = None
        for _ in range(MAX_PAGES):
            page = await self._call(method, limit=PAGE, **arguments, **({"cursor": cursor} if cursor else {}))
            for item in page[key]:
                yield item
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def _is_blind(error: Retryable | Rejected, target: str) -> bool:
    """Whether we may post and not read: then nothing is found, as shown twice is better than never."""
    if error.reason not in _MAY_NOT_READ:
        return False
    _log.warning("slack_may_not_read", target=target, why=error.reason, consequence="a message may be shown twice")
    return True


def _oldest(notice: Notice) -> str:
    since = (notice.attempted_at or notice.opened_at) - CLOCKS
    return f"{since.timestamp():.6f}"


def _is(message: dict[str, Any], notice: Notice) -> bool:
    told = message.get("metadata") or {}
    payload = told.get("event_payload") or {}
    return told.get("event_type") == EVENT_TYPE and payload.get("delivery") == str(notice.delivery_id)
