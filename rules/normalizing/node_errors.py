"""Errors of JavaScript as loggers serialize them: `{type or name, message, stack, cause, aggregateErrors, code …}`.

https://github.com/pinojs/pino-std-serializers#exportserrerror
https://github.com/trentm/node-bunyan#standard-serializers
"""

import re
from typing import Any

from models import bounds
from rules.coercing import Remarks, ends
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_stack_text
from rules.normalizing.logged import put_error, put_extra
from rules.normalizing.paths import first_text
from rules.normalizing.trees import grown

__all__ = ["put_node_error"]

# Both loggers write the stacks of causes below that of the error.
_CAUSE = re.compile(r"\n[Cc]aused by: ")
_HEADER = re.compile(r"([A-Z$_][\w$.]{0,200}): ([^\n]*)")
_READ = frozenset({"type", "name", "message", "stack", "cause", "aggregateErrors", "errors"})
_UNSAID = (None, "", "Error", "Object")
_MAX_CAUSES = 5  # whose further properties are kept


class _Stack(list[dict[str, Any]]):
    """Exceptions that were read out of one stack; other lists come from the record, and may hold anything."""


def put_node_error(draft: Draft, error: Any, remarks: Remarks) -> None:
    """Put an error into the draft; what is read of it nowhere stays in `extra`."""
    if not isinstance(error, dict):
        put_error(draft, error)
        return
    members = error.get("aggregateErrors", error.get("errors"))
    if isinstance(members, list) and len(members) >= bounds.MAX_EXCEPTIONS:
        error = {**error, "aggregateErrors": ends(members, bounds.MAX_EXCEPTIONS - 1, "exception", remarks)}
    chain = [one for one in grown(error, _read) if one]
    if any(one.get("type") or one.get("value") or one.get("frames") for one in chain):
        draft["exception"] = chain
    stack = error.get("stack")
    if isinstance(stack, str) and "\n" in stack:
        draft["stack_trace"] = stack
    rest = _unread(error, _MAX_CAUSES)
    if rest:
        put_extra(draft, "error", rest)


def _read(raw: Any) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """An error with its causes."""
    if isinstance(raw, _Stack):
        return dict(raw[-1]), [("cause", _Stack(raw[:-1]))] if len(raw) > 1 else []
    if not isinstance(raw, dict):
        return {"value": raw}, []
    stack = raw.get("stack")
    head, *causes = _CAUSE.split(stack, 1) if isinstance(stack, str) else ("",)
    read = read_stack_text(head)
    exception = dict(read[-1]) if read else _header(head)
    _name(exception, raw, alone=not causes)
    cause = raw.get("cause")
    related: list[tuple[str, Any]] = []
    if cause not in (None, "", {}):
        related.append(("cause", cause))
    elif causes:
        related.append(("cause", {"stack": causes[0]}))
    elif len(read) > 1:
        related.append(("cause", _Stack(read[:-1])))
    members = raw.get("aggregateErrors", raw.get("errors"))
    if isinstance(members, list) and members and isinstance(members[0], dict):
        exception["is_group"] = True
        related += [("member", one) for one in members]
    return exception, related


def _header(stack: str) -> dict[str, Any]:
    """A stack without frames."""
    header = _HEADER.match(stack)
    return {"type": header[1], "value": header[2]} if header else {}


def _name(exception: dict[str, Any], raw: dict[str, Any], *, alone: bool) -> None:
    """Type and message; the message that stands beside a stack with causes below it may have theirs joined to it."""
    kind, name = first_text(raw, "type"), first_text(raw, "name")
    if kind in _UNSAID and name is not None:
        kind = name
    if kind not in _UNSAID or (kind and not exception.get("type")):
        exception["type"] = kind
    if raw.get("message") not in (None, "") and (alone or exception.get("value") is None):
        exception["value"] = raw["message"]


def _unread(error: dict[str, Any], depth: int) -> dict[str, Any]:
    """Properties such as `code`, of the error and of its causes."""
    rest = {name: value for name, value in error.items() if name not in _READ and value is not None}
    cause = error.get("cause")
    if isinstance(cause, dict) and depth and (inner := _unread(cause, depth - 1)):
        rest["cause"] = inner
    return rest
