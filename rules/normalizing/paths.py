"""Values deep within objects."""

from typing import Any

__all__ = ["at", "first_text", "number", "obj", "text_at", "text_of_lines"]


def obj(value: Any) -> dict[str, Any]:
    """The object, or an empty one where the value is none."""
    return value if isinstance(value, dict) else {}


def at(value: Any, *path: str) -> Any:
    """What lies at the path of keys; None where nothing does."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_at(value: Any, *path: str) -> str | None:
    """The text at the path; None where there is none, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) and found else None


def first_text(value: Any, *keys: str) -> str | None:
    """The first of the keys' values that is a text with something in it."""
    return next((found for key in keys if (found := text_at(value, key)) is not None), None)


def number(value: Any) -> Any:
    """A text of digits as the number it is; any other value as it is."""
    if isinstance(value, str) and len(value) <= _DIGITS and value.isascii() and value.isdecimal():
        return int(value)
    return value


def text_of_lines(value: Any) -> Any:
    """A list of lines as one text; any other value as it is."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(line.rstrip("\n") for line in value)
    return value


_DIGITS = 9  # that a line's number may have
