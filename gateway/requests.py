"""Bodies read from the wire, within bounds of size, time and memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.bounds import Bounds
from gateway.contract import Refused
from gateway.decoding import decoded

__all__ = ["Bodies", "GoneError", "Reading", "Receive"]

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

DRAIN_SECONDS = 1.0
_RETRY = 5  # seconds


class GoneError(Exception):
    """The sender closed the connection before the body was whole."""


class Reading:
    """A body as it comes in, part by part."""

    def __init__(self, receive: Receive, cycle: RequestResponseCycle | None = None) -> None:
        self._receive = receive
        self._cycle = cycle
        self.at_hand = cycle is not None and not cycle.more_body  # all of it has come, and is to be read
        self.whole = False  # all of it has been read

    async def part(self) -> bytes:
        """The next part. Raises GoneError."""
        if self.at_hand:
            return self._all()
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        self.whole = not message.get("more_body")
        return bytes(message.get("body", b""))

    def _all(self) -> bytes:
        """What has come, without the message that ASGI would make of it."""
        assert self._cycle is not None  # it is at hand
        if self._cycle.disconnected:
            raise GoneError
        body, self._cycle.body = bytes(self._cycle.body), bytearray()
        self.whole = True
        return body

    async def drain(self) -> None:
        """Let the rest come in, for a while: a sender that is cut off while it sends does not see the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.whole:
                    await self.part()


class Bodies:
    """Reads bodies, and knows how much of them is in memory."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.buffered = 0  # bytes of all requests under way

    async def read(self, headers: Mapping[bytes, bytes], reading: Reading) -> bytes:
        """The whole body, decompressed.

        Raises:
            Refused: too large, too slow, or not compressed as it says.
            GoneError: nobody is there to be answered.
        """
        limit = self._bounds.body
        if (said := headers.get(b"content-length")) is not None and (not said.isdigit() or int(said) > limit):
            raise _too_large(limit)
        try:
            if reading.at_hand:  # as most are: a timer would cost more than the reading
                body = await self._whole(reading, limit)
            else:
                async with asyncio.timeout(self._bounds.body_seconds):
                    body = await self._whole(reading, limit)
        except TimeoutError:
            raise Refused(408, "slow", f"the body took longer than {self._bounds.body_seconds:g} s") from None
        return decoded(body, headers.get(b"content-encoding"), self._bounds.decoded)

    async def _whole(self, reading: Reading, limit: int) -> bytes:
        first = await reading.part()
        if len(first) > limit:
            raise _too_large(limit)
        if reading.whole:
            return first
        parts, size = [first], len(first)
        with self._counted() as count:
            count(size)
            while not reading.whole:
                parts.append(await reading.part())
                size += len(parts[-1])
                if size > limit:
                    raise _too_large(limit)
                count(len(parts[-1]))
        return b"".join(parts)

    @contextmanager
    def _counted(self) -> Iterator[Callable[[int], None]]:
        """Count what comes in, and no longer once it is read."""
        mine = 0

        def count(size: int) -> None:
            nonlocal mine
            mine += size
            self.buffered += size
            if self.buffered > self._bounds.buffered:
                raise Refused(503, "busy", "too many large bodies at once", _RETRY)

        try:
            yield count
        finally:
            self.buffered -= mine


def _too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"the body is larger than {limit} bytes")
