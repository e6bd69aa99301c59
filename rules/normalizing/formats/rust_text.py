"""Lines of Rust: env_logger, and tracing-subscriber's full format.

https://docs.rs/env_logger/latest/env_logger/fmt/index.html
https://docs.rs/tracing-subscriber/latest/tracing_subscriber/fmt/format/struct.Full.html
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import DIGITS, Head, headed, read_head
from rules.normalizing.logged import put_error, put_extra

__all__ = ["FORMAT"]

_TIME = r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)"
_MICROS = r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"
_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR)"
_TARGET = r"(?P<logger>[A-Za-z_]\w{0,100}(?:::\w{1,100}){0,12})"
_ENV_LOGGER = re.compile(rf"\[{_TIME} {_LEVEL} {{1,2}}{_TARGET}\] ")
_TRACING = re.compile(rf"{_MICROS} {{1,2}}{_LEVEL} (?:{_TARGET}: (?=\S)|(?=[^\n]{{0,1000}}\}}: ))")
_BEHIND_SPANS = re.compile(rf"{_TARGET}: ")
_SPANS_END = "}: "
_MAX_SPANS = 20
_FIELD = re.compile(r" (?=[A-Za-z_][\w.]{0,60}=)")
_MAX_FIELDS = 50
_ERRORS = ("error", "err")


def _match(text: str) -> Head | None:
    return _ENV_LOGGER.match(text) if text.startswith("[") else _TRACING.match(text)


def _read(found: Head, text: str, _: Remarks) -> Draft:
    draft = read_head(found, text)
    draft["language"] = "rust"
    message = draft.get("message")
    if found.re is _TRACING and isinstance(message, str):
        _put_fields(draft, _without_spans(draft, message))
    return draft


def _without_spans(draft: Draft, text: str) -> str:
    """The text behind `request{method=POST}:pay{order=17}: target: `, which go to the draft."""
    if "logger" in draft:
        return text
    end = -1
    for _ in range(_MAX_SPANS):
        end = text.find(_SPANS_END, end + 1)
        if end < 0:
            break
        target = _BEHIND_SPANS.match(text, end + len(_SPANS_END))
        if target is not None:
            put_extra(draft, "spans", text[: end + 1])
            draft["logger"] = target["logger"]
            return text[target.end() :]
    return text


def _put_fields(draft: Draft, text: str) -> None:
    """The message in front, and the fields behind it, which go to the next one: they are not quoted."""
    line, newline, below = text.partition("\n")
    message, *parts = _FIELD.split(line, _MAX_FIELDS)
    fields = dict(part.split("=", 1) for part in parts)
    draft["message"] = f"{message}{newline}{below}"
    name = next((name for name in _ERRORS if fields.get(name)), None)
    if name is not None:
        put_error(draft, fields.pop(name).strip('"'))
    for field, value in fields.items():
        put_extra(draft, field, value.strip('"'))


FORMAT = headed("rust-text", DIGITS + "[", _match, _read)
