"""OpenTelemetry's protocol over HTTP: logs and traces, in protobuf and in JSON.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.bounds import MAX_RECORD
from gateway.contract import Accepted, Answer, Endpoint, Received, Record, Refusal, Refused
from gateway.protocols.common import checked, header, json_of, retry_headers
from gateway.protocols.plain import plain_key

__all__ = ["LOGS", "METRICS", "TRACES"]

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MOST = 1_000  # items of one record that the job reads
_WARN = 13  # https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
_FAILED_IN_JSON = (2, "2", "STATUS_CODE_ERROR")  # a tuple: the code may be anything, also what no set can hold
_FAILED = 2  # https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
_LONGEST_DETAIL = 120  # so that its length is one byte


class _Signal:
    """What differs between logs and traces."""

    def __init__(
        self,
        request: Callable[[], Any],
        names: tuple[str, str, str],
        json_names: tuple[str, str, str],
        worth: tuple[Callable[[Any], bool], Callable[[dict[str, Any]], bool]],
    ) -> None:
        self.request = request
        self.names = names  # of the lists within each other: resources, scopes, items
        self.json_names = json_names
        self.worth, self.json_worth = worth

    def read(self, received: Received) -> Accepted:
        """The batch as it is, where something in it may be an error and the job can read it whole; else in parts."""
        if _is_json(received):
            records, answer = self._json(received.body), Answer(200, b"{}", JSON)
        else:
            records, answer = self._protobuf(received.body), Answer(200, b"", PROTOBUF)
        ignored = {} if records else {self.names[2]: 1}
        return Accepted(checked(records), answer, ignored)

    def _protobuf(self, body: bytes) -> list[Record]:
        request = self.request()
        try:
            request.ParseFromString(body)
        except DecodeError:
            raise Refused(400, "invalid", "the body is no OTLP request in protobuf") from None
        items = [item for scope in self._scopes(request) for item in getattr(scope, self.names[2])]
        if not any(map(self.worth, items)):
            return []
        if len(items) <= MOST and len(body) <= MAX_RECORD:
            return [Record(body, None, PROTOBUF)]
        return [Record(part.SerializeToString(), None, PROTOBUF) for part in self._parts(request)]

    def _scopes(self, request: Message) -> Iterator[Any]:
        for resource in getattr(request, self.names[0]):
            yield from getattr(resource, self.names[1])

    def _parts(self, request: Message) -> Iterator[Any]:
        """What is worth it, in requests of their own."""
        resources, scopes, items = self.names
        for resource in getattr(request, resources):
            for scope in getattr(resource, scopes):
                kept = [item for item in getattr(scope, items) if self.worth(item)]
                for start in range(0, len(kept), MOST):
                    part = self.request()
                    above = getattr(part, resources).add(schema_url=resource.schema_url, resource=resource.resource)
                    within = getattr(above, scopes).add(schema_url=scope.schema_url, scope=scope.scope)
                    getattr(within, items).extend(kept[start : start + MOST])
                    yield part

    def _json(self, body: bytes) -> list[Record]:
        request = json_of(body)
        if not isinstance(request, dict):
            raise Refused(400, "invalid", "the body is no OTLP request in JSON")
        resources, scopes, items = self.json_names
        count, worthy, parts = 0, False, []
        for resource in _objects(request.get(resources)):
            for scope in _objects(resource.get(scopes)):
                some = _objects(scope.get(items))
                kept = [item for item in some if self.json_worth(item)]
                count, worthy = count + len(some), worthy or bool(kept)
                for start in range(0, len(kept), MOST):
                    within = {**scope, items: kept[start : start + MOST]}
                    parts.append({resources: [{**resource, scopes: [within]}]})
        if not worthy:
            return []
        if count <= MOST and len(body) <= MAX_RECORD:
            return [Record(body)]
        return [Record(orjson.dumps(part)) for part in parts]


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_json(received: Received) -> bool:
    """JSON where it says so or looks so; protobuf begins with 0x0A."""
    kind = header(received, b"content-type") or ""
    return kind.startswith(JSON) or (not kind.startswith("application/x-protobuf") and received.body[:1] == b"{")


def _worthy_log(log: Any) -> bool:
    """Not below a warning, or of no severity: the job reads it from the text then."""
    return not 0 < log.severity_number < _WARN


def _worthy_json_log(log: dict[str, Any]) -> bool:
    number = log.get("severityNumber")
    if isinstance(number, str):
        if not number.isdecimal():
            return not number.startswith(("SEVERITY_NUMBER_TRACE", "SEVERITY_NUMBER_DEBUG", "SEVERITY_NUMBER_INFO"))
        number = int(number[:4])
    return not isinstance(number, int) or number == 0 or number >= _WARN


def _worthy_span(span: Any) -> bool:
    return bool(span.status.code == _FAILED) or any(event.name == "exception" for event in span.events)


def _worthy_json_span(span: dict[str, Any]) -> bool:
    status = span.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    if code in _FAILED_IN_JSON:
        return True
    return any(event.get("name") == "exception" for event in _objects(span.get("events")))


def _refuse(refusal: Refusal, received: Received) -> Answer:
    """A google.rpc.Status, of which senders read the message: its second field."""
    detail = refusal.detail[:_LONGEST_DETAIL]
    if _is_json(received):
        return Answer(refusal.status, orjson.dumps({"message": detail}), JSON, retry_headers(refusal))
    text = detail.encode("ascii", "replace")
    return Answer(refusal.status, bytes([0x12, len(text)]) + text, PROTOBUF, retry_headers(refusal))


def _metrics(received: Received) -> Accepted:
    """Taken and let go: a sender whose metrics were refused would complain for ever."""
    answer = Answer(200, b"{}", JSON) if _is_json(received) else Answer(200, b"", PROTOBUF)
    return Accepted([], answer, {"metrics": 1})


_LOGS = _Signal(
    ExportLogsServiceRequest,
    ("resource_logs", "scope_logs", "log_records"),
    ("resourceLogs", "scopeLogs", "logRecords"),
    (_worthy_log, _worthy_json_log),
)
_TRACES = _Signal(
    ExportTraceServiceRequest,
    ("resource_spans", "scope_spans", "spans"),
    ("resourceSpans", "scopeSpans", "spans"),
    (_worthy_span, _worthy_json_span),
)
LOGS = Endpoint("otlp", plain_key, _LOGS.read, _refuse)
TRACES = Endpoint("otlp", plain_key, _TRACES.read, _refuse)
METRICS = Endpoint("otlp", plain_key, _metrics, _refuse)
