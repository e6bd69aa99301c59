"""Webhooks by Standard Webhooks: signed, with an id by which a receiver knows a repeated one.

https://www.standardwebhooks.com
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from sinks.answers import not_set_up
from sinks.contract import Notice, Receipt
from sinks.message import attempt_key
from sinks.posting import Posted, Poster
from sinks.webhook.event import event_of
from sinks.webhook.guard import Guard
from sinks.webhook.signing import signed_headers

__all__ = ["Endpoint", "Webhook"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a target's events go, and what signs them."""

    url: str
    keys: list[bytes]


class Webhook(Posted):
    """Sends every transition, updates as well: programs want them all.

    Args:
        endpoints: by the target's name; secrets.
        guard: says where events may go.
        poster: sends requests, with the guard as its resolver.
        clock: seconds since 1970, for the signatures.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        guard: Guard,
        poster: Poster,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(poster)
        self._endpoints = endpoints
        self._guard = guard
        self._clock = clock

    async def close(self) -> None:
        """Close the connections."""
        await super().close()
        await self._guard.close()

    async def send(self, notice: Notice) -> Receipt:
        """Post the event. Raises Retryable or Rejected."""
        endpoint = self._endpoints.get(notice.target)
        if endpoint is None:
            raise not_set_up(notice.target, "URL")
        self._guard.check(endpoint.url)
        body = orjson.dumps(event_of(notice))
        message_id = _message_id(notice)
        headers = signed_headers(endpoint.keys, message_id, int(self._clock()), body)
        answer = await self._poster.send(endpoint.url, body, headers=headers)
        return Receipt(reply=f"HTTP {answer.status} {message_id}")


def _message_id(notice: Notice) -> str:
    """The same at every attempt; without the dots that the signature is joined with."""
    return f"msg_{attempt_key(notice).hex()[:32]}"
