"""Fluentd's forward protocol: what its messages hold, and the handshake with a shared key.

https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
"""

import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgpack
import orjson

from gateway.bounds import MAX_RECORD, MAX_RECORDS
from gateway.contract import Record, Refused
from gateway.decoding import decoded
from gateway.protocols.unpacking import end_of_next, new_unpacker, unpacked

__all__ = ["Forwarded", "Handshake", "User", "read_forwarded"]

MAX_CHUNK = 256  # characters of what a sender wants acknowledged
MAX_UNPACKED = 50 * 1024 * 1024  # bytes of a packed message, decompressed
MAX_ENTRY = 2 * MAX_RECORD  # bytes, packed: as JSON it is hardly shorter
EVENT_TIME = 0  # the extension type
_EVENT_TIME = struct.Struct(">II")
_TIMES = ("time", "timestamp", "@timestamp", "date")
_LOGGERS = ("logger", "logger_name", "name")


class Forwarded(NamedTuple):
    """The records of a message, and what is to be acknowledged once they are safe."""

    records: list[Record]
    chunk: str | None


def read_forwarded(message: object) -> Forwarded:
    """The records of a message of any of the four modes. Raises Refused."""
    if message is None:
        return Forwarded([], None)  # a heartbeat
    if not isinstance(message, list) or not 2 <= len(message) <= 4 or not isinstance(message[0], str):  # noqa: PLR2004 -- the modes' lengths
        raise Refused(400, "invalid", "the message is none of the forward protocol")
    tag, entries, last = message[0], message[1], message[-1]
    if isinstance(entries, list):
        found: Iterable[Any] = entries
    elif isinstance(entries, bytes | str):
        found = _unpacked(entries, last if len(message) > 2 and isinstance(last, dict) else {})  # noqa: PLR2004 -- an option
    elif len(message) > 2:  # noqa: PLR2004 -- tag, time, record
        return Forwarded([_record(tag, entries, message[2])], _chunk(message[3:]))
    else:
        raise Refused(400, "invalid", "the message has no record")
    records: list[Record] = []
    for entry in found:
        if not isinstance(entry, list) or len(entry) < 2:  # noqa: PLR2004 -- time and record
            raise Refused(400, "invalid", "an entry is no pair of time and record")
        if len(records) == MAX_RECORDS:
            raise Refused(413, "too_many", f"more than {MAX_RECORDS} events in one message")
        # Fluent Bit puts metadata beside the time.
        time = entry[0][0] if isinstance(entry[0], list) and entry[0] else entry[0]
        records.append(_record(tag, time, entry[1]))
    return Forwarded(records, _chunk(message[2:]))


def _unpacked(entries: bytes | str, option: Mapping[Any, Any]) -> Iterator[Any]:
    # Clients that know no binary type of MessagePack send it as a text.
    packed = entries.encode("utf-8", "surrogateescape") if isinstance(entries, str) else entries
    if option.get("compressed") == "gzip":
        packed = decoded(packed, b"gzip", MAX_UNPACKED)
    ends = new_unpacker(max(len(packed), 1))
    ends.feed(packed)
    start = 0
    try:
        while (end := end_of_next(ends)) is not None:
            if end - start > MAX_ENTRY:
                raise Refused(413, "too_large", f"an entry is larger than {MAX_ENTRY} bytes")
            yield unpacked(packed[start:end])
            start = end
    except (ValueError, TypeError, msgpack.UnpackException):
        raise Refused(400, "invalid", "what is packed is no MessagePack") from None


def _chunk(options: list[Any]) -> str | None:
    option = options[0] if options else None
    chunk = option.get("chunk") if isinstance(option, dict) else None
    return chunk[:MAX_CHUNK] if isinstance(chunk, str) and chunk else None


def _record(tag: str, time: object, record: object) -> Record:
    """As JSON, with the time and the tag where the record says none of its own."""
    if not isinstance(record, dict):
        raise Refused(400, "invalid", "a record is no map")
    if not any(name in record for name in _TIMES) and (told := _time(time)) is not None:
        record["time"] = told
    if tag and not any(name in record for name in _LOGGERS):
        record["logger"] = tag
    try:
        value = orjson.dumps(record, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # too deep, or with keys that are none
        raise Refused(400, "invalid", "a record cannot be written as JSON") from None
    if len(value) > MAX_RECORD:
        raise Refused(413, "too_large", f"an event is larger than {MAX_RECORD} bytes")
    return Record(value)


def _time(time: object) -> str | None:
    if isinstance(time, msgpack.ExtType) and time.code == EVENT_TIME and len(time.data) == _EVENT_TIME.size:
        seconds, nanoseconds = _EVENT_TIME.unpack(time.data)
        time = seconds + nanoseconds / 1e9
    if isinstance(time, bool) or not isinstance(time, int | float):
        return None
    try:
        return datetime.fromtimestamp(time, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, msgpack.Timestamp):
        return value.to_unix()
    if isinstance(value, msgpack.ExtType):
        return value.data.hex()
    raise TypeError


class User(NamedTuple):
    """Who may send, beside knowing the shared key: `user_auth`."""

    name: str
    password: str


class Handshake:
    """The server's part of the handshake, by which both sides prove that they know the shared key.

    Args:
        shared_key: that both know.
        hostname: ours.
        nonce: random, of this connection.
        user: that the sender has to be; None: it does not matter.
        salt: random, of this connection, for the user's password.
    """

    def __init__(self, shared_key: str, hostname: str, nonce: bytes, user: User | None, salt: bytes) -> None:
        self._key = shared_key.encode()
        self._hostname = hostname
        self._nonce = nonce
        self._user = user
        self._salt = salt

    def helo(self) -> bytes:
        """What we say first. An empty salt says that no user is asked for."""
        salt = self._salt if self._user is not None else b""
        return _packed(["HELO", {"nonce": self._nonce, "auth": salt, "keepalive": True}])

    def pong(self, ping: object) -> tuple[bytes, bool]:
        """What we answer, and whether the sender may go on."""
        if not isinstance(ping, list) or len(ping) != 6 or ping[0] != "PING":  # noqa: PLR2004 -- the message's length
            return _packed(["PONG", False, "invalid ping message", "", ""]), False
        hostname, salt = _bytes(ping[1]), _bytes(ping[2])
        if not hmac.compare_digest(_bytes(ping[3]), self._digest(salt, hostname)):
            return _packed(["PONG", False, "shared_key mismatch", "", ""]), False
        if self._user is not None and not self._is(self._user, _bytes(ping[4]), _bytes(ping[5])):
            return _packed(["PONG", False, "username/password mismatch", "", ""]), False
        proof = self._digest(salt, self._hostname.encode()).decode()
        return _packed(["PONG", True, "", self._hostname, proof]), True

    def _is(self, user: User, name: bytes, proof: bytes) -> bool:
        wanted = hashlib.sha512(self._salt + user.name.encode() + user.password.encode()).hexdigest().encode()
        return hmac.compare_digest(name, user.name.encode()) & hmac.compare_digest(proof, wanted)

    def _digest(self, salt: bytes, hostname: bytes) -> bytes:
        return hashlib.sha512(salt + hostname + self._nonce + self._key).hexdigest().encode()


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value if isinstance(value, bytes) else b""


def _packed(value: object) -> bytes:
    return bytes(msgpack.packb(value))
