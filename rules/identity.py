"""What an event and its user are known by: the same however often a record is read, or sent again."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from models.dead import origin_of

__all__ = ["Record", "RecordOrigin", "event_id_of", "place_of", "user_key_of"]

Draft = dict[str, Any]

_ID_BYTES = 16
_HEX_ID = re.compile(r"[0-9a-f]{32}")
_NO_ID = bytes(_ID_BYTES)
_MAX_HASH_KEY = 64  # bytes that BLAKE2b takes


class RecordOrigin(Protocol):
    """Where a record lies."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102


class Record(NamedTuple):
    """What all events of one record share."""

    headers: Mapping[str, bytes]
    origin: RecordOrigin
    received_at: float


def place_of(record: Record) -> str:
    """Where the record lies, or lay when it was sent for the first time."""
    origin = record.origin
    first = origin_of(record.headers.items())
    return str(first) if first is not None else f"{origin.topic}/{origin.partition}/{origin.offset}"


def event_id_of(draft: Draft, ordinal: int, record: Record) -> tuple[bytes, bool]:
    """The event's id, and whether a second one like it is a retry."""
    given = draft.get("event_id")
    if given and (own := _own_id(given, draft)) != _NO_ID:
        return own, True
    # Sent again from the dead letters, or after a filter was put right: however often, it is one event.
    again = origin_of(record.headers.items()) is not None
    return _digest(f"{place_of(record)}/{ordinal}"), again


def _own_id(given: str, draft: Draft) -> bytes:
    """A UUID in any spelling is its 16 bytes; any other text is hashed, as unique as its service makes it."""
    spelled = given
    if not _HEX_ID.fullmatch(spelled):
        spelled = given.strip().lower().removeprefix("urn:").removeprefix("uuid:").strip("{}").replace("-", "")
        if not _HEX_ID.fullmatch(spelled):
            if not spelled.strip("0"):
                return _NO_ID
            return _digest(f"{draft.get('service')}\0{draft.get('environment')}\0{given}")
    return bytes.fromhex(spelled)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="replace"), digest_size=_ID_BYTES).digest()


def user_key_of(user_id: str | None, hash_key: bytes) -> bytes | None:
    """A keyed hash of a user's id, 16 bytes: users are told apart by it, and none is found by trying."""
    if not user_id:
        return None
    key = hash_key if len(hash_key) <= _MAX_HASH_KEY else blake2b(hash_key).digest()
    return blake2b(user_id.encode(errors="replace"), key=key, digest_size=_ID_BYTES).digest()
