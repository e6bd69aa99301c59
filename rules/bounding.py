"""A draft made to be of ErrorEvent's types and within `models.bounds`, each change with a remark.

The common draft is right already and passes in one call; only another one is mended field by field.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import orjson

from models import bounds
from models.severity import Severity
from rules.coercing import Remarks, boolean, integer, json_tree, many, string_map, text
from rules.shapes import EventShape, FrameShape

__all__ = ["Remarks", "bound"]

_Mender = Callable[[Any, str, Remarks], Any]
_LAST_TIMESTAMP = 2e10  # seconds; pydantic reads larger numbers as milliseconds
_MAX_METHOD = 20
_ALWAYS_FITS = bounds.MAX_EXTRA_BYTES // 4  # JSON written anew may grow, as 1e5 does, but never fourfold


def bound(draft: dict[str, Any], size: int) -> dict[str, Any]:
    """The draft with every field of the right type and size.

    Args:
        draft: loose values under ErrorEvent's field names; unknown fields are left out. Not changed.
        size: the record's length in bytes: a small one cannot hold too much extra.
    """
    remarks = draft.get("remarks") or Remarks()
    try:
        bounded: dict[str, Any] = msgspec.convert(draft, EventShape)
    except msgspec.ValidationError:
        bounded = _mend(draft, remarks)
    _check_values(bounded, remarks)
    if size > _ALWAYS_FITS:
        _fit(bounded, remarks)
    bounded["remarks"] = list(remarks)
    return bounded


def _check_values(event: dict[str, Any], remarks: Remarks) -> None:
    """Check what a type alone cannot say."""
    timestamp = event.get("timestamp")
    if timestamp is not None and not -_LAST_TIMESTAMP <= timestamp <= _LAST_TIMESTAMP:
        del event["timestamp"]
        remarks.add("timestamp", "invalid")
    if event.get("severity", Severity.ERROR) not in _SEVERITIES:
        remarks.add("severity", "invalid", len(event["severity"]))
        del event["severity"]


_SEVERITIES = frozenset(level.value for level in Severity)


def _mend(draft: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    mended = {}
    for field, mender in _FIELDS.items():
        value = draft.get(field)
        if value is not None:
            value = mender(value, field, remarks)
        if value is not None:
            mended[field] = value
    return mended


def _text(limit: int) -> _Mender:
    return lambda value, path, remarks: text(value, limit, path, remarks)


def _stack_text(value: Any, path: str, remarks: Remarks) -> str | None:
    """The two ends of a long trace: what was raised is at one of them."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "\n".join(value)
    if isinstance(value, str) and len(value) > bounds.MAX_STACK_TEXT:
        remarks.add(path, "cut", len(value))
        half = bounds.MAX_STACK_TEXT // 2 - 2
        return f"{value[:half]}\n…\n{value[-half:]}"
    return text(value, bounds.MAX_STACK_TEXT, path, remarks)


def _timestamp(value: Any, path: str, remarks: Remarks) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LAST_TIMESTAMP:
        return float(value)
    remarks.add(path, "invalid")
    return None


def _object(value: Any, path: str, remarks: Remarks) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        remarks.add(path, "coerced")
        value = {"value": value}
    made = json_tree(value, path, remarks)
    return made if isinstance(made, dict) else None


def _frame(value: Any, path: str, remarks: Remarks) -> dict[str, Any] | None:
    try:
        return msgspec.convert(value, FrameShape)  # type: ignore[return-value]  # a TypedDict is a dict
    except msgspec.ValidationError:
        return _fields(_FRAME, value, path, remarks)


def _fields(menders: dict[str, _Mender], value: Any, path: str, remarks: Remarks) -> dict[str, Any] | None:
    """An object, each of whose fields its own mender has made right."""
    if not isinstance(value, dict):
        remarks.add(path, "invalid")
        return None
    made = {}
    for field, mender in menders.items():
        item = value.get(field)
        if item is not None:
            item = mender(item, f"{path}.{field}", remarks)
        if item is not None:
            made[field] = item
    return made


def _nearest(value: Any, side: int, path: str, remarks: Remarks) -> Any:
    """Of too many lines, those next to the frame's own: the last ones before it (`side` -1), the first ones after."""
    if not isinstance(value, list) or len(value) <= bounds.MAX_CONTEXT_LINES:
        return value
    remarks.add(path, "cut", len(value))
    return value[-bounds.MAX_CONTEXT_LINES :] if side < 0 else value[: bounds.MAX_CONTEXT_LINES]


def _list_of(limit: int, each: _Mender) -> _Mender:
    return lambda value, path, remarks: many(value, limit, path, remarks, each)


_name, _line, _message = _text(bounds.MAX_NAME), _text(bounds.MAX_LINE), _text(bounds.MAX_MESSAGE)
_context_lines = _list_of(bounds.MAX_CONTEXT_LINES, _line)
_CONTEXT: dict[str, _Mender] = {
    "before": lambda value, path, remarks: _context_lines(_nearest(value, -1, path, remarks), path, remarks),
    "line": _line,
    "after": lambda value, path, remarks: _context_lines(_nearest(value, 1, path, remarks), path, remarks),
}
_FRAME: dict[str, _Mender] = {
    "function": _name,
    "module": _name,
    "file": _line,
    "line": integer,
    "column": integer,
    "in_app": boolean,
    "context": partial(_fields, _CONTEXT),
    "locals": _object,
    "package": _line,
    "abs_path": _line,
    "address": _name,
}
_EXCEPTION: dict[str, _Mender] = {
    "type": _name,
    "value": _message,
    "module": _name,
    "frames": _list_of(bounds.MAX_FRAMES, _frame),
    "handled": boolean,
    "mechanism": _name,
    "id": integer,
    "parent": integer,
    "relation": _name,
    "is_group": boolean,
}
_REQUEST: dict[str, _Mender] = {
    "url": _line,
    "method": _text(_MAX_METHOD),
    "query_string": _line,
    "headers": lambda value, path, remarks: string_map(value, bounds.MAX_KEYS, bounds.MAX_VALUE, path, remarks),
    "body": json_tree,
}
_NAMES = (
    "event_id service environment hostname instance_id trace_id span_id parent_span_id correlation_id error_type"
    " logger transaction user_id session_id release commit language sdk format severity"
)
_FIELDS: dict[str, _Mender] = {
    **dict.fromkeys(_NAMES.split(), _name),
    "timestamp": _timestamp,
    "message": _message,
    "message_template": _message,
    "exception": _list_of(bounds.MAX_EXCEPTIONS, partial(_fields, _EXCEPTION)),
    "stack_trace": _stack_text,
    "source_file": _line,
    "line_number": integer,
    "request": partial(_fields, _REQUEST),
    "tags": lambda value, path, remarks: string_map(value, bounds.MAX_TAGS, bounds.MAX_TAG_VALUE, path, remarks),
    "extra": _object,
    "fingerprint": _list_of(bounds.MAX_FINGERPRINT_PARTS, _name),
}


def _fit(event: dict[str, Any], remarks: Remarks) -> None:
    """Leave out what is above MAX_EXTRA_BYTES: the largest parts go first."""
    holders = [
        (size, path, holder, key) for path, holder, key in _bulky(event) if (size := len(orjson.dumps(holder[key])))
    ]
    total = sum(size for size, *_ in holders)
    for size, path, holder, key in sorted(holders, key=lambda entry: -entry[0]):
        if total <= bounds.MAX_EXTRA_BYTES:
            return
        remarks.add(path, "cut", size)
        del holder[key]
        total -= size


def _bulky(event: dict[str, Any]) -> list[tuple[str, dict[str, Any], str]]:
    """Everything that MAX_EXTRA_BYTES counts: its path, and where it hangs."""
    found = [(f"extra.{key}", event["extra"], key) for key in event.get("extra", ())]
    if event.get("request", {}).get("body") is not None:
        found.append(("request.body", event["request"], "body"))
    for index, exception in enumerate(event.get("exception", ())):
        for place, frame in enumerate(exception.get("frames", ())):
            if frame.get("locals"):
                found.append((f"exception.{index}.frames.{place}.locals", frame, "locals"))
    return found
