"""PagerDuty by the Events API v2. Our incident id is the dedup key, so that a repeated event changes nothing."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pagerduty import EventsApiV2Client
from pagerduty.errors import Error as PagerDutyError
from pagerduty.errors import ServerHttpError

from sinks.answers import meaning
from sinks.contract import Notice, Receipt, Rejected, Retryable
from sinks.loopback import is_loopback
from sinks.pagerduty.event import action_of, key_of, severity_of, trigger
from sinks.rendering import BUILT_IN, Renderer

__all__ = ["PAGERDUTY_EVENTS", "PagerDuty"]

PAGERDUTY_EVENTS = "https://events.pagerduty.com"
THREADS = 8  # the library blocks
UNSEEN = frozenset({"assign", "comment", "summary"})  # it has no event for these
_ACCEPTED = 202


class PagerDuty:
    """Triggers, acknowledges and resolves.

    Args:
        routing_key: of the integration, a secret.
        events_url: where the Events API is, or what plays it.
        timeout: seconds for connecting, for writing and for each read.
    """

    def __init__(
        self,
        routing_key: str,
        *,
        events_url: str = PAGERDUTY_EVENTS,
        timeout: int = 4,
        renderer: Renderer = BUILT_IN,
    ) -> None:
        self._renderer = renderer
        self._routing_key = routing_key
        self._events_url = events_url
        self._timeout = timeout
        self._threads: ThreadPoolExecutor | None = None
        self._client: _Client | None = None

    async def open(self) -> None:
        """Make the client and its threads."""
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pagerduty")
        self._client = _Client(
            self._routing_key, base_url=self._events_url, trust_env=not is_loopback(self._events_url)
        )
        self._client.timeout = self._timeout

    async def send(self, notice: Notice) -> Receipt:
        """Send the event. Raises Retryable or Rejected."""
        ref = {"dedup_key": key_of(notice), "severity": severity_of(notice.severity)}
        if (notice.ref == ref and notice.kind == "update") or notice.kind in UNSEEN:
            return Receipt(reply="nothing that PagerDuty shows has changed", ref=notice.ref, shown=False)
        if notice.also and action_of(notice) != "trigger":
            return Receipt(reply="others of the same incident are live", ref=notice.ref, shown=False)
        loop = asyncio.get_running_loop()
        try:
            key = await loop.run_in_executor(self._threads, self._enqueue, notice)
        except _Refused as error:
            raise error.meaning from None
        except PagerDutyError as error:
            raise Retryable(f"network: {type(error.__cause__ or error).__name__}") from None
        return Receipt(reply=f"accepted dedup_key={key}", ref=ref)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None and self._threads is not None:
            self._client.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _enqueue(self, notice: Notice) -> str:
        assert self._client is not None, "not open"
        action, key = action_of(notice), key_of(notice)
        try:
            if action == "trigger":
                return str(self._client.trigger(dedup_key=key, **trigger(notice, self._renderer)))
            return str(self._client.send_event(action, dedup_key=key))
        except ServerHttpError as error:  # an answer that the library cannot read
            if getattr(error.response, "status_code", None) != _ACCEPTED:
                raise
            return key  # the status said it all


class _Refused(Exception):  # noqa: N818 -- named as the contract names its own
    """An answer other than 202."""

    def __init__(self, meaning: Retryable | Rejected) -> None:
        super().__init__(meaning.reason)
        self.meaning = meaning


class _Client(EventsApiV2Client):
    """The library's client without its own retries, which would block a thread for minutes."""

    max_network_attempts = 0

    @property
    def url(self) -> str:
        """Where the API is."""
        return str(self._url)

    @url.setter
    def url(self, value: str) -> None:
        if not value.startswith("https://") and not is_loopback(value):
            raise ValueError("PagerDuty's URL must begin with https://, unless it is on this machine")
        self._url = value

    def postprocess(self, response: Any) -> None:
        """The library's hook for each answer, before it decides to sleep and try again.

        https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic
        """
        if not response.is_success:
            raise _Refused(meaning(response.status_code, response.headers, _told(response)))


def _told(response: Any) -> str:
    """PagerDuty's own words: `message` and `errors`."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    return " ".join(map(str, [body.get("message", ""), *(body.get("errors") or [])]))[:300]
