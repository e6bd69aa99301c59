"""What the variables of fingerprints and titles stand for."""

from collections.abc import Callable
from typing import Any

from rules.grouping.parameters import parametrize
from rules.grouping.ruleset import KnownStack

__all__ = ["values_of"]

Draft = dict[str, Any]

_FIELDS = frozenset({"logger", "release", "environment", "service", "transaction"})
_FRAME = {"function": "function", "module": "module", "package": "package", "path": "abs_path"}


def values_of(draft: Draft, stack: KnownStack, *, pattern: bool) -> Callable[[str], str | None]:
    """A variable's name to its value, None where there is none.

    Args:
        draft: the event.
        stack: what is known of its stack.
        pattern: the message and the exception's value come without their parameters: a fingerprint with an order's
            number in it would be another one for each order.
    """

    def value(name: str) -> str | None:
        name = name.removeprefix("error.").removeprefix("stack.").replace("abs_path", "path")
        exceptions = draft.get("exception") or []
        raised = exceptions[stack.main] if exceptions else {}
        if name.startswith("tags."):
            return (draft.get("tags") or {}).get(name.removeprefix("tags.")) or None
        if name == "type":
            return raised.get("type") or draft.get("error_type")
        if name in ("value", "message"):
            ways = (raised.get("value"), draft.get("message"))
            text = (ways[0] or ways[1]) if name == "value" else (ways[1] or ways[0])
            return text and (parametrize(text) if pattern else text.strip().partition("\n")[0])
        if name in ("level", "severity"):
            return draft.get("severity")
        if name in _FIELDS:
            return draft.get(name)
        frame = _frame(raised)
        found = frame.get(_FRAME.get(name, ""))
        return found or (frame.get("file") if name == "path" else None)

    return value


def _frame(raised: Draft) -> Draft:
    """The innermost frame in the app, else the innermost."""
    frames: list[Draft] = raised.get("frames") or []
    return next((frame for frame in reversed(frames) if frame.get("in_app")), frames[-1] if frames else {})
