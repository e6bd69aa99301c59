"""Which rules an event may fit at all, as a mask with a bit a rule: found by a few look-ups for any number of rules.

Of a field with few values the mask of each value is remembered. A text is searched once for all that the rules need.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from models.event import ErrorEvent
from rules.searching import finder

__all__ = ["DEFAULTS", "GETTERS", "TextGate", "ValueGate"]

Draft = Mapping[str, Any]
Get = Callable[[Draft], str]

_REMEMBERED = 4_096  # values of one field whose masks are kept
_MEMORY = 8 << 20  # bytes of a compiled pattern

DEFAULTS: Final = {name: str(ErrorEvent.model_fields[name].default) for name in ("service", "environment", "severity")}
"""What an event is without saying so."""


def _named(name: str) -> Get:
    default = DEFAULTS.get(name, "")
    return lambda draft: draft.get(name) or default


def _tag(name: str) -> Get:
    return lambda draft: (draft.get("tags") or _NO_TAGS).get(name) or ""


_NO_TAGS: Final[dict[str, str]] = {}


class _Getters(dict[str, Get]):
    def __missing__(self, name: str) -> Get:
        return _tag(name.removeprefix("tags.")) if name.startswith("tags.") else _named(name)


GETTERS: Final = _Getters({"request.url": lambda draft: (draft.get("request") or _NO_TAGS).get("url") or ""})
"""Field, as `rules.conditions.needing` names it -> its value in a draft; empty where it is absent."""


class ValueGate:
    """The rules that an event may fit by one of its fields."""

    def __init__(self, field: str, tests: Sequence[Callable[[str], bool] | None]) -> None:
        """Args: field: see GETTERS. tests: of each rule, whether a value fits it; None where the rule does not ask."""
        self._get = GETTERS[field]
        self._tests = tests
        self._known: dict[str, int] = {}

    def mask(self, draft: Draft) -> int:
        """The rules that are left."""
        value = self._get(draft)
        known = self._known.get(value)
        return self._find(value) if known is None else known

    def _find(self, value: str) -> int:
        made = sum(1 << index for index, test in enumerate(self._tests) if test is None or test(value))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[value] = made
        return made


class TextGate:
    """The rules that an event may fit by what is found in one of its texts."""

    def __init__(self, field: str, needles: Sequence[frozenset[str] | None]) -> None:
        """Args: field: see GETTERS. needles: of each rule, RE2 patterns of which one is found; None: it has none."""
        self._get = GETTERS[field]
        asking = [index for index, patterns in enumerate(needles) if patterns]
        wanted = sorted({pattern for patterns in needles if patterns for pattern in patterns})
        self._found = finder("|".join(f"(?:{pattern})" for pattern in wanted), memory=_MEMORY)
        self._others = ((1 << len(needles)) - 1) ^ sum(1 << index for index in asking)
        self._all = (1 << len(needles)) - 1

    def mask(self, draft: Draft) -> int:
        """The rules that are left: all of them where anything is found."""
        return self._all if self._found(self._get(draft)) else self._others
