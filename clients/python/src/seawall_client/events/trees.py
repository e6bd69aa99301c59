"""Values of any kind as JSON values, within bounds of depth, size and time."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import pathlib
import time
import uuid
from collections.abc import Mapping
from typing import Any

from seawall_client.events.texts import cut, repr_of, str_of, type_name

__all__ = ["Budget", "tree_of"]

MAX_DEPTH = 6
MAX_ITEMS = 100  # of one object or list
MAX_TEXT = 4_096
MAX_NODES = 2_000
MAX_CHARACTERS = 65_536
MAX_SECONDS = 0.05
_INT64 = 2**63  # larger numbers have no place in most readers of JSON
_AS_TEXT = (dt.date, dt.time, dt.timedelta, decimal.Decimal, uuid.UUID, pathlib.PurePath)
_LISTS = (list, tuple, set, frozenset)
_MORE = "…"


class Budget:
    """What is left for one event: nodes, characters and time. A single `__repr__` cannot be interrupted."""

    __slots__ = ("characters", "ends", "items", "nodes", "text")

    def __init__(
        self,
        *,
        nodes: int = MAX_NODES,
        characters: int = MAX_CHARACTERS,
        seconds: float = MAX_SECONDS,
        items: int = MAX_ITEMS,
        text: int = MAX_TEXT,
    ) -> None:
        self.nodes = nodes
        self.characters = characters
        self.ends = time.monotonic() + seconds
        self.items = items
        self.text = text

    def spent(self) -> bool:
        """Whether nothing more may be read; takes one node."""
        self.nodes -= 1
        return self.nodes < 0 or self.characters <= 0 or (self.nodes % 16 == 0 and time.monotonic() > self.ends)

    def take(self, text: str) -> str:
        """As much of the text as there is room for."""
        text = cut(text, min(self.text, max(self.characters, 1)))
        self.characters -= len(text)
        return text


def tree_of(value: Any, budget: Budget, depth: int = MAX_DEPTH) -> Any:  # noqa: PLR0911  one a kind of value
    """The value in types that JSON knows; what is too deep, too much or too slow is an ellipsis."""
    if value is None or value is True or value is False:
        return value
    if budget.spent():
        budget.characters = 0
        return _MORE
    kind = type(value)
    if kind is str:
        return budget.take(value)
    if kind is int:
        return value if -_INT64 <= value < _INT64 else budget.take(str_of(value, budget.text))
    if kind is float:
        return value if math.isfinite(value) else str(value)
    try:
        return _compound(value, budget, depth)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001  a mapping that only looks like one, and the like
        return f"<{type_name(value)}: reading it raised {type_name(problem)}>"


def _compound(value: Any, budget: Budget, depth: int) -> Any:
    """By its type: what a value says that it is (`__class__`) may ask a database, as Django's lazy objects do."""
    kind = type(value)
    if issubclass(kind, Mapping):
        return _object(value, budget, depth) if depth else "{…}" if value else {}
    if issubclass(kind, _LISTS):
        return _list(value, budget, depth) if depth else "[…]" if value else []
    if issubclass(kind, _AS_TEXT):
        return budget.take(str_of(value, budget.text))
    if issubclass(kind, (bytes, bytearray)):
        return budget.take(repr_of(bytes(value[: budget.text // 4]), budget.text))
    if _is_unread(value):
        return budget.take(f"<{kind.__qualname__}, not read yet>")
    return budget.take(repr_of(value, budget.text))


def _is_unread(value: Any) -> bool:
    """Whether it is a query of Django's that has not been made: its `repr` would make it."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return False
    return type(own) is dict and own.get("_result_cache", own) is None


def _object(value: Mapping[Any, Any], budget: Budget, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key in value:
        if len(made) >= budget.items or budget.characters <= 0:
            made[_MORE] = f"{len(value) - len(made)} more"
            break
        name = budget.take(key if type(key) is str else str_of(key, 200))
        made[name] = tree_of(value[key], budget, depth - 1)
    return made


def _list(value: Any, budget: Budget, depth: int) -> list[Any]:
    made: list[Any] = []
    for item in value:
        if len(made) >= budget.items or budget.characters <= 0:
            made.append(f"{_MORE} {len(value) - len(made)} more")
            break
        made.append(tree_of(item, budget, depth - 1))
    return made
