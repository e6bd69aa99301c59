"""Events in the form of `models.event`, of senders that send none of any form."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from gateway.contract import Received, Record

__all__ = ["event_record", "numbered_id", "texts"]

_ID_BYTES = 16
_MAX_TEXT = 8_192  # characters; the job bounds each field by itself


def event_record(same: tuple[object, ...], **fields: Any) -> Record:
    """A record with one event.

    Args:
        same: what makes two of them one: the sender's retry, or the same thing told again.
        fields: of ErrorEvent; those that are None are left out.
    """
    event_id = blake2b(repr(same).encode(errors="replace"), digest_size=_ID_BYTES).hexdigest()
    event = {"event_id": event_id, **{name: value for name, value in fields.items() if value is not None}}
    return Record(orjson.dumps(event), event_id.encode())


def numbered_id(received: Received, number: int) -> str:
    """An id for one thing of several in a request whose sender gave it none: 32 hex characters."""
    if number == 0:
        return received.new_id
    return blake2b(f"{received.new_id}/{number}".encode(), digest_size=_ID_BYTES).hexdigest()


def texts(value: object) -> dict[str, str]:
    """The texts in an object, by name."""
    if not isinstance(value, Mapping):
        return {}
    return {name: text[:_MAX_TEXT] for name, text in value.items() if isinstance(text, str)}
