"""HTTP for channels: one request, no redirect, no retry; the answer's body is read only as far as it is worth."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver

from sinks.answers import meaning
from sinks.contract import Rejected, Retryable
from sinks.loopback import is_loopback

__all__ = ["Answer", "Posted", "Poster"]

TIMEOUT = 8.0  # seconds for the request; below the deadline of an attempt
MAX_BODY = 4_096  # bytes of the answer that are read
BODY_SECONDS = 1.0  # for which an accepted request's answer is waited for
_OK = range(200, 300)
_USER_AGENT = "seawall"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of 2xx."""

    status: int
    headers: Mapping[str, str]
    text: str  # its beginning

    def json(self) -> dict[str, Any]:
        """The body where it is a JSON object, else an empty one."""
        try:
            body = orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return {}
        return body if isinstance(body, dict) else {}


class Poster:
    """Sends requests.

    Args:
        timeout: seconds for one request.
        resolver: looks host names up; None: the system does. With one, no proxy is used: it would look them up itself.
    """

    def __init__(self, *, timeout: float = TIMEOUT, resolver: AbstractResolver | None = None) -> None:
        self._timeout = timeout
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the connection pool."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            connector=aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=self._resolver is None),
            headers={"User-Agent": _USER_AGENT},
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(
        self,
        url: str,
        body: bytes,
        *,
        method: str = "POST",
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request. Raises Retryable or Rejected, neither of which holds the URL: it may be a secret."""
        assert self._session is not None, "not open"
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": content_type, **(headers or {})},
                allow_redirects=False,
                proxy=None if self._resolver else _proxy(url),
            ) as response:
                text = _without_login(await _beginning(response), headers or {})
                if response.status not in _OK:
                    raise meaning(response.status, response.headers, text)
                return Answer(response.status, response.headers, text)
        except aiohttp.InvalidURL:
            raise Rejected("the URL in the settings is not one") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _from_network(error) from None

    async def send_json(
        self, url: str, body: Any, *, method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a value as JSON. Raises Retryable or Rejected."""
        return await self.send(url, orjson.dumps(body), method=method, headers=headers)


class Posted:
    """What channels that post have in common.

    Args:
        poster: opened and closed with the channel.
    """

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def open(self) -> None:
        """Make the connection pool."""
        await self._poster.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """What is worth reading of the body. The status says already what became of the request: no body is waited for."""
    read = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while len(read) < MAX_BODY and (chunk := await response.content.read(MAX_BODY - len(read))):
                read += chunk
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    return read.decode("utf-8", "replace")


def _without_login(text: str, headers: Mapping[str, str]) -> str:
    """The answer without what we logged in with, in the form in which it was sent."""
    login = headers.get("Authorization", "").rpartition(" ")[2]
    return text.replace(login, "[secret]") if login else text


def _proxy(url: str) -> str | None:
    """The environment's proxy for the URL."""
    parts = urlsplit(url)
    if is_loopback(url) or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _from_network(error: aiohttp.ClientError | OSError) -> Retryable:
    """No answer came. Its text is left out: it may hold the URL."""
    reached = not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return Retryable(f"network: {type(error).__name__}", maybe_accepted=reached)
