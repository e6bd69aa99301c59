"""Logs of OpenTelemetry as drafts: https://opentelemetry.io/docs/specs/otel/logs/data-model/."""

from typing import Any

from rules import stacktraces
from rules.coercing import Remarks
from rules.normalizing.decoding import decode
from rules.normalizing.draft import Draft, Unreadable
from rules.normalizing.fields import LOGGER
from rules.normalizing.formats.otlp.conventions import put_attributes, put_resource
from rules.normalizing.formats.otlp.records import Log
from rules.normalizing.formats.otlp.times import seconds
from rules.normalizing.formats.plain import parse_text
from rules.normalizing.levels import severity
from rules.normalizing.named import read_named

__all__ = ["read_log", "severity_of"]

_STEPS = ((4, "debug"), (8, "debug"), (12, "info"), (16, "warning"), (20, "error"), (24, "critical"))


def severity_of(number: int) -> str | None:
    """The severity that a SeverityNumber stands for."""
    return next((level for last, level in _STEPS if number <= last), None) if number > 0 else None


def read_log(log: Log, remarks: Remarks) -> Draft:
    """A log as a draft, whatever its severity."""
    draft: Draft = {"format": "otlp"}
    resource = put_resource(draft, log.source.resource)
    level = severity_of(log.severity) or severity(log.severity_text)
    if level:
        draft["severity"] = level
    if log.time:
        draft["timestamp"] = seconds(log.time)
    for field, value in (("trace_id", log.trace_id), ("span_id", log.span_id), ("logger", log.source.scope)):
        if value:
            draft[field] = value
    extra = put_attributes(draft, log.attributes)
    if log.event_name:
        extra["event.name"] = log.event_name
    if resource:
        extra["resource"] = resource
    draft["extra"] = extra
    body = log.body
    if isinstance(body, str):
        begin = f"{log.severity_text}:{log.source.scope}:"  # as Python's logging writes, where nobody said otherwise
        body = _alone(body.removeprefix(begin), draft)
    _put_body(draft, body, remarks)
    return draft


def _alone(body: str, draft: Draft) -> str:
    """The message without the stack that a formatter wrote behind it, where attributes tell the exception anyway."""
    if "\n" not in body or "exception" not in draft:
        return body
    trace = stacktraces.find(body)
    return trace.before if trace else body


def _put_body(draft: Draft, body: Any, remarks: Remarks) -> None:
    """The body as the message; an object is read by its names, and a text that came without a level is a log's line."""
    if isinstance(body, str) and body.lstrip()[:1] == "{":
        body = _object(body, remarks)
    if isinstance(body, dict):
        _put_read(draft, read_named(body, LOGGER, remarks))
    elif isinstance(body, str) and "severity" not in draft and "exception" not in draft:
        _put_read(draft, parse_text(body, remarks))
    elif body is not None and body != "":
        draft["message"] = body


def _object(text: str, remarks: Remarks) -> Any:
    try:
        return decode(text.encode("utf-8", "replace"), remarks)[0]
    except Unreadable:
        return text


def _put_read(draft: Draft, read: Draft) -> None:
    """What was read of a body counts where the log itself says nothing."""
    extra, tags = read.pop("extra", None), read.pop("tags", None)
    for field, value in read.items():
        draft.setdefault(field, value)
    if isinstance(extra, dict):
        draft["extra"] = {**extra, **draft["extra"]}
    if isinstance(tags, dict):
        draft["tags"] = {**tags, **draft.get("tags", {})}
