"""Fluentd's forward protocol over TCP, for Fluentd, Fluent Bit, Docker's driver and libraries named fluent-logger."""

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator

import msgpack

from gateway.contract import Refused
from gateway.listening.intake import ID_BYTES, Intake
from gateway.listening.streams import Incoming
from gateway.protocols.forward import Forwarded, Handshake, User, read_forwarded
from gateway.protocols.unpacking import end_of_next, new_unpacker, unpacked, unpacked_message

__all__ = ["FluentStream"]

MAX_MESSAGE = 16 * 1024 * 1024  # bytes; Fluentd's chunks have 8 MiB at most unless told otherwise
MAX_PING = 16_384  # bytes: of whom we do not know yet, not more is read
NONCE_BYTES = 16


class FluentStream:
    """One conversation.

    A message with a `chunk` is acknowledged once its events are safe, and not otherwise: then the sender sends it
    again, and its events are known by it. Senders that ask for no acknowledgement are only held up.

    Args:
        intake: takes the records.
        shared_key: that senders have to prove they know; None: anybody may send.
        user: that they have to be as well; None: it does not matter.
    """

    def __init__(self, intake: Intake, shared_key: str | None, user: User | None = None) -> None:
        self._intake = intake
        self._shared_key = shared_key
        self._user = user

    async def __call__(self, incoming: Incoming, writer: asyncio.StreamWriter) -> None:
        """Take messages up to the end."""
        if self._shared_key is not None:
            await self._greet(self._shared_key, incoming, writer)
        async for message in _messages(incoming, MAX_MESSAGE):
            forwarded = read_forwarded(unpacked_message(message))
            incoming.hold(sum(len(record.value) for record in forwarded.records))
            await self._take(forwarded, writer)

    async def _greet(self, shared_key: str, incoming: Incoming, writer: asyncio.StreamWriter) -> None:
        nonce, salt = os.urandom(NONCE_BYTES), os.urandom(NONCE_BYTES)
        handshake = Handshake(shared_key, socket.gethostname(), nonce, self._user, salt)
        writer.write(handshake.helo())
        incoming.hold(1)  # nobody needs long for it
        async for ping in _messages(incoming, MAX_PING):
            pong, known = handshake.pong(unpacked(ping))
            writer.write(pong)
            await writer.drain()
            if not known:
                raise Refused(401, "wrong_key", "the sender does not know the shared key, or is not the user")
            return

    async def _take(self, forwarded: Forwarded, writer: asyncio.StreamWriter) -> None:
        if forwarded.chunk is None:
            await self._intake.take_patiently(forwarded.records)
            return
        same = hashlib.blake2b(f"fluent/{forwarded.chunk}".encode(errors="replace"), digest_size=ID_BYTES)
        for record in forwarded.records:  # some count their chunks from 1 whenever they start
            same.update(record.value)
        await self._intake.take(forwarded.records, same.hexdigest())
        writer.write(bytes(msgpack.packb({"ack": forwarded.chunk})))
        await writer.drain()


async def _messages(incoming: Incoming, limit: int) -> AsyncIterator[bytes]:
    """The messages that come, packed as they are, of so many bytes at most: nothing is made of what is not whole.

    Raises Refused.
    """
    ends = new_unpacker(limit)
    held = bytearray()
    start = 0  # of what is held, counted from the first byte that came
    async for part in incoming.parts():
        held += part
        try:
            ends.feed(part)
            while (end := end_of_next(ends)) is not None:
                message = bytes(memoryview(held)[: end - start])
                del held[: end - start]
                start = end
                incoming.hold(0)
                yield message
                incoming.hold(0)
        except (msgpack.UnpackException, ValueError, TypeError):
            raise Refused(400, "invalid", "what came is no MessagePack") from None
        if len(held) > limit:
            raise Refused(413, "too_large", f"a message is larger than {limit} bytes")
        incoming.hold(len(held))
