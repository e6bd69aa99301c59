"""Rules without a pattern: whole values, told by their paths alone."""

from collections.abc import Iterator
from typing import Any

from rules.masking.hiding import Hider
from rules.masking.own import WholeValue
from rules.masking.profile import Path, Profile, parts_of
from rules.masking.remarks import Remarks

__all__ = ["mask_whole"]

Draft = dict[str, Any]

_OURS = frozenset({"event_id", "timestamp", "severity", "format", "received_at", "origin", "group_id", "remarks"})
# Below these a value may be anything; elsewhere each field has its type, and what is no text can only be emptied.
_FREE = (("extra",), ("tags",), ("request", "headers"))
_BODY = ["request", "body"]
_LOCALS_DEPTH = 5  # exception.0.frames.0.locals


def mask_whole(draft: Draft, profile: Profile, hider: Hider, remarks: Remarks) -> None:
    """Replace every value that a rule without a pattern selects."""
    for rule in profile.whole:
        visit = _Visit(rule, profile, hider, remarks)
        for field in [field for field in draft if field not in _OURS]:
            visit.value(draft, field, ())
    hider.finish()


class _Visit:
    """One rule's way through a draft."""

    def __init__(self, rule: WholeValue, profile: Profile, hider: Hider, remarks: Remarks) -> None:
        self._rule = rule
        self._methods = profile.methods
        self._hider = hider
        self._remarks = remarks

    def value(self, holder: Any, key: str | int, path: Path) -> None:
        value = holder[key]
        if value is None or value in ("", [], {}):
            return
        here = (path, key)
        parts = parts_of(here)
        if not self._rule.selects(parts, _kind(value)):
            for inner in _keys(value):
                self.value(value, inner, here)
        elif isinstance(value, str) and parts != ["request", "method"]:
            if not self._methods.is_done(value):
                self._hider.put(holder, key, value, self._rule.name, path)
        elif _is_free(parts):
            self._hider.put(holder, key, value, self._rule.name, path)
        else:
            self._remarks.add(here, [(self._rule.name, len(str(value)))])
            holder[key] = type(value)() if isinstance(value, dict | list) else None


def _keys(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from list(value)
    elif isinstance(value, list):
        yield from range(len(value))


def _is_free(parts: list[str]) -> bool:
    if parts[0] == "exception":
        return len(parts) > _LOCALS_DEPTH and parts[_LOCALS_DEPTH - 1] == "locals"
    return parts[:2] == _BODY or any(len(parts) > len(top) and parts[: len(top)] == list(top) for top in _FREE)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "object" if isinstance(value, dict) else "array"
