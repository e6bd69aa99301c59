"""Slack by bot token: one living message an incident, updated in place, its history in the thread.

A post carries its delivery's id as metadata, so that one whose answer got lost is found again instead of posted twice.
Scopes: chat:write, channels:history and channels:read (groups:… for private channels). https://docs.slack.dev/messaging
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from sinks.contract import Notice, Receipt, Rejected, Retryable
from sinks.loopback import is_loopback
from sinks.rendering import BUILT_IN, Renderer
from sinks.slack.failures import from_api, from_network, no_redirects
from sinks.slack.lookup import Lookup
from sinks.slack.message import history, living, metadata

__all__ = ["SLACK_API", "SlackBot"]

SLACK_API = "https://slack.com/api/"
# The living message is gone or closed to us: a new one takes its place.
_ABOUT_WHAT_IS_SHOWN = frozenset({"resolve", "ignore", "assign", "comment"})
_URGENT = frozenset({"open", "escalate", "reopen", "remind", "page", "unanswered"})
_GONE = {"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed", "update_failed"}
# The message as it looks is refused: its text alone tells enough.
_REFUSED_LOOKS = {
    "invalid_attachments",
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "too_many_attachments",
}

_quiet = logging.getLogger("seawall.slack.bot")
_quiet.setLevel(logging.WARNING)


class SlackBot:
    """Posts as a bot.

    Args:
        token: `xoxb-…`, a secret.
        api_url: Slack's Web API, or what plays it.
        timeout: seconds for one request.
        interactive: whether messages have buttons.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str = SLACK_API,
        timeout: int = 8,
        interactive: bool = False,
        renderer: Renderer = BUILT_IN,
    ) -> None:
        self._renderer = renderer
        self._token = token
        self._interactive = interactive
        self._api_url = api_url
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._client = AsyncWebClient()
        self._lookup = Lookup(self._client, self._call)

    async def open(self) -> None:
        """Make the connection pool."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout), trace_configs=[no_redirects()]
        )
        self._client = AsyncWebClient(
            self._token,
            base_url=self._api_url,
            timeout=self._timeout,
            session=self._session,
            logger=_quiet,
            retry_handlers=[],  # ours is the only retry: the library's would post twice
        )
        if is_loopback(self._api_url):
            self._client.proxy = None  # the library took it from the environment
        self._lookup = Lookup(self._client, self._call)

    async def send(self, notice: Notice) -> Receipt:
        """Post or refresh the incident's message, and add to its thread. Raises Retryable or Rejected."""
        if notice.ref is None or "ts" not in notice.ref:
            if notice.kind in _ABOUT_WHAT_IS_SHOWN and not notice.in_doubt:
                return Receipt(reply="nothing of it was shown", shown=False)
            return await self._open(notice)
        ref = await self._refresh(notice, notice.ref)
        if ref is notice.ref and notice.kind not in ({"update"} if notice.grouped else {"open", "update"}):
            line = await self._reply(notice, ref)
            return Receipt(reply=f"ok ts={line}", ref=ref)
        return Receipt(reply=f"ok ts={ref['ts']}", ref=ref)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _open(self, notice: Notice) -> Receipt:
        found = await self._lookup.in_channel(notice, notice.target) if notice.in_doubt else None
        if found is None:
            sent = await self._show(
                self._client.chat_postMessage,
                notice,
                channel=notice.target,
                metadata=metadata(notice.delivery_id),
                unfurl_links=False,
                unfurl_media=False,
            )
            found = {"channel": sent["channel"], "ts": sent["ts"]}
            self._lookup.learn(notice.target, sent["channel"])
        ref = {**found, "delivery": notice.delivery_id}
        return Receipt(reply=f"ok ts={found['ts']}", ref=ref)

    async def _reply(self, notice: Notice, ref: dict[str, Any]) -> str:
        """The line in the thread, once; what is urgent is shown in the channel too, or nobody would see it."""
        if notice.in_doubt and (found := await self._lookup.in_thread(notice, ref)):
            return found
        sent = await self._call(
            self._client.chat_postMessage,
            channel=ref["channel"],
            thread_ts=ref["ts"],
            reply_broadcast=notice.kind in _URGENT,
            metadata=metadata(notice.delivery_id),
            unfurl_links=False,
            unfurl_media=False,
            **history(notice),
        )
        return str(sent["ts"])

    async def _refresh(self, notice: Notice, ref: dict[str, Any]) -> dict[str, Any]:
        try:
            await self._show(
                self._client.chat_update,
                notice,
                channel=ref["channel"],
                ts=ref["ts"],
                metadata=metadata(ref.get("delivery", notice.delivery_id)),
            )
        except _Gone:
            receipt = await self._open(notice)
            assert receipt.ref is not None
            return receipt.ref
        return ref

    async def _show(
        self, method: Callable[..., Awaitable[AsyncSlackResponse]], notice: Notice, **where: Any
    ) -> AsyncSlackResponse:
        """The incident's message; where Slack refuses how it looks, its text alone: better than nothing."""
        looks = living(notice, self._renderer, interactive=self._interactive)
        try:
            return await self._call(method, **where, **looks)
        except Rejected as refused:
            if refused.reason not in _REFUSED_LOOKS:
                raise
        return await self._call(method, **where, text=looks["text"], attachments=[])

    async def _call(self, method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any) -> AsyncSlackResponse:
        try:
            return await method(**arguments)
        except SlackApiError as error:
            data = getattr(error.response, "data", None)
            if isinstance(data, dict) and data.get("error") in _GONE:
                raise _Gone(str(data["error"])) from None
            raise from_api(error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise from_network(error) from None


class _Gone(Retryable):
    """The message to update is not there any more."""
