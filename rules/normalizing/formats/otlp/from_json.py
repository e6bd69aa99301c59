"""OTLP in JSON: protobuf's names in lowerCamelCase, as the standard says, or as they are; integers as texts or numbers.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from rules.normalizing.formats.otlp.records import Attributes, Log, Source, Span, SpanEvent

__all__ = ["logs", "one_log", "one_span", "spans"]

_DEEPEST = 16  # of arrays and lists within a value
_HEX = frozenset("0123456789abcdef")
_ID_CHARACTERS = {24: 16, 12: 8}  # of base64, and bytes of the id: some writers keep to protobuf's own JSON
_SCALARS = frozenset({"string", "bool", "double", "bytes"})  # bytes stay in base64
_NUMBER_DIGITS = 20
_ERROR = (2, "2", "STATUS_CODE_ERROR")
_SEVERITY = "SEVERITY_NUMBER_"
_STEPS = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}


def logs(record: dict[str, Any]) -> Iterator[Log]:
    """The logs of an ExportLogsServiceRequest, or of LogsData."""
    for source, log in _items(record, "resourceLogs", "scopeLogs", "instrumentationLibraryLogs", "logRecords"):
        yield one_log(log, source)


def spans(record: dict[str, Any]) -> Iterator[Span]:
    """The spans of an ExportTraceServiceRequest, or of TracesData."""
    for source, span in _items(record, "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "spans"):
        yield one_span(span, source)


def one_log(log: dict[str, Any], source: Source | None = None) -> Log:
    """A LogRecord; alone it may hold its resource and scope."""
    number = _get(log, "severityNumber")
    return Log(
        source=source or _source(log, log),
        time=_integer(_get(log, "timeUnixNano")) or _integer(_get(log, "observedTimeUnixNano")),
        severity=_severity(number) if isinstance(number, str) else _integer(number),
        severity_text=_text(_get(log, "severityText")),
        body=_value(log.get("body")),
        attributes=_attributes(log.get("attributes")),
        trace_id=_id(_get(log, "traceId")),
        span_id=_id(_get(log, "spanId")),
        event_name=_text(_get(log, "eventName")),
    )


def one_span(span: dict[str, Any], source: Source | None = None) -> Span:
    """A span; alone it may hold its resource and scope."""
    status, events = _object(span.get("status")), _objects(span.get("events"))
    failed = status.get("code") in _ERROR
    return Span(
        source=source or _source(span, span),
        name=_text(span.get("name")),
        trace_id=_id(_get(span, "traceId")),
        span_id=_id(_get(span, "spanId")),
        parent_id=_id(_get(span, "parentSpanId")),
        end=_integer(_get(span, "endTimeUnixNano")) or _integer(_get(span, "startTimeUnixNano")),
        attributes=_attributes(span.get("attributes")) if failed or events else {},
        events=[
            SpanEvent(
                _text(event.get("name")), _integer(_get(event, "timeUnixNano")), _attributes(event.get("attributes"))
            )
            for event in events
        ],
        failed=failed,
        description=_text(status.get("message")),
    )


def _items(record: dict[str, Any], resources: str, scopes: str, old: str, items: str) -> Iterator[tuple[Source, Any]]:
    for resource in _objects(_get(record, resources)):
        for scope in _objects(_get(resource, scopes) or _get(resource, old)):
            source = _source(resource, scope)
            for item in _objects(_get(scope, items)):
                yield source, item


def _source(resource: dict[str, Any], scope: dict[str, Any]) -> Source:
    named = scope.get("scope") or _get(scope, "instrumentationLibrary")
    name = _object(named).get("name")
    return Source(_attributes(_object(resource.get("resource")).get("attributes")), _text(name) or None)


def _attributes(given: Any) -> Attributes:
    if isinstance(given, dict):  # as people write it who leave out protobuf's wrapping
        return {name: _value(value) for name, value in given.items()}
    return {_text(pair.get("key")): _value(pair.get("value")) for pair in _objects(given)}


def _value(given: Any, depth: int = _DEEPEST) -> Any:
    """An AnyValue as a plain value; what is none is taken as it is."""
    if not isinstance(given, dict) or len(given) != 1:
        return given or None if isinstance(given, dict) else given
    ((kind, value),) = given.items()
    kind = kind.removesuffix("_value").removesuffix("Value")
    if kind in _SCALARS:
        return value
    if kind == "int":
        return _integer(value)
    values = _object(value).get("values") if depth else None
    if kind == "array":
        return [_value(item, depth - 1) for item in values] if isinstance(values, list) else []
    if kind == "kvlist":
        return {_text(pair.get("key")): _value(pair.get("value"), depth - 1) for pair in _objects(values)}
    return given


def _get(holder: dict[str, Any], name: str) -> Any:
    value = holder.get(name)
    return holder.get(_SNAKE[name]) if value is None else value


_SNAKE = {
    "resourceLogs": "resource_logs", "scopeLogs": "scope_logs", "logRecords": "log_records",
    "resourceSpans": "resource_spans", "scopeSpans": "scope_spans", "spans": "spans",
    "instrumentationLibraryLogs": "instrumentation_library_logs",
    "instrumentationLibrarySpans": "instrumentation_library_spans", "instrumentationLibrary": "instrumentation_library",
    "severityNumber": "severity_number", "severityText": "severity_text", "timeUnixNano": "time_unix_nano",
    "observedTimeUnixNano": "observed_time_unix_nano", "startTimeUnixNano": "start_time_unix_nano",
    "endTimeUnixNano": "end_time_unix_nano", "traceId": "trace_id", "spanId": "span_id",
    "parentSpanId": "parent_span_id", "eventName": "event_name",
}  # fmt: skip


def _integer(value: Any) -> int:
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= _NUMBER_DIGITS else 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _severity(name: str) -> int:
    """A number written as a text, or the name of one: `SEVERITY_NUMBER_ERROR2`."""
    word = name.removeprefix(_SEVERITY)
    step = word[-1:] if word[-1:].isdigit() else "1"
    return _STEPS[word.rstrip("234")] + int(step) - 1 if word.rstrip("234") in _STEPS else _integer(name)


def _id(value: Any) -> str:
    """An id in hexadecimal, also where it was written in base64."""
    if not isinstance(value, str):
        return ""
    if len(value) in _ID_CHARACTERS and not _HEX.issuperset(value.lower()):
        try:
            return base64.b64decode(value, validate=True).hex()
        except binascii.Error:
            return ""
    return value.lower() if value.strip("0") else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
