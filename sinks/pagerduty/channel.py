"""PagerDuty by the Events API v2. Our incident id is the dedup key, so that a repeated event changes nothing."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from pagerduty import EventsApiV2Client
from pagerduty.errors import Error as PagerDutyError

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
MAX_BODY = 4_096  # bytes of an answer that are read
BODY_SECONDS = 1.0  # for which it is waited for


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
        self._client.hear()

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
                self._client.trigger(dedup_key=key, **trigger(notice, self._renderer))
            else:
                self._client.send_event(action, dedup_key=key)
        except _Accepted:
            pass
        return key


class _Accepted(Exception):  # noqa: N818 -- no error
    """The event was taken, whatever the rest of the answer says."""


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

    def hear(self) -> None:
        """Judge each answer by its status, before the library waits for all of its body, or sleeps and tries again."""
        self.event_hooks = {"response": [_judge]}


def _judge(response: Any) -> None:
    """Raises what the answer means: https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic."""
    told = _told(_beginning(response))
    if response.status_code == _ACCEPTED:
        raise _Accepted
    if response.is_success:
        raise _Refused(Retryable(f"HTTP {response.status_code}, and no answer of PagerDuty's"))
    raise _Refused(meaning(response.status_code, response.headers, told))


def _beginning(response: Any) -> bytes:
    """What is worth reading of the body: an endless one must not keep its thread."""
    read, until = b"", time.monotonic() + BODY_SECONDS
    try:
        for chunk in response.iter_bytes():
            read += chunk
            if len(read) >= MAX_BODY or time.monotonic() > until:
                break
    except Exception:  # noqa: BLE001, S110 -- the status says already what became of the event
        pass
    return read[:MAX_BODY]


def _told(read: bytes) -> str:
    """PagerDuty's own words: `message` and `errors`."""
    try:
        body = orjson.loads(read)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    return " ".join(map(str, [body.get("message", ""), *(errors if isinstance(errors, list) else [])]))[:300]
