"""OpenTelemetry's logs and spans: the same in JSON and in protobuf, whoever wrote them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from models.event import ErrorEvent
from models.reasons import DeadReason
from rules.normalizing import MAX_EVENTS, Draft, NotAnError, Unreadable, normalize
from rules.normalizing.formats.otlp.wire import kind_of
from tests.fixtures.make import RECORDS

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
AT = 1735787045
PROTOBUF = {"content-type": b"application/x-protobuf"}
TRACEBACK = (
    'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 3, in pay\n    charge()\nshop.PayError: no money'
)


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": name, "value": value if isinstance(value, dict) else {"stringValue": value}}
        for name, value in attributes.items()
    ]


def request(*logs: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    scope = {"scope": {"name": "shop.pay"}, "logRecords": list(logs)}
    return {
        "resourceLogs": [
            {"resource": {"attributes": pairs(resource or {"service.name": "shop"})}, "scopeLogs": [scope]}
        ]
    }


def log(body: Any = "failed", attributes: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "timeUnixNano": f"{AT}500000000",
        "severityNumber": 17,
        "body": {"stringValue": body} if isinstance(body, str) else body,
        "attributes": pairs(attributes or {}),
        **fields,
    }


def read(record: dict[str, Any]) -> Draft:
    [draft] = normalize(json.dumps(record).encode(), {})
    ErrorEvent.model_validate(draft)
    return draft


def binaries() -> list[Path]:
    return sorted(path for path in RECORDS.glob("otlp/*.bin"))


@pytest.mark.parametrize("path", binaries(), ids=lambda path: path.stem)
def test_json_and_protobuf_are_read_alike(path: Path) -> None:
    value = path.read_bytes()
    message = (LogsData if kind_of(value) == "logs" else TracesData).FromString(value)
    told = outcome(value, {})  # known by its bytes alone
    assert told == outcome(value, PROTOBUF)
    for snake in (True, False):  # ids in base64, as protobuf's own JSON has them
        written = MessageToDict(message, preserving_proto_field_name=snake)
        assert outcome(json.dumps(written).encode(), {}) == told


def outcome(value: bytes, headers: dict[str, bytes]) -> Any:
    try:
        return normalize(value, headers)
    except NotAnError as none:
        return str(none)


def test_a_log_is_read_whole() -> None:
    attributes = {
        "exception.type": "shop.PayError", "exception.message": "no money", "exception.stacktrace": TRACEBACK,
        "exception.escaped": {"boolValue": True}, "enduser.id": "7", "session.id": "s", "http.method": "POST",
        "http.scheme": "https", "http.host": "shop.example", "http.target": "/pay?a=b", "http.user_agent": "x",
        "http.status_code": {"intValue": "500"}, "http.request.header.accept": {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}},
        "code.filepath": "/srv/shop/b.py", "code.lineno": {"intValue": "9"}, "message_template.text": "failed {n}",
        "nested": {"kvlistValue": {"values": [{"key": "a", "value": {"doubleValue": 0.5}}]}}, "raw": {"bytesValue": "AAE="}, "none": {},
    }  # fmt: skip
    resource = {
        "service.name": "shop", "service.version": "1.2", "service.instance.id": "i-1", "deployment.environment": "staging",
        "host.name": "web-1", "telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry", "telemetry.sdk.version": "1.38.0",
        "process.runtime.name": "cpython", "process.runtime.version": "3.12", "k8s.pod.name": "shop-x", "os.type": "linux",
    }  # fmt: skip
    draft = read(request(log(attributes=attributes, traceId=TRACE_ID, spanId=SPAN_ID), resource=resource))
    [raised] = draft.pop("exception")
    assert (raised["type"], raised["module"], raised["value"], raised["handled"]) == (
        "PayError",
        "shop",
        "no money",
        False,
    )
    assert [frame["function"] for frame in raised["frames"]] == ["pay"]
    assert draft == {
        "format": "otlp", "timestamp": AT + 0.5, "severity": "error", "service": "shop", "release": "1.2", "instance_id": "i-1",
        "environment": "staging", "hostname": "web-1", "language": "python", "sdk": "opentelemetry/1.38.0", "logger": "shop.pay",
        "trace_id": TRACE_ID, "span_id": SPAN_ID, "message": "failed", "message_template": "failed {n}", "error_type": "PayError",
        "stack_trace": TRACEBACK, "source_file": "/srv/shop/b.py", "line_number": 9, "user_id": "7", "session_id": "s",
        "request": {"method": "POST", "url": "https://shop.example/pay?a=b", "headers": {"accept": "a, b", "user-agent": "x"}},
        "tags": {"runtime": "cpython 3.12", "k8s.pod.name": "shop-x", "http.status_code": "500"},
        "extra": {"nested": {"a": 0.5}, "raw": "AAE=", "resource": {"os.type": "linux"}}, "remarks": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"severityNumber": 4}, "debug"),
        ({"severityNumber": 9}, "info"),
        ({"severityNumber": 13}, "warning"),
        ({"severityNumber": 20}, "error"),
        ({"severityNumber": 21}, "critical"),
        ({"severityNumber": "SEVERITY_NUMBER_ERROR2"}, "error"),
        ({"severityNumber": "SEVERITY_NUMBER_FATAL"}, "critical"),
        ({"severityNumber": "13"}, "warning"),
        ({"severityNumber": 0, "severityText": "WARN"}, "warning"),
        ({"severityNumber": 99, "severityText": ""}, None),
    ],
)
def test_a_severity_number_is_a_severity(fields: dict[str, Any], expected: str | None) -> None:
    assert read(request(log(**fields))).get("severity") == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (TRACE_ID, TRACE_ID),
        (TRACE_ID.upper(), TRACE_ID),
        (base64.b64encode(bytes.fromhex(TRACE_ID)).decode(), TRACE_ID),
        ("0" * 32, None),
        ("", None),
        (7, None),
    ],
)
def test_an_id_is_hexadecimal(given: Any, expected: str | None) -> None:
    assert read(request(log(traceId=given))).get("trace_id") == expected


@pytest.mark.parametrize(
    ("body", "severity", "expected"),
    [
        (
            {
                "kvlistValue": {
                    "values": [
                        {"key": "msg", "value": {"stringValue": "no money"}},
                        {"key": "order", "value": {"intValue": "17"}},
                    ]
                }
            },
            17,
            {"message": "no money", "severity": "error", "extra": {"order": 17}},
        ),
        (
            '{"level": "fatal", "msg": "no money", "service": "other"}',
            0,
            {"message": "no money", "severity": "critical", "service": "shop"},
        ),
        ("2025-01-02T03:04:05Z ERROR no money", 0, {"message": "no money", "severity": "error", "timestamp": AT + 0.5}),
        ("ERROR no money", 17, {"message": "ERROR no money", "severity": "error"}),
        ("failed\n" + TRACEBACK, 17, {"message": "failed", "error_type": "PayError"}),
        ("{no JSON", 17, {"message": "{no JSON"}),
        ({"arrayValue": {"values": [{"intValue": 1}]}}, 17, {"message": "[1]"}),
    ],
)
def test_a_body_is_any_value(body: Any, severity: int, expected: dict[str, Any]) -> None:
    draft = read(request(log(body, severityNumber=severity)))
    assert {name: draft.get(name) for name in expected} == expected


def test_a_message_is_told_without_the_stack_that_attributes_tell() -> None:
    draft = read(
        request(
            log(
                f"ERROR:shop.pay:failed\n{TRACEBACK}",
                {"exception.type": "PayError", "exception.stacktrace": TRACEBACK},
                severityText="ERROR",
            )
        )
    )
    assert (draft["message"], draft["error_type"]) == ("failed", "PayError")


@pytest.mark.parametrize(
    ("kind", "language", "expected"),
    [
        ("java.lang.IllegalStateException", "java", ("IllegalStateException", "java.lang")),
        ("__main__.PayError", "python", ("PayError", "__main__")),
        ("*fmt.wrapError", "go", ("*fmt.wrapError", None)),
        ("System.InvalidOperationException", "dotnet", ("System.InvalidOperationException", None)),
        ("TypeError", "nodejs", ("TypeError", None)),
    ],
)
def test_a_type_is_told_from_its_module(kind: str, language: str, expected: tuple[str, str | None]) -> None:
    draft = read(request(log(attributes={"exception.type": kind}), resource={"telemetry.sdk.language": language}))
    [raised] = draft["exception"]
    assert (raised["type"], raised.get("module")) == expected


@pytest.mark.parametrize("name", ["unknown_service", "unknown_service:java"])
def test_a_service_without_a_name_has_none(name: str) -> None:
    draft = read(request(log(), resource={"service.name": name}))
    assert "service" not in draft
    assert draft["extra"] == {"resource": {"service.name": name}}


def test_a_log_may_come_alone() -> None:
    draft = read(
        {
            **log(attributes={"user.id": "7"}),
            "resource": {"attributes": {"service.name": "shop"}},
            "scope": {"name": "a"},
        }
    )
    assert (draft["service"], draft["logger"], draft["user_id"], draft["message"]) == ("shop", "a", "7", "failed")


def span(
    number: int, parent: int = 0, *, events: list[tuple[str, str]] = (), failed: str | None = None, **fields: Any
) -> dict[str, Any]:  # type: ignore[assignment]
    made = {
        "name": f"span {number}",
        "traceId": TRACE_ID,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "startTimeUnixNano": AT * 10**9,
        "endTimeUnixNano": AT * 10**9,
    }
    made["events"] = [
        {
            "name": "exception",
            "timeUnixNano": AT * 10**9,
            "attributes": pairs({"exception.type": kind, "exception.message": message}),
        }
        for kind, message in events
    ]
    if failed is not None:
        made["status"] = {"code": 2, "message": failed}
    return {**made, **fields}


def spans(*items: dict[str, Any]) -> list[Any]:
    record = {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "s"}, "spans": list(items)}]}]}
    try:
        return [
            (draft["transaction"], draft.get("error_type"), draft.get("message"))
            for draft in normalize(json.dumps(record).encode(), {})
        ]
    except NotAnError:
        return []


E, OTHER = ("E", "no money"), ("F", "no time")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([span(1)], []),
        ([span(1, failed="")], []),
        ([span(1, failed="sold out")], [("span 1", None, "sold out")]),
        (
            [span(1, failed="sold out", attributes=pairs({"error.type": "SoldOut"}))],
            [("span 1", "SoldOut", "sold out")],
        ),
        ([span(1, failed="sold out", attributes=pairs({"error.type": "500"}))], [("span 1", None, "sold out")]),
        (
            [span(1, failed="sold out", status={"code": "STATUS_CODE_ERROR", "message": "gone"})],
            [("span 1", None, "gone")],
        ),
        ([span(1, events=[E], failed="E: no money")], [("span 1", "E", "no money")]),
        ([span(1, events=[E, OTHER])], [("span 1", "E", "no money"), ("span 1", "F", "no time")]),
        # An exception that went through its callers is one error.
        (
            [span(3, 2, events=[E]), span(2, 1, events=[E]), span(1, events=[E], failed="E: no money")],
            [("span 3", "E", "no money")],
        ),
        ([span(3, 2, events=[E]), span(2, 1), span(1, failed="E: no money")], [("span 3", "E", "no money")]),
        # Two that are alike beside each other are two, and what is raised anew is another one.
        ([span(2, 1, events=[E]), span(3, 1, events=[E])], [("span 2", "E", "no money"), ("span 3", "E", "no money")]),
        ([span(2, 1, events=[E]), span(1, events=[OTHER])], [("span 2", "E", "no money"), ("span 1", "F", "no time")]),
        ([span(1, 1, events=[E])], [("span 1", "E", "no money")]),
    ],
)
def test_an_exception_is_told_once(items: list[dict[str, Any]], expected: list[Any]) -> None:
    assert spans(*items) == expected


def test_a_span_sent_again_is_the_same_error() -> None:
    record = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span(1, events=[E, OTHER])]}]}]}).encode()
    first, second = normalize(record, {})
    assert first["event_id"] != second["event_id"]
    assert [draft["event_id"] for draft in normalize(record, {})] == [first["event_id"], second["event_id"]]


def test_of_too_many_logs_the_gravest_are_kept() -> None:
    many = [log(str(number), severityNumber=17 if number % 3 == 0 else 9) for number in range(3 * MAX_EVENTS // 2)]
    drafts = normalize(json.dumps(request(*many)).encode(), {})
    assert len(drafts) == MAX_EVENTS
    assert [draft["message"] for draft in drafts if draft["severity"] == "error"] == [
        str(number) for number in range(0, len(many), 3)
    ]
    assert drafts[0]["remarks"][-1]["rule"] == "cut"


def metrics() -> bytes:
    made = ExportMetricsServiceRequest()
    metric = made.resource_metrics.add().scope_metrics.add().metrics.add(name="orders", unit="1")
    metric.sum.data_points.add(as_int=3, time_unix_nano=AT)
    return made.SerializeToString()


@pytest.mark.parametrize(
    "value",
    [metrics(), b'{"resourceMetrics": []}', b'{"resourceLogs": []}', b'{"resourceSpans": [{"scopeSpans": []}]}'],
)
def test_other_telemetry_is_no_error(value: bytes) -> None:
    with pytest.raises(NotAnError):
        normalize(value, {})


@pytest.mark.parametrize(
    "value",
    [b"\n", b"\n\x02ab", b"\n\x7fshort", b"\x08\x01", b"some text", LogsData().SerializeToString() + b"\x12\x00"],
)
def test_bytes_that_are_said_to_be_otlp_and_are_not_are_refused(value: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        normalize(value, PROTOBUF)
    assert refused.value.reason is DeadReason.NOT_TEXT


@pytest.mark.parametrize(
    "text", ["\n\nconnection refused", "\n\x05hello", "\nline one\nline two", "\n" + "\n\x02" * 30]
)
def test_text_is_no_protobuf(text: str) -> None:
    assert kind_of(text.encode()) not in {"logs", "spans", "metrics"}
