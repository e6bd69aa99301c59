"""Slack by incoming webhook: posts only, and cannot find or change what it posted.

A delivery whose answer got lost is posted again: at least once. With a bot token it is once; see `bot.py`.
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import logging

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sinks.contract import Notice, Receipt
from sinks.loopback import is_loopback
from sinks.rendering import BUILT_IN, Renderer
from sinks.slack.failures import from_network, from_status, no_redirects
from sinks.slack.message import living

__all__ = ["SlackWebhook"]

_OK = range(200, 300)
MAX_DETAIL = 100

# The library logs whole requests, URL and all, where its logger is set to DEBUG.
_quiet = logging.getLogger("seawall.slack.webhook")
_quiet.setLevel(logging.WARNING)


class SlackWebhook:
    """Posts opens, escalations and resolves; plain updates would only be noise without a message to refresh.

    Args:
        url: `https://hooks.slack.com/services/T…/B…/…`, a secret; it belongs to one channel, whatever the target says.
        timeout: seconds for one request.
    """

    def __init__(self, url: str, *, timeout: int = 8, renderer: Renderer = BUILT_IN) -> None:
        self._renderer = renderer
        self._url = url
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebhookClient | None = None

    async def open(self) -> None:
        """Make the connection pool."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout), trace_configs=[no_redirects()]
        )
        self._client = AsyncWebhookClient(
            self._url,
            timeout=self._timeout,
            session=self._session,
            logger=_quiet,
            retry_handlers=[],  # ours is the only retry: the library's would post twice
        )
        if is_loopback(self._url):
            self._client.proxy = None  # the library took it from the environment

    async def send(self, notice: Notice) -> Receipt:
        """Post the notice. Raises Retryable or Rejected."""
        if notice.kind == "update":
            return Receipt(reply="a webhook cannot update a message", ref=notice.ref, shown=False)
        assert self._client is not None, "not open"
        body = living(notice, self._renderer) | {"unfurl_links": False, "unfurl_media": False}
        try:
            response = await self._client.send_dict(body)
        except (aiohttp.ClientError, OSError) as error:
            raise from_network(error) from None
        if response.status_code not in _OK:
            raise from_status(response.status_code, response.headers, response.body[:MAX_DETAIL]) from None
        return Receipt(reply=response.body[:MAX_DETAIL])

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
