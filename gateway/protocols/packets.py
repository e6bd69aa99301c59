"""GELF in datagrams: compressed, and in chunks that are put together within bounds of count, bytes and time.

https://go2docs.graylog.org/current/getting_in_log_data/gelf.html#GELFviaUDP
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

import orjson

from gateway.bounds import MAX_RECORD
from gateway.contract import Record, Refused
from gateway.decoding import decoded

__all__ = ["Chunks", "gelf_record"]

CHUNK = b"\x1e\x0f"
HEAD = 12  # bytes: the mark, the message's id, number of the chunk, number of chunks
MOST_CHUNKS = 128  # of a message
SECONDS = 5.0  # for all chunks of a message to come
MESSAGES = 1_000  # that are not whole
BYTES = 16 * 1024 * 1024  # of all their chunks
_GZIP, _ZLIB, _BEST = b"\x1f\x8b", b"\x78", {0x01, 0x5E, 0x9C, 0xDA}


@dataclass(slots=True)
class _Message:
    count: int
    until: float
    chunks: dict[int, bytes] = field(default_factory=dict)
    size: int = 0


class Chunks:
    """Messages whose chunks come in, in any order. What is not whole in time is forgotten, the oldest first."""

    def __init__(self) -> None:
        self._messages: dict[Hashable, _Message] = {}  # the oldest first
        self._size = 0

    def add(self, sender: Hashable, chunk: bytes, now: float) -> bytes | None:
        """Add a datagram that begins with CHUNK; returns the message that it makes whole.

        Args:
            sender: whom it is of: others may use the same id.
            chunk: the datagram.
            now: by any clock, seconds.

        Raises:
            Refused: it is none, or too much has come that is not whole.
        """
        self._forget(now)
        number, count = (chunk[HEAD - 2], chunk[HEAD - 1]) if len(chunk) >= HEAD else (0, 0)
        if not number < count <= MOST_CHUNKS:
            raise Refused(400, "invalid", "the chunk's head is none")
        key = (sender, chunk[2 : HEAD - 2])
        message = self._messages.get(key)
        if message is None:
            if len(self._messages) >= MESSAGES:
                raise Refused(503, "busy", "too many messages that are not whole")
            message = self._messages[key] = _Message(count, now + SECONDS)
        if message.count != count or number in message.chunks:
            return None  # sent twice, or an id that was given twice
        part = chunk[HEAD:]
        if self._size + len(part) > BYTES or message.size + len(part) > MAX_RECORD:
            self._drop(key)
            raise Refused(503, "busy", "too much that is not whole")
        message.chunks[number] = part
        message.size += len(part)
        self._size += len(part)
        if len(message.chunks) < count:
            return None
        self._drop(key)
        return b"".join(message.chunks[index] for index in range(count))

    def _forget(self, now: float) -> None:
        while self._messages:
            key, oldest = next(iter(self._messages.items()))
            if oldest.until > now:
                return
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        self._size -= self._messages.pop(key).size


def gelf_record(message: bytes) -> Record:
    """The record of a whole message, decompressed. Raises Refused where it is no JSON object."""
    if message.startswith(_GZIP):
        message = decoded(message, b"gzip", MAX_RECORD)
    elif message[:1] == _ZLIB and message[1:2] and message[1] in _BEST:
        message = decoded(message, b"deflate", MAX_RECORD)
    if len(message) > MAX_RECORD:
        raise Refused(413, "too_large", f"a message is larger than {MAX_RECORD} bytes")
    try:
        value = orjson.loads(message)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise Refused(400, "invalid", "the message is no JSON object")
    return Record(message)
