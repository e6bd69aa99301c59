"""Texts of objects that may have a broken, endless or hostile `__str__` or `__repr__`."""

from __future__ import annotations

from typing import Any

__all__ = ["cut", "repr_of", "str_of", "type_name"]

_MAX_DIGITS = 1_000  # more bits than this many digits are not written out: it takes quadratic time


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def type_name(value: Any) -> str:
    """The name of its type, whatever its `__class__` says."""
    return type(value).__qualname__


def str_of(value: Any, limit: int) -> str:
    """`str(value)`, or what kept it from being told."""
    return _text(str, value, limit)


def repr_of(value: Any, limit: int) -> str:
    """`repr(value)`, or what kept it from being told."""
    return _text(repr, value, limit)


def _text(make: Any, value: Any, limit: int) -> str:
    """The text itself, not an instance of a subclass of `str`: its methods may be anything."""
    try:
        if type(value) is int and value.bit_length() > _MAX_DIGITS * 3:
            return f"<int of {value.bit_length()} bits>"
        return cut(str.__str__(make(value)), limit)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001  it is what a `__repr__` raised, SystemExit included
        return f"<{type_name(value)}: its text raised {type_name(problem)}>"
