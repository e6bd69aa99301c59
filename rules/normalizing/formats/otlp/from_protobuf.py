"""OTLP in protobuf, by the messages of the `opentelemetry-proto` package."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import Status, TracesData

from models.reasons import DeadReason
from rules.normalizing.draft import Unreadable
from rules.normalizing.formats.otlp.records import Attributes, Log, Source, Span, SpanEvent

__all__ = ["logs", "spans"]


def logs(value: bytes) -> Iterator[Log]:
    """The logs of an ExportLogsServiceRequest, or of LogsData, which have the same form."""
    for resource in _read(LogsData, value).resource_logs:
        attributes = _attributes(resource.resource.attributes)
        for scope in resource.scope_logs:
            source = Source(attributes, scope.scope.name or None)
            for log in scope.log_records:
                yield Log(
                    source=source,
                    time=log.time_unix_nano or log.observed_time_unix_nano,
                    severity=log.severity_number,
                    severity_text=log.severity_text,
                    body=_value(log.body),
                    attributes=_attributes(log.attributes),
                    trace_id=_id(log.trace_id),
                    span_id=_id(log.span_id),
                    event_name=log.event_name,
                )


def spans(value: bytes) -> Iterator[Span]:
    """The spans of an ExportTraceServiceRequest, or of TracesData, which have the same form."""
    for resource in _read(TracesData, value).resource_spans:
        attributes = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            source = Source(attributes, scope.scope.name or None)
            for span in scope.spans:
                failed = span.status.code == Status.STATUS_CODE_ERROR
                yield Span(
                    source=source,
                    name=span.name,
                    trace_id=_id(span.trace_id),
                    span_id=_id(span.span_id),
                    parent_id=_id(span.parent_span_id),
                    end=span.end_time_unix_nano or span.start_time_unix_nano,
                    attributes=_attributes(span.attributes) if failed or span.events else {},
                    events=[
                        SpanEvent(event.name, event.time_unix_nano, _attributes(event.attributes))
                        for event in span.events
                    ],
                    failed=failed,
                    description=span.status.message,
                )


def _read(message: Any, value: bytes) -> Any:
    try:
        return message.FromString(value)
    except DecodeError:
        raise Unreadable(DeadReason.NOT_TEXT, "the record is said to be OTLP and cannot be decoded") from None


def _attributes(pairs: Any) -> Attributes:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    """The plain value; bytes in hexadecimal."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value) for pair in value.kvlist_value.values}
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind)


def _id(value: bytes) -> str:
    return value.hex() if any(value) else ""
