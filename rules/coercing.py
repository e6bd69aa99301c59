"""Single values made to be of the right type and size, each change with a remark."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

import msgspec
import orjson

from models import bounds
from rules.shapes import TreeShape

__all__ = ["Remarks", "boolean", "ends", "integer", "json_tree", "many", "string_map", "text"]

T = TypeVar("T")

_CUT = "…"
_DIGITS = 12  # more are no line number


class Remarks(list[dict[str, Any]]):
    """What was changed in one event; at most MAX_REMARKS are kept."""

    def add(self, path: str, rule: str, length: int | None = None) -> None:
        """Note that `rule` changed the field at the dotted `path`, whose value was `length` long."""
        if len(self) < bounds.MAX_REMARKS:
            self.append({"path": path[: bounds.MAX_LINE], "rule": rule, "length": length})


def text(value: Any, limit: int, path: str, remarks: Remarks) -> str | None:
    """A string of at most `limit` characters; an object or a list becomes its JSON."""
    if value is None:
        return None
    if not isinstance(value, str):
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, int | float):
            value = str(value)
        else:
            value = orjson.dumps(json_tree(value, path, remarks)).decode()
            remarks.add(path, "coerced", len(value))
    if len(value) > limit:
        remarks.add(path, "cut", len(value))
        return str(value[:limit])
    return str(value)


def integer(value: Any, path: str, remarks: Remarks) -> int | None:
    """A number that a line or a column may have: 0 to 2³¹ - 1."""
    if value is None or value == "":
        return None
    number: int | None = None
    if isinstance(value, str):
        digits = value.strip()
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else None
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not 0 <= number < 2**31:
        remarks.add(path, "invalid")
        return None
    return number


def boolean(value: Any, path: str, remarks: Remarks) -> bool | None:
    """True or false, also where it was written as a word or as 0 and 1."""
    if value is None or isinstance(value, bool):
        return value
    known = _BOOLEANS.get(value.strip().lower() if isinstance(value, str) else value) if _hashable(value) else None
    if known is None:
        remarks.add(path, "invalid")
    return known


_BOOLEANS: Mapping[Any, bool] = {
    "true": True,
    "yes": True,
    "1": True,
    1: True,
    "false": False,
    "no": False,
    "0": False,
    0: False,
}


def _hashable(value: Any) -> bool:
    return isinstance(value, str | int | float)


def ends(items: list[Any], limit: int, path: str, remarks: Remarks) -> list[Any]:
    """The list, or its two ends where it is longer than `limit`."""
    if len(items) <= limit:
        return items
    remarks.add(path, "cut", len(items))
    head = (limit + 1) // 2
    return items[:head] + items[len(items) - (limit - head) :]


def many(value: Any, limit: int, path: str, remarks: Remarks, each: Callable[[Any, str, Remarks], T | None]) -> list[T]:
    """A list of what `each` makes of the items; a single one becomes a list, and what gives nothing is left out."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    made = []
    for index, item in enumerate(ends(items, limit, path, remarks)):
        one = each(item, f"{path}.{index}", remarks)
        if one is not None:
            made.append(one)
    return made


def string_map(value: Any, keys: int, limit: int, path: str, remarks: Remarks) -> dict[str, str]:
    """Names and strings, from an object, a list of pairs, of `{key, value}` objects or of `name:value` strings."""
    pairs = _pairs(value, keys, path, remarks)
    made: dict[str, str] = {}
    for key, item in pairs:
        name = text(key, bounds.MAX_NAME, path, remarks)
        string = text(item, limit, f"{path}.{name}", remarks)
        if name and string is not None:
            made[name] = string
        elif not name:
            remarks.add(path, "invalid")
    return made


def _pairs(value: Any, keys: int, path: str, remarks: Remarks) -> Iterable[tuple[Any, Any]]:
    if value is None:
        return []
    if isinstance(value, list | dict) and len(value) > keys:
        remarks.add(path, "cut", len(value))
    if isinstance(value, dict):
        return islice(value.items(), keys)
    if isinstance(value, list):
        return [pair for item in value[:keys] if (pair := _pair(item)) is not None]
    remarks.add(path, "invalid", len(value) if isinstance(value, str) else None)
    return []


def _pair(item: Any) -> tuple[Any, Any] | None:
    """The name and the value that one item of a list stands for."""
    if isinstance(item, list) and len(item) == 2:  # noqa: PLR2004 a pair has two
        return item[0], item[1]
    if isinstance(item, dict) and "key" in item:
        return item["key"], item.get("value")
    if isinstance(item, str):
        name, _, value = item.partition(":" if ":" in item else "=")
        return name.strip(), value.strip()
    return None


def json_tree(value: Any, path: str, remarks: Remarks) -> Any:
    """A JSON value within MAX_DEPTH, MAX_KEYS and MAX_VALUE; what lies deeper or beyond is cut."""
    try:
        return msgspec.convert({"value": value}, TreeShape)["value"]
    except msgspec.ValidationError:
        return _trim(value, path, remarks, bounds.MAX_DEPTH)


def _trim(value: Any, path: str, remarks: Remarks, depth: int) -> Any:
    if isinstance(value, str):
        return text(value, bounds.MAX_VALUE, path, remarks)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        remarks.add(path, "cut", len(value))
        return _CUT
    if isinstance(value, list):
        items = ends(value, bounds.MAX_KEYS, path, remarks)
        return [_trim(item, f"{path}.{index}", remarks, depth - 1) for index, item in enumerate(items)]
    if len(value) > bounds.MAX_KEYS:
        remarks.add(path, "cut", len(value))
    made = {}
    for key, item in islice(value.items(), bounds.MAX_KEYS):
        name = text(key, bounds.MAX_NAME, path, remarks)
        made[name] = _trim(item, f"{path}.{name}", remarks, depth - 1)
    return made
