"""The ASGI application: one request from its head to its answer. It wants the server of `connections`.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cache, lru_cache
from itertools import count
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import structlog
from prometheus_client import Counter, Histogram

from gateway.answering import respond
from gateway.authorizing import authorize
from gateway.connections import CYCLE
from gateway.contract import TOLD, Accepted, Answer, Endpoint, Received, Refusal, Refused
from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.origins import origin_headers, preflight_headers
from gateway.protocols.common import json_answer, refused_as_detail
from gateway.requests import Bodies, GoneError, Reading, Receive
from gateway.routing import Found, find
from gateway.writing import Writer
from sinks.postgres.projects import GatewayKey
from telemetry.metrics import (
    GATEWAY_BYTES,
    GATEWAY_IGNORED,
    GATEWAY_LOST,
    GATEWAY_RECORDS,
    GATEWAY_REFUSED,
    GATEWAY_SECONDS,
)

__all__ = ["Gateway"]

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Scope = MutableMapping[str, Any]

MAX_QUERY_FIELDS = 50
# Ids of requests: no two processes have the same half, and no two requests of one the same other half.
_PROCESS = os.urandom(8).hex()
_NUMBERS = count()
_NONE: Mapping[str, str] = MappingProxyType({})
_HEALTHY = json_answer(200, {"status": "ok"})
_UNHEALTHY = json_answer(503, {"status": "records can neither be written nor kept"})

_log = structlog.get_logger(__name__)


class Gateway:
    """The application.

    Args:
        keys: who may send.
        bodies: reads what they send.
        allowance: how much each of them may send.
        writer: takes it on.
    """

    def __init__(self, keys: KeyBook, bodies: Bodies, allowance: Allowance, writer: Writer) -> None:
        self._keys = keys
        self._bodies = bodies
        self._allowance = allowance
        self._writer = writer

    @property
    def ready(self) -> bool:
        """Whether anything sent now would be taken."""
        return self._keys.loaded and self._writer.ready

    async def __call__(self, scope: Scope, receive: Receive, _: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        found = find(scope["path"])
        cycle = scope[CYCLE]
        reading = Reading(receive, cycle)
        try:
            answer = await self._answer(scope, found, reading)
            if not reading.whole:
                await reading.drain()
        except GoneError:
            return
        await respond(answer, cycle, last=not reading.whole)
        _seconds(found.endpoint.protocol if found else "other").observe(time.perf_counter() - began)

    async def _answer(self, scope: Scope, found: Found | None, receive: Reading) -> Answer:
        received = _received(scope, found)
        if found is None:
            return self._page(scope, received)
        origin = received.headers.get(b"origin")
        if scope["method"] == "OPTIONS":
            return self._preflight(received, origin)
        try:
            answer = await self._take(scope, found, received, receive)
        except Refused as refused:
            answer = self._refuse(found.endpoint, refused.refusal, received)
        except GoneError:
            raise
        except Exception as error:  # noqa: BLE001 -- a request of a stranger must not end more than itself
            # No traceback: it may hold what was sent.
            _log.error("request_failed", protocol=found.endpoint.protocol, error=type(error).__name__)
            refusal = Refusal(500, "failed", "the gateway failed at this request")
            answer = self._refuse(found.endpoint, refusal, received)
        if origin is not None and self._keys.allows(origin.decode("latin-1")):
            answer = answer._replace(headers=(*answer.headers, *origin_headers(origin)))
        return answer

    async def _take(self, scope: Scope, found: Found, received: Received, receive: Reading) -> Answer:
        endpoint = found.endpoint
        if scope["method"] not in endpoint.methods:
            raise Refused(405, "method", "the method is not taken here")
        early = endpoint.find_key(received)
        key = None
        if early is not None:
            key = self._authorized(early, found, received)  # strangers are told so before they are read
        at_once = receive.at_hand
        received.body = await self._bodies.read(received.headers, receive)
        if key is None or not at_once:  # it may have been revoked while the body came
            key = self._authorized(early or endpoint.find_key(received), found, received)
        received.project, received.environment = key.project, key.environment
        received.secret = key.secret_hash is not None
        accepted = endpoint.read(received)
        for kind, times in accepted.ignored.items():
            GATEWAY_IGNORED.labels(kind).inc(times)
        for reason, times in accepted.lost.items():
            GATEWAY_LOST.labels(reason).inc(times)
        if accepted.records:
            await self._allowance.take(key, len(accepted.records))
            await self._writer.write(accepted.records, key, received.new_id)
            taken, size = _taken(endpoint.protocol)
            taken.inc(len(accepted.records))
            size.inc(len(received.body))
        if accepted.told:
            await self._tell(accepted, key, received)
        return accepted.answer

    async def _tell(self, accepted: Accepted, key: GatewayKey, received: Received) -> None:
        if accepted.secret and key.public_key is not None:
            raise Refused(403, "public_key", f"{', '.join(accepted.told)}: only with a secret key")
        await self._allowance.take(key, sum(map(len, accepted.told.values())), of=TOLD)
        for topic, records in accepted.told.items():
            await self._writer.tell(topic, records, received.new_id)

    def _authorized(self, text: str | None, found: Found, received: Received) -> GatewayKey:
        key = self._keys.find(text)
        authorize(key, project=found.project, origin=_origin(received, found.endpoint))
        return key

    @staticmethod
    def _refuse(endpoint: Endpoint, refusal: Refusal, received: Received) -> Answer:
        GATEWAY_REFUSED.labels(endpoint.protocol, refusal.reason).inc()
        return endpoint.refuse(refusal, received)

    def _page(self, scope: Scope, received: Received) -> Answer:
        if scope["path"] == "/health" and scope["method"] in {"GET", "HEAD"}:
            return _HEALTHY if self.ready else _UNHEALTHY
        GATEWAY_REFUSED.labels("other", "no_endpoint").inc()
        return refused_as_detail(Refusal(404, "no_endpoint", "nothing is taken at this address"), received)

    def _preflight(self, received: Received, origin: bytes | None) -> Answer:
        """A browser asks before it sends; the key is checked when it does, for here it is not told yet."""
        if origin is None or not self._keys.allows(origin.decode("latin-1")):
            return Answer(403)
        asked = received.headers.get(b"access-control-request-headers", b"content-type")
        return Answer(204, headers=preflight_headers(origin, asked))


def _origin(received: Received, endpoint: Endpoint) -> str | None:
    """The page that sends, where a browser does."""
    origin = received.headers.get(b"origin")
    if origin is None or (endpoint.opaque_origin and origin == b"null"):
        return None
    return origin.decode("latin-1")


def _received(scope: Scope, found: Found | None) -> Received:
    query = scope["query_string"]
    return Received(
        dict(scope["headers"]),
        _fields(query) if query else _NONE,
        new_id=f"{_PROCESS}{next(_NUMBERS):016x}",
        path=found.path if found is not None else _NONE,
        at=time.time(),
    )


@lru_cache(1_024)  # a sender's query is the same each time
def _fields(query: bytes) -> Mapping[str, str]:
    return dict(parse_qsl(query.decode("latin-1"))) if query.count(b"&") < MAX_QUERY_FIELDS else _NONE


@cache  # finding a metric by its labels costs more than counting
def _taken(protocol: str) -> tuple[Counter, Counter]:
    return GATEWAY_RECORDS.labels(protocol), GATEWAY_BYTES.labels(protocol)


@cache
def _seconds(protocol: str) -> Histogram:
    return GATEWAY_SECONDS.labels(protocol)
