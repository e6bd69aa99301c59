"""Google Cloud: entries of Cloud Logging, and the Pub/Sub messages that carry them.

https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
https://cloud.google.com/pubsub/docs/push#receive_push
"""

import base64
import binascii
from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.levels import severity
from rules.normalizing.paths import at, first_text, number, obj, text_at

__all__ = ["ENVELOPES", "gcp_severity", "in_trace", "place"]

_PAYLOADS = ("jsonPayload", "textPayload", "protoPayload")
_MARKS = frozenset({"logName", "resource", "insertId", "receiveTimestamp"})
_SERVICES = (
    "service_name", "function_name", "container_name", "module_id", "job_name", "revision_name", "dag_id", "job_id",
)  # fmt: skip
# https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity
_NUMBERS = {100: "debug", 200: "info", 300: "info", 400: "warning", 500: "error", 600: "critical", 700: "critical",
            800: "critical"}  # fmt: skip


def gcp_severity(given: Any) -> str | None:
    """The severity that a LogSeverity means; none for `DEFAULT`."""
    if type(given) is int:
        return _NUMBERS.get(given)
    return None if given == "DEFAULT" else severity(given)


def in_trace(trace: Any) -> str | None:
    """The id in `projects/shop/traces/4bf9…`."""
    return trace.rpartition("/")[2] if isinstance(trace, str) else None


def place(location: Any) -> Draft:
    """A `sourceLocation` or a `reportLocation`."""
    location = obj(location)
    found: Draft = {
        "source_file": first_text(location, "file", "filePath"),
        "line_number": number(location.get("line", location.get("lineNumber"))),
    }
    return {field: value for field, value in found.items() if value}


def _open_entry(record: Record) -> list[Opened]:
    """An entry; its id is one only together with its time."""
    labels = {**obj(at(record, "resource", "labels")), **obj(record.get("labels"))}
    tags = {name.removeprefix("k8s-pod/"): value for name, value in labels.items() if isinstance(value, str)}
    kind, log = text_at(record, "resource", "type"), in_trace(record.get("logName"))
    request = obj(record.get("httpRequest"))
    context: Draft = {
        "service": first_text(tags, "app", "app_kubernetes_io/name", *_SERVICES),
        "hostname": first_text(tags, "compute.googleapis.com/resource_name", "node_name"),
        "instance_id": first_text(tags, "pod_name", "instance_id", "instanceId"),
        "severity": gcp_severity(record.get("severity")),
        "timestamp": record.get("timestamp") or record.get("receiveTimestamp"),
        "event_id": f"{record['insertId']}/{record.get('timestamp')}" if text_at(record, "insertId") else None,
        "trace_id": in_trace(record.get("trace")),
        "span_id": record.get("spanId"),
        "logger": log.replace("%2F", "/") if log else None,
        "tags": {**tags, **({"resource": kind} if kind else {})},
        "request": _request(request) if request else None,
        **place(record.get("sourceLocation")),
    }
    return [Opened(_payload(record), {field: value for field, value in context.items() if value})]


def _payload(record: Record) -> Any:
    """What was logged; of an audit log, the status."""
    for name in _PAYLOADS[:2]:
        if name in record:
            return record[name]
    payload = obj(record.get("protoPayload"))
    status = obj(payload.get("status"))
    told = {"message": status.get("message") or payload.get("methodName"), "service.name": payload.get("serviceName")}
    return {**told, "protoPayload": payload}


def _request(request: Record) -> Draft:
    made = {"url": request.get("requestUrl"), "method": request.get("requestMethod")}
    return {field: value for field, value in made.items() if value}


def _detect_entry(record: Record) -> bool:
    return not _MARKS.isdisjoint(record)


def _open_message(record: Record) -> list[Opened]:
    """Pub/Sub's push: the data is base64."""
    message = record["message"]
    try:
        line = base64.b64decode(message["data"], validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        line = message["data"]
    context: Draft = {
        "event_id": message.get("messageId"),
        "timestamp": message.get("publishTime"),
        "tags": {name: value for name, value in obj(message.get("attributes")).items() if isinstance(value, str)},
    }
    return [Opened(line, {field: value for field, value in context.items() if value})]


ENVELOPES = (
    Envelope(frozenset(_PAYLOADS), _detect_entry, _open_entry, "google-cloud"),
    Envelope(
        frozenset({"subscription"}),
        lambda record: isinstance(at(record, "message", "data"), str),
        _open_message,
    ),
)
