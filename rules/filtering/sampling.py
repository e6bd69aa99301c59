"""Which events of a sample are kept: decided by the event alone, so that every attempt decides alike."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

__all__ = ["is_kept", "key_of"]

_BYTES = 8
_ALL = float(1 << 8 * _BYTES)


def key_of(draft: Mapping[str, Any], place: str) -> str:
    """What the sample goes by: the trace, so that its errors stay or go together, else the event's id, else its place.

    Args:
        draft: the event.
        place: where its record lies, and which of the record's events it is.
    """
    return draft.get("trace_id") or draft.get("event_id") or place or draft.get("message") or ""


def is_kept(key: str, rate: float) -> bool:
    """Whether the key is among the share (0 to 1) that is kept; what a lower rate keeps, a higher one keeps too."""
    digest = blake2b(key.encode(errors="replace"), digest_size=_BYTES).digest()
    return int.from_bytes(digest, "big") < rate * _ALL
