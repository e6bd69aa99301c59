"""A TCP server whose connections are bounded: in number, and in time for a whole message; its size is the reader's."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

import structlog

from gateway.contract import Refused
from gateway.listening.certificates import Certificate
from gateway.listening.intake import Intake

__all__ = ["Conversation", "Incoming", "serve_tcp"]

CONNECTIONS = 256
IDLE_SECONDS = 60.0  # after which a connection makes way for another one, where there are so many
READ = 65_536  # bytes at a time
WHOLE_SECONDS = 30.0  # for a message, once it has begun
HELD_BYTES = 256 * 1024 * 1024  # of messages that are not whole, or not safe yet, of all connections
AGAIN_SECONDS = 0.1  # until the next connection is accepted after one could not be
CLOSE_SECONDS = 1.0
TLS_SECONDS = 10.0  # for the handshake

_log = structlog.get_logger(__name__)


class Room:
    """What connections hold together."""

    def __init__(self, limit: int = HELD_BYTES) -> None:
        self._limit = limit
        self._used = 0

    def change(self, difference: int) -> None:
        """Hold more, or less. Raises Refused (503) where there is no room, and then holds what it held."""
        if difference > 0 and self._used + difference > self._limit:
            raise Refused(503, "busy", "too much is held already")
        self._used += difference


class Incoming:
    """What comes over one connection, part by part."""

    def __init__(self, reader: asyncio.StreamReader, room: Room) -> None:
        self._reader = reader
        self._room = room
        self._held = 0
        self._until: float | None = None
        self.idle_since: float | None = None  # by the loop's clock; None: something is under way

    def hold(self, size: int) -> None:
        """Say how much is held: of a message that has begun, or of one that is being taken.

        Args:
            size: bytes; 0 whenever a message has become whole: the next one has its time to itself.

        Raises:
            Refused: all connections hold too much together.
        """
        self._room.change(size - self._held)
        self._held = size
        if not size:
            self._until = None

    async def parts(self) -> AsyncIterator[bytes]:
        """Its parts, up to the end. Raises TimeoutError where a message does not become whole."""
        loop = asyncio.get_running_loop()
        while True:
            if self._held and self._until is None:
                self._until = loop.time() + WHOLE_SECONDS
            self.idle_since = None if self._held else loop.time()
            async with asyncio.timeout_at(self._until):
                part = await self._reader.read(READ)
            self.idle_since = None
            if not part:
                return
            yield part


class Conversation(Protocol):
    """What is done with a connection. Raises Refused where the sender does not keep to the protocol."""

    async def __call__(self, incoming: Incoming, writer: asyncio.StreamWriter) -> None: ...  # noqa: D102


async def serve_tcp(
    listening: socket.socket, intake: Intake, converse: Conversation, tls: Certificate | None = None
) -> None:
    """Serve connections until cancelled; each is closed then.

    Args:
        listening: bound.
        intake: counts what is refused.
        converse: is told of each connection.
        tls: None: it is spoken in the clear. Connections count before their handshake: those are bounded as well.
    """
    listening.listen()
    listening.settimeout(0)
    server = _Server(intake, converse, tls)
    try:
        while True:
            server.take(await _accepted(listening))
    finally:
        listening.close()
        await server.close()


class _Server:
    """Connections while they are served, and what they hold together."""

    def __init__(self, intake: Intake, converse: Conversation, tls: Certificate | None) -> None:
        self._intake = intake
        self._converse = converse
        self._tls = tls
        self._room = Room()
        self._open: dict[asyncio.Task[None], Incoming] = {}

    def take(self, connection: socket.socket) -> None:
        """Serve one more, or close it where there are too many."""
        if len(self._open) >= CONNECTIONS and not _make_way(self._open):
            self._intake.refused(Refused(503, "busy", "too many connections"))
            connection.close()
            return
        reader = asyncio.StreamReader(limit=READ)
        incoming = Incoming(reader, self._room)
        task = asyncio.get_running_loop().create_task(self._serve(connection, reader, incoming))
        self._open[task] = incoming
        task.add_done_callback(lambda done: self._open.pop(done, None))

    async def close(self) -> None:
        """End all of them."""
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: socket.socket, reader: asyncio.StreamReader, incoming: Incoming) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            writer = await _opened(connection, reader, self._tls)
            await self._converse(incoming, writer)
        except Refused as refused:
            self._intake.refused(refused)
        except TimeoutError:
            self._intake.refused(Refused(408, "slow", "a message did not become whole in time"))
        except OSError:
            pass  # the sender has gone
        except Exception as error:  # noqa: BLE001 -- a stranger's connection must not end more than itself
            _log.error("connection_failed", protocol=self._intake.protocol, error=type(error).__name__)
        finally:
            incoming.hold(0)
            await _close(connection, writer)


async def _accepted(listening: socket.socket) -> socket.socket:
    """The next connection."""
    while True:
        try:
            connection, _ = await asyncio.get_running_loop().sock_accept(listening)
        except OSError as problem:  # no descriptor is left, or whoever connected has gone
            _log.warning("connection_not_accepted", problem=problem.strerror or type(problem).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return connection


async def _opened(
    connection: socket.socket, reader: asyncio.StreamReader, tls: Certificate | None
) -> asyncio.StreamWriter:
    """Begin to read, after the handshake where there is one. Raises OSError, and TimeoutError for a slow handshake."""
    loop = asyncio.get_running_loop()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        connection,
        ssl=tls.context() if tls else None,
        ssl_handshake_timeout=TLS_SECONDS if tls else None,
    )
    return asyncio.StreamWriter(transport, protocol, reader, loop)


async def _close(connection: socket.socket, writer: asyncio.StreamWriter | None) -> None:
    if writer is None:
        connection.close()
        return
    writer.close()
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_SECONDS):
            await writer.wait_closed()


def _make_way(open_ones: dict[asyncio.Task[None], Incoming]) -> bool:
    """End the connection that has been idle for longest, so that nobody keeps all of them by saying nothing."""
    now = asyncio.get_running_loop().time()
    idle = {task: one.idle_since for task, one in open_ones.items() if one.idle_since is not None}
    longest = min(idle, key=idle.__getitem__, default=None)
    if longest is None or now - idle[longest] < IDLE_SECONDS:
        return False
    longest.cancel()
    del open_ones[longest]
    return True
