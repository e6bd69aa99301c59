"""Structured logs on standard output, and error reports, as Google Cloud takes them.

https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields
https://cloud.google.com/error-reporting/docs/formatting-error-messages
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.google_cloud import gcp_severity, in_trace, place
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj, text_at

__all__ = ["FORMAT"]

_SPECIAL = "logging.googleapis.com/"
_NAMES = Names(
    {
        "timestamp": "timestamp time eventTime",
        "message": "message msg textPayload",
        "logger": "logger _logger logger_name",
        "stack_trace": "stack_trace exception stack",
        "exception": "err error",
        "span_id": _SPECIAL + "spanId spanId",
        "service": "serviceContext.service",
        "release": "serviceContext.version",
        "user_id": "context.user",
        "tags": _SPECIAL + "labels",
    },
    CONTEXT,
)
_TRACE, _PLACE, _LABELS = _SPECIAL + "trace", _SPECIAL + "sourceLocation", _SPECIAL + "labels"
_INSERT_ID = _SPECIAL + "insertId"
_CONTEXT = Names(CONTEXT)
_LEFT_OUT = frozenset(
    {"severity", _TRACE, _PLACE, _SPECIAL + "trace_sampled", _SPECIAL + "operation", "sourceLocation", "httpRequest",
     "timestampSeconds", "timestampNanos", "@type", _INSERT_ID, "_exception", "context", "trace",
     "logName"}
)  # fmt: skip
_MARKS = frozenset({*_LEFT_OUT - {"severity", "logName"}, _SPECIAL + "spanId", _LABELS, "serviceContext"})
_CERTAIN = frozenset(name for name in _MARKS if name.startswith(_SPECIAL))


def _detect(record: Record) -> bool:
    if not _CERTAIN.isdisjoint(record) or isinstance(record.get("serviceContext"), dict):
        return True
    if "clouderrorreporting" in str(record.get("@type", ""))[:200]:
        return True
    if "severity" not in record:
        return False
    trace = record.get("trace")
    return (isinstance(trace, str) and trace.startswith("projects/")) or isinstance(record.get("httpRequest"), dict)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    context = obj(record.get("context"))
    fields = {name: value for name, value in record.items() if name not in _LEFT_OUT}
    if context:
        fields["context"] = {name: context[name] for name in context if name not in ("httpRequest", "reportLocation")}
    draft = read_named(fields, _NAMES, remarks)
    draft["format"] = FORMAT.name
    if level := gcp_severity(record.get("severity")):
        draft["severity"] = level
    _put_time(draft, record)
    _put_identity(draft, record)
    if log := in_trace(record.get("logName")):
        draft.setdefault("logger", log)
    if trace := in_trace(record.get(_TRACE) or record.get("trace")):
        draft["trace_id"] = trace
    location = record.get(_PLACE) or record.get("sourceLocation") or context.get("reportLocation")
    draft.update(place(location))
    if function := text_at(location, "function") or text_at(location, "functionName"):
        draft["extra"] = {**obj(draft.get("extra")), "function": function}
    request = obj(record.get("httpRequest")) or obj(context.get("httpRequest"))
    if request:
        _put_request(draft, request)
    _put_exception(draft, record)
    return [draft]


def _put_time(draft: Draft, record: Record) -> None:
    seconds, nanos = record.get("timestampSeconds"), record.get("timestampNanos", 0)
    if "timestamp" not in draft and all(type(part) is int and 0 <= part < 2**40 for part in (seconds, nanos)):
        draft["timestamp"] = float(seconds + nanos / 1e9)


def _put_identity(draft: Draft, record: Record) -> None:
    """The id, which is one only together with the time; and what a logger's context has put into labels."""
    insert_id = record.get(_INSERT_ID)
    if isinstance(insert_id, str) and "timestamp" in draft:
        draft["event_id"] = f"{insert_id[:100]}/{draft['timestamp']}"
    for name, value in obj(record.get(_LABELS)).items():
        field = "logger" if name == "python_logger" else _CONTEXT.get(name, ("",))[0]
        if field and isinstance(value, str):
            draft.setdefault(field, value)


def _put_request(draft: Draft, request: Record) -> None:
    """A HttpRequest, or the HttpRequestContext of an error report."""
    made = {
        "url": request.get("requestUrl") or request.get("url"),
        "method": request.get("requestMethod") or request.get("method"),
    }
    draft["request"] = {name: value for name, value in made.items() if value}
    status: Any = request.get("status", request.get("responseStatusCode"))
    if status:
        draft["tags"] = {**obj(draft.get("tags")), "status": str(status)}


def _put_exception(draft: Draft, record: Record) -> None:
    """What Log4j 2's GcpLayout tells beside a message that ends in the trace."""
    thrown = record.get("_exception")
    stack = text_at(thrown, "stackTrace")
    if not isinstance(thrown, dict) or not stack:
        return
    draft["exception"] = raised(thrown.get("class"), thrown.get("message"), stack)
    draft["stack_trace"] = stack
    message = draft.get("message")
    if isinstance(message, str):
        draft["message"] = message.removesuffix(stack).strip() or message


FORMAT = ObjectFormat("google-cloud", _MARKS, _detect, _parse)
