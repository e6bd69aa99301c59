"""Logs and spans of OTLP, whichever way they were written; values of attributes are plain ones."""

from typing import Any, NamedTuple

__all__ = ["Attributes", "Log", "Source", "Span", "SpanEvent"]

Attributes = dict[str, Any]


class Source(NamedTuple):
    """What sent a log or a span: the attributes of its resource, and the name of the scope (a logger, a library)."""

    resource: Attributes
    scope: str | None


class Log(NamedTuple):
    """A LogRecord. Times in nanoseconds since the epoch, 0 where unknown; ids in hexadecimal, empty where unknown."""

    source: Source
    time: int
    severity: int  # SeverityNumber, 0 where unknown
    severity_text: str
    body: Any
    attributes: Attributes
    trace_id: str
    span_id: str
    event_name: str


class SpanEvent(NamedTuple):
    """What happened within a span."""

    name: str
    time: int
    attributes: Attributes


class Span(NamedTuple):
    """A span, with what tells an error in it; without attributes where nothing does."""

    source: Source
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    end: int
    attributes: Attributes
    events: list[SpanEvent]
    failed: bool  # its status is an error
    description: str  # of the status
