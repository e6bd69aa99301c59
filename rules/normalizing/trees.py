"""Exceptions that hold others, their causes and the members of a group, made into one list: the first cause first."""

from collections.abc import Callable, Iterable
from typing import Any

from models import bounds

__all__ = ["Reader", "grown"]

Reader = Callable[[Any], tuple[dict[str, Any], Iterable[tuple[str, Any]]]]
"""Makes an exception of what a format has for one; gives it with what belongs to it, each by its relation."""

_MEMBER = "member"


def grown(root: Any, read: Reader) -> list[dict[str, Any]]:
    """The exceptions of a tree, at most `models.bounds.MAX_EXCEPTIONS`, what was raised last.

    A chain without branches needs no numbers; in a tree each exception has an id, and its parent's.
    """
    made: list[dict[str, Any]] = []
    numbers = iter(range(bounds.MAX_EXCEPTIONS))

    def grow(raw: Any, parent: int | None, relation: str | None) -> None:
        number = next(numbers, None)
        if number is None:
            return
        exception, related = read(raw)
        exception["id"] = number
        if relation is not None:
            exception["parent"], exception["relation"] = parent, relation
        for kind, other in related:
            grow(other, number, kind)
        made.append(exception)

    grow(root, None, None)
    if not any(one.get("relation") == _MEMBER for one in made):
        for one in made:
            one.pop("id", None)
            one.pop("parent", None)
    return made
