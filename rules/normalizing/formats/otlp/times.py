"""Times of OTLP."""

__all__ = ["seconds"]

_NANOSECONDS = 1e9


def seconds(nanoseconds: int) -> float:
    """Seconds since the epoch of a time in nanoseconds."""
    return nanoseconds / _NANOSECONDS
