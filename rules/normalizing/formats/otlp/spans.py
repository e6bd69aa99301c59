"""Errors within spans: their events named `exception`, and statuses that tell an error.

https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
"""

from collections.abc import Iterable, Iterator

from rules.normalizing.draft import Draft
from rules.normalizing.formats.otlp.conventions import put_attributes, put_resource
from rules.normalizing.formats.otlp.records import Span, SpanEvent
from rules.normalizing.formats.otlp.times import seconds

__all__ = ["read_spans"]

_EXCEPTION = "exception"
_MOST_ANCESTORS = 16
_What = tuple[str, str]


def read_spans(spans: Iterable[Span]) -> Iterator[Draft]:
    """The errors in spans: an exception that went through several of them is told once, by the innermost."""
    every = list(spans)
    passed_on = _passed_on(every)
    for span in every:
        passed = passed_on.get((span.trace_id, span.span_id), set())
        events = [event for event in span.events if event.name == _EXCEPTION]
        for index, event in enumerate(events):
            if _what(event) not in passed:
                yield _read(span, event, index)
        if not events and span.failed and span.description and not _repeats(span.description, passed):
            yield _read(span, None, 0)


def _passed_on(spans: list[Span]) -> dict[tuple[str, str], set[_What]]:
    """By span, the exceptions that one below it tells: instrumentation notes them wherever they go through."""
    known = {(span.trace_id, span.span_id): span for span in spans if span.span_id}
    passed: dict[tuple[str, str], set[_What]] = {}
    for span in spans:
        whats = {_what(event) for event in span.events if event.name == _EXCEPTION}
        above = span
        for _ in range(_MOST_ANCESTORS if whats else 0):
            parent = known.get((above.trace_id, above.parent_id))
            if parent is None or parent is span:
                break
            passed.setdefault((parent.trace_id, parent.span_id), set()).update(whats)
            above = parent
    return passed


def _what(event: SpanEvent) -> _What:
    return str(event.attributes.get("exception.type", "")), str(event.attributes.get("exception.message", ""))


def _repeats(description: str, passed: Iterable[_What]) -> bool:
    return any(message and message in description for _, message in passed)


def _read(span: Span, event: SpanEvent | None, index: int) -> Draft:
    draft: Draft = {"format": "otlp", "severity": "error"}
    resource = put_resource(draft, span.source.resource)
    if (at := (event.time if event else 0) or span.end) > 0:
        draft["timestamp"] = seconds(at)
    if span.trace_id and span.span_id:
        draft.update(trace_id=span.trace_id, span_id=span.span_id)
        if span.parent_id:
            draft["parent_span_id"] = span.parent_id
        draft["event_id"] = f"{span.trace_id}-{span.span_id}-{index}"  # sent twice, it is still one error
    extra = put_attributes(draft, event.attributes) if event else {}
    extra.update(put_attributes(draft, span.attributes))
    draft.setdefault("transaction", span.name)
    if event is None:
        draft["message"] = span.description
        if isinstance(kind := extra.get("error.type"), str) and not kind.isdigit():
            draft["error_type"] = extra.pop("error.type")
    elif span.description and _what(event)[1] not in span.description:
        extra["status"] = span.description
    if span.source.scope:
        draft["logger"] = span.source.scope
    if resource:
        extra["resource"] = resource
    draft["extra"] = extra
    return draft
