"""MessagePack of strangers, unpacked within bounds: a few bytes of it may ask for any amount of memory."""

from typing import Any

import msgpack

from gateway.bounds import MAX_RECORD
from gateway.contract import Refused

__all__ = ["end_of_next", "new_unpacker", "unpacked", "unpacked_message"]

MAX_ARRAY, MAX_MAP = 20_000, 10_000  # elements
MAX_HOLDERS = 250_000  # arrays and maps in one message: each takes some 70 bytes, and may be sent as one


def new_unpacker(limit: int) -> msgpack.Unpacker:
    """What finds the ends of values with `end_of_next`, of so many bytes at most."""
    return msgpack.Unpacker(max_buffer_size=limit)


def end_of_next(unpacker: msgpack.Unpacker) -> int | None:
    """Where the next value ends, counted from the first byte that was fed; None: it is not whole. Makes nothing of it.

    Arrays are made as long as they say before any of it has come, one within the other: that may not be done with what
    is not whole. Raises msgpack's errors.
    """
    try:
        unpacker.skip()
    except msgpack.OutOfData:
        return None
    return int(unpacker.tell())


def unpacked(packed: bytes, unicode_errors: str = "replace") -> Any:
    """What a whole value holds. Raises Refused."""
    holders = 0

    def counted(made: Any) -> Any:
        nonlocal holders
        holders += 1
        if holders > MAX_HOLDERS:
            raise Refused(413, "too_large", f"more than {MAX_HOLDERS} arrays and maps in one message")
        return made

    try:
        return msgpack.unpackb(
            packed, raw=False, unicode_errors=unicode_errors, strict_map_key=False, max_array_len=MAX_ARRAY,
            max_map_len=MAX_MAP, max_ext_len=MAX_RECORD, list_hook=counted, object_hook=counted,
        )  # fmt: skip
    except (msgpack.UnpackException, ValueError, TypeError):
        raise Refused(400, "invalid", "what came is no MessagePack") from None


def unpacked_message(packed: bytes) -> Any:
    """A message of the forward protocol. Raises Refused.

    Clients that know no binary type of MessagePack send packed entries as a text: no byte of that may be replaced.
    """
    message = unpacked(packed)
    if isinstance(message, list) and len(message) > 1 and isinstance(message[1], str):
        message[1] = unpacked(packed, "surrogateescape")[1]
    return message
