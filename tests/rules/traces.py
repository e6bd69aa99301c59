"""A trace as tests say it in a few words."""

from typing import Any

from rules.stacktraces import find

__all__ = ["chain"]


def chain(text: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """The language, and each exception (`relation of module.Type: value`) with its calls (`function:line`)."""
    trace = find(text)
    assert trace is not None
    return trace.language, [(_said(one), [_called(call) for call in one["frames"]]) for one in trace.exceptions]


def _said(one: dict[str, Any]) -> str:
    relation = f"{one['relation']} of " if "relation" in one else ""
    kind = ".".join(part for part in (one.get("module"), one.get("type")) if part)
    return f"{relation}{kind or '?'}" + (f": {one['value']}" if "value" in one else "")


def _called(call: dict[str, Any]) -> str:
    return call.get("function", "?") + (f":{call['line']}" if "line" in call else "")
