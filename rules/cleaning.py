"""The last guard before storing: no text with a NUL or a lone surrogate, no integer beyond 64 bits.

Reading records takes them out with a remark; what gets here is a fault of ours, and must not cost the event.
"""

from typing import Any

__all__ = ["clean"]

_SIXTY_FOUR_BITS = range(-(2**63), 2**64)


def clean(value: Any) -> Any:
    """`value` cleaned; objects and lists in place."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, dict):
        items = [(clean(key), clean(item)) for key, item in value.items()]
        value.clear()
        value.update(items)
    elif isinstance(value, list):
        value[:] = [clean(item) for item in value]
    elif type(value) is int and value not in _SIXTY_FOUR_BITS:
        return str(value)
    return value
