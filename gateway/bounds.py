"""How much the gateway takes, and for how long it waits."""

from dataclasses import dataclass

__all__ = ["MAX_RECORD", "MAX_RECORDS", "Bounds"]

MAX_RECORD = 4 * 1024 * 1024  # bytes; the job reads no larger ones
MAX_RECORDS = 10_000  # of one request


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an operator may change. Sizes are in bytes, times in seconds."""

    body: int = 20 * 1024 * 1024  # as it is sent
    decoded: int = 50 * 1024 * 1024  # after decompression
    buffered: int = 256 * 1024 * 1024  # bodies of all requests under way
    body_seconds: float = 30.0  # for a whole body to come
    head_bytes: int = 32 * 1024  # request line and headers
    head_seconds: float = 10.0  # for a whole head to come
    idle_seconds: float = 75.0  # between two requests of a connection
    connections: int = 10_000
