"""Array literals in text: arrays of general adapters cost ten times the CPU."""

from collections.abc import Iterable

__all__ = ["array"]


def array(items: Iterable[str]) -> str:
    """An array literal of values that need no quoting: numbers, ids, hex digits, enum labels."""
    return f"{{{','.join(items)}}}"
