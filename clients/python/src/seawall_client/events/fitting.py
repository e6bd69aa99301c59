"""An event made to fit the schema: its fields' types, and its size as a whole."""

from __future__ import annotations

import json
from typing import Any, Callable

from seawall_client.events import bounds
from seawall_client.events.texts import cut, str_of
from seawall_client.events.trees import Budget, tree_of

__all__ = ["encode", "fit"]

_Json = dict[str, Any]
_NAMES = (
    "event_id timestamp service environment hostname instance_id trace_id span_id correlation_id error_type logger"
    " transaction user_id session_id release commit language sdk"
)
SEVERITIES = frozenset({"debug", "info", "warning", "error", "critical"})
_FEW = 20  # frames of an exception that is still too large


def fit(event: _Json, *, ours: bool) -> _Json:
    """The event with known fields only, each of its type; what has no field goes to `extra`.

    `ours` says that its exceptions are as `exceptions_of` made them.
    """
    made: _Json = {}
    extra: _Json = {}
    for name, value in event.items():
        mend = _FIELDS.get(name)
        if mend is None:
            extra[str_of(name, bounds.MAX_NAME)] = value
        elif ours and name == "exception":
            made[name] = value
        elif value is not None and (mended := mend(value)) is not None:
            made[name] = mended
    if extra or "extra" in made:
        made["extra"] = _tree({**extra, **made.get("extra", {})})
    if not made.get("message") and not made.get("error_type"):
        made.setdefault("message", "")
    return made


def encode(event: _Json) -> bytes:
    """The event as a line of JSON without its end; parts that tell least are left out where it would be too large."""
    for shrink in (_whole, _without_context, _without_locals, _without_extra, _with_few_frames):
        shrink(event)
        encoded = _dumps(event)
        if len(encoded) <= bounds.MAX_EVENT_BYTES:
            break
    return encoded


def _dumps(event: _Json) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")  # a lone surrogate is no UTF-8


def _whole(event: _Json) -> None:
    pass


def _without_context(event: _Json) -> None:
    for frame in _frames(event):
        frame.pop("context", None)


def _without_locals(event: _Json) -> None:
    for frame in _frames(event):
        frame.pop("locals", None)


def _without_extra(event: _Json) -> None:
    event["extra"] = {name: value for name, value in event.get("extra", {}).items() if name == "seawall"}
    event.pop("request", None)


def _with_few_frames(event: _Json) -> None:
    for exception in event.get("exception", ()):
        frames = exception.get("frames")
        if frames:
            exception["frames"] = frames[:1] + frames[1:][-_FEW:]
        exception["value"] = exception.get("value", "")[:1_000]


def _frames(event: _Json) -> list[_Json]:
    return [frame for exception in event.get("exception", ()) for frame in exception.get("frames", ())]


def _text(limit: int) -> Callable[[Any], str]:
    return lambda value: cut(value, limit) if type(value) is str else str_of(value, limit)


def _tree(value: Any) -> Any:
    return tree_of(value, Budget(seconds=1.0))


def _tags(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    pairs = list(value.items())[: bounds.MAX_TAGS]
    return {_name(name): _tag_value(one) for name, one in pairs if one is not None}


def _exceptions(value: Any) -> list[_Json]:
    """Those of `before_send` and of hand-made events; what we made ourselves is right."""
    made = [_known(one, _EXCEPTION) for one in _objects(value, bounds.MAX_EXCEPTIONS)]
    return [{**one, "frames": one.get("frames", [])} for one in made]


def _frames_of(value: Any) -> list[_Json]:
    return [_known(one, _FRAME) for one in _objects(value, bounds.MAX_FRAMES)]


def _context(value: Any) -> _Json | None:
    return _known(value, _CONTEXT) if isinstance(value, dict) else None


def _lines(value: Any) -> list[str]:
    return [_line(one) for one in list(value)[: bounds.MAX_CONTEXT_LINES]] if isinstance(value, (list, tuple)) else []


def _objects(value: Any, limit: int) -> list[_Json]:
    """The last objects of a list, or the only one."""
    given = list(value) if isinstance(value, (list, tuple)) else [value]
    return [one for one in given if isinstance(one, dict)][-limit:]


def _known(value: _Json, fields: dict[str, Callable[[Any], Any]]) -> _Json:
    made = {name: mend(value[name]) for name, mend in fields.items() if value.get(name) is not None}
    return {name: one for name, one in made.items() if one is not None}


def _request(value: Any) -> _Json | None:
    if not isinstance(value, dict):
        return None
    made: _Json = {}
    for name, limit in (("url", bounds.MAX_LINE), ("method", 20), ("query_string", bounds.MAX_LINE)):
        if value.get(name):
            made[name] = _text(limit)(value[name])
    headers = value.get("headers")
    if isinstance(headers, dict):
        made["headers"] = {_name(key): _message(one) for key, one in list(headers.items())[: bounds.MAX_TAGS]}
    if value.get("body") is not None:
        made["body"] = _tree(value["body"])
    return made


def _severity(value: Any) -> str:
    word = str_of(value, bounds.MAX_NAME).lower()
    return _LEVELS.get(word, word if word in SEVERITIES else "error")


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _object(value: Any) -> _Json:
    return _tree(value) if isinstance(value, dict) else {"value": _tree(value)}


def _parts(value: Any) -> list[str]:
    parts = list(value) if isinstance(value, (list, tuple)) else [value]
    return [_name(one) for one in parts[: bounds.MAX_FINGERPRINT_PARTS]]


_LEVELS = {"warn": "warning", "fatal": "critical", "notice": "info", "exception": "error", "notset": "debug"}
_name, _line, _message = _text(bounds.MAX_NAME), _text(bounds.MAX_LINE), _text(bounds.MAX_MESSAGE)
_tag_value = _text(bounds.MAX_TAG_VALUE)
_CONTEXT: dict[str, Callable[[Any], Any]] = {"before": _lines, "line": _line, "after": _lines}
_FRAME: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("function", "module", "address"), _name),
    **dict.fromkeys(("file", "package", "abs_path"), _line),
    **dict.fromkeys(("line", "column"), _number),
    "in_app": _boolean,
    "context": _context,
    "locals": _object,
}
_EXCEPTION: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("type", "module", "mechanism", "relation"), _name),
    **dict.fromkeys(("id", "parent"), _number),
    **dict.fromkeys(("handled", "is_group"), _boolean),
    "value": _message,
    "frames": _frames_of,
}
_FIELDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_NAMES.split(), _name),
    "message": _message,
    "message_template": _message,
    "stack_trace": _text(bounds.MAX_STACK_TEXT),
    "source_file": _line,
    "line_number": _number,
    "severity": _severity,
    "exception": _exceptions,
    "request": _request,
    "tags": _tags,
    "extra": lambda value: value if isinstance(value, dict) else {"value": value},
    "fingerprint": _parts,
}
