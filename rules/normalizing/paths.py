"""Values deep within objects."""

from typing import Any

__all__ = ["at", "first_text", "obj", "text_at"]


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
