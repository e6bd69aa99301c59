"""structlog's JSONRenderer, for Python, with exceptions as text or as objects.

https://www.structlog.org/en/stable/api.html#structlog.processors.JSONRenderer
https://www.structlog.org/en/stable/api.html#structlog.tracebacks.ExceptionDictTransformer
"""

from collections.abc import Iterable
from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_frames, read_stack_text
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj
from rules.normalizing.trees import grown

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "timestamp time",
        "message": "event",
        "severity": "level log_level",
        "logger": "logger logger_name",
        "source_file": "pathname filename",
        "line_number": "lineno",
    },
    LOGGED,
)
_FRAME = {"name": "function", "filename": "file", "lineno": "line", "line": "code", "locals": "locals"}


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(without(record, "exception", "request"), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "python"
    read_traceparent(draft)
    put_request(draft, record.get("request"))
    given = record.get("exception")
    if isinstance(given, list) and given and isinstance(given[0], dict):
        draft["exception"] = grown(given, _read)
    elif isinstance(given, str) and (chain := read_stack_text(given)):
        draft["exception"], draft["stack_trace"] = chain, given
    elif given not in (None, ""):
        put_extra(draft, "exception", given)
    return [draft]


def _read(stacks: list[Any]) -> tuple[dict[str, Any], Iterable[tuple[str, Any]]]:
    """What was raised, its group's members, and behind it in the list what it was raised from or during."""
    stack = obj(stacks[0])
    exception: dict[str, Any] = {"type": stack.get("exc_type"), "value": _value(stack), "frames": _frames(stack)}
    related: list[tuple[str, Any]] = []
    if len(stacks) > 1:
        related.append(("cause" if obj(stacks[1]).get("is_cause") else "context", stacks[1:]))
    members = stack.get("exceptions")
    if stack.get("is_group") and isinstance(members, list):
        exception["is_group"] = True
        related += [("member", one) for one in members if isinstance(one, list) and one]
    return exception, related


def _value(stack: Record) -> Any:
    notes = stack.get("exc_notes")
    texts = [one for one in notes if isinstance(one, str)] if isinstance(notes, list) else []
    value = stack.get("exc_value")
    return "\n".join([value, *texts]) if isinstance(value, str) and texts else value


def _frames(stack: Record) -> list[dict[str, Any]]:
    given = stack.get("frames")
    renamed = [
        {_FRAME[name]: value for name, value in frame.items() if name in _FRAME and value not in (None, "")}
        for frame in (given if isinstance(given, list) else ())
        if isinstance(frame, dict)
    ]
    syntax = obj(stack.get("syntax_error"))
    if syntax:
        place = {"file": syntax.get("filename"), "line": syntax.get("lineno"), "column": syntax.get("offset")}
        renamed.append({**place, "code": syntax.get("line")})
    return read_frames(renamed, Remarks())


def _detect(record: Record) -> bool:
    if not isinstance(record["event"], str) or "message" in record or "msg" in record:
        return False
    return "level" in record or "log_level" in record or "exception" in record


FORMAT = ObjectFormat("structlog", frozenset({"event"}), _detect, _parse)
