"""GELF over TCP, messages with a null byte after each, and over UDP.

https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import Any

from gateway.bounds import MAX_RECORD
from gateway.contract import Record, Refused
from gateway.listening.intake import LAST_SECONDS, Intake
from gateway.listening.streams import Incoming
from gateway.protocols.packets import CHUNK, Chunks, gelf_record

__all__ = ["GelfStream", "serve_udp"]

WAITING_BYTES = 16 * 1024 * 1024  # of datagrams that are not written yet; what comes then is left out
OVERHEAD = 300  # bytes that each of them takes beside its own
AT_ONCE = 1_000  # records
BUFFER_BYTES = 4 * 1024 * 1024  # of the socket, as far as the system allows


class GelfStream:
    """One conversation over TCP. The protocol has no answers: a sender is only held up."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, incoming: Incoming, writer: asyncio.StreamWriter) -> None:
        """Take messages up to the end; the last one may have no null byte."""
        del writer
        rest = bytearray()
        async for part in incoming.parts():
            rest += part
            if b"\0" in part:
                *whole, rest = rest.split(b"\0")
                incoming.hold(0)
                incoming.hold(sum(map(len, whole)) + len(rest))
                await self._take(whole)
                incoming.hold(0)
            if len(rest) > MAX_RECORD:
                raise Refused(413, "too_large", f"a message is larger than {MAX_RECORD} bytes")
            incoming.hold(len(rest))
        await self._take([rest])

    async def _take(self, messages: list[bytearray]) -> None:
        records = []
        for message in messages:
            if not message.strip():
                continue
            try:
                records.append(gelf_record(bytes(message)))
            except Refused as refused:
                self._intake.refused(refused)
        for start in range(0, len(records), AT_ONCE):
            await self._intake.take_patiently(records[start : start + AT_ONCE])


class _Datagrams(asyncio.DatagramProtocol):
    """Puts messages together, for `run` to take on."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._chunks = Chunks()
        self._waiting: deque[Record] = deque()
        self._size = 0
        self._wake = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        try:
            message: bytes | None = data
            if data.startswith(CHUNK):
                message = self._chunks.add(addr, data, asyncio.get_running_loop().time())
            if message:
                self._add(gelf_record(message))
        except Refused as refused:
            self._intake.refused(refused)

    def _add(self, record: Record) -> None:
        if self._size + len(record.value) + OVERHEAD > WAITING_BYTES:
            raise Refused(503, "busy", "too many datagrams")
        self._waiting.append(record)
        self._size += len(record.value) + OVERHEAD
        self._wake.set()

    async def run(self) -> None:
        """Take on what came, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Take on what waits."""
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            try:
                await self._intake.take_patiently(taken)
            finally:
                self._size -= sum(len(record.value) + OVERHEAD for record in taken)


async def serve_udp(listening: socket.socket, intake: Intake) -> None:
    """Take datagrams until cancelled."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    listening.setblocking(False)  # noqa: FBT003 -- the standard library's
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(intake), sock=listening
    )
    try:
        await protocol.run()
    finally:
        transport.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await protocol.flush()
