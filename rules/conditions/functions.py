"""What the operators and functions of a condition do with their values, already worked out.

Absent is empty: a field that an event lacks is an empty text, 0, false, an empty list or null, by its type.
"""

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

__all__ = ["EMPTY", "FAILURES", "FUNCTIONS", "MAX_ITEMS", "equal", "header", "items_of", "truth"]

FAILURES: Final = (TypeError, ValueError, ArithmeticError, LookupError)
"""What a value of another type than was hoped for brings about."""

MAX_ITEMS = 1_000  # of a list that a condition makes

EMPTY: Final[dict[str, Any]] = {
    "string": "",
    "int": 0,
    "bool": False,
    "double": 0.0,
    "list": [],
    "map": {},
    "dyn": None,
}
"""Type -> what stands for an absent value; of messages `{}`."""


def truth(value: Any) -> bool:
    """A value that must be true or false; an absent one is false."""
    if value is True or value is False:
        return value
    if value is None:
        return False
    raise TypeError("neither true nor false")


def items_of(value: Any) -> Iterable[Any]:
    """What a loop goes over: a list, or the keys of a map; an absent one is empty."""
    if isinstance(value, list | dict):
        return value
    if value is None:
        return ()
    raise TypeError("neither a list nor a map")


def equal(left: Any, right: Any) -> bool:
    """As CEL has it: numbers of all types are comparable, and true is no number."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def header(headers: dict[str, str], name: str) -> str | None:
    """A header, in whatever case its name is written (RFC 9110, 5.1)."""
    found = headers.get(name)
    if found is not None:
        return found
    low = name.lower()
    return next((value for key, value in headers.items() if key.lower() == low), None)


def _alike(function: Callable[[Any, Any], Any], *types: type) -> Callable[[Any, Any], Any]:
    """The function, for two values of one and the same of these types: true is no number, and no text is multiplied."""

    def of_both(left: Any, right: Any) -> Any:
        if type(left) is not type(right) or type(left) not in types:
            raise TypeError("values of different types")
        return function(left, right)

    return of_both


def _compared(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """The comparison, of numbers of any type or of two texts."""

    def of_both(left: Any, right: Any) -> bool:
        if isinstance(left, bool) != isinstance(right, bool):
            raise TypeError("a truth value and another one")
        return function(left, right)

    return of_both


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, list) and len(left) + len(right) > MAX_ITEMS:
        raise ValueError("too many items")
    return left + right


def _divide(left: Any, right: Any) -> Any:
    """Whole numbers are cut towards zero."""
    if isinstance(left, float):
        return left / right
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def _index(holder: Any, key: Any) -> Any:
    if isinstance(holder, dict):
        return holder.get(key)
    if isinstance(holder, list) and isinstance(key, int) and not isinstance(key, bool):
        return holder[key] if 0 <= key < len(holder) else None
    return None


def _within(item: Any, holder: Any) -> bool:
    if isinstance(item, str) or not isinstance(holder, list):
        return item in items_of(holder)
    return any(equal(item, one) for one in holder)


_UPPER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "!_": lambda value: not truth(value),
    "-_": operator.neg,
    "_+_": _alike(_add, int, float, str, list),
    "_-_": _alike(operator.sub, int, float),
    "_*_": _alike(operator.mul, int, float),
    "_/_": _alike(_divide, int, float),
    "_%_": _alike(lambda left, right: left - right * _divide(left, right), int),
    "_<_": _compared(operator.lt),
    "_<=_": _compared(operator.le),
    "_>_": _compared(operator.gt),
    "_>=_": _compared(operator.ge),
    "_==_": equal,
    "_!=_": lambda left, right: not equal(left, right),
    "_[_]": _index,
    "@in": _within,
    "size": len,
    "contains": str.__contains__,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "lowerAscii": lambda text: text.translate(_UPPER),
    "string": lambda value: "" if value is None else str(value),
    "int": int,
    "double": float,
    "dyn": lambda value: value,
}
"""CEL's name -> function of the values. Those that need more than values are translated by themselves."""
