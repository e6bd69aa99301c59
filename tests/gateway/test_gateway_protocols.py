"""Each protocol with what its real clients send: the job reads as much of it as of the records themselves."""

import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.contract import Received, Refused
from gateway.places import place_of
from gateway.protocols import notices, others, otlp
from gateway.routing import find
from models.dead import ORIGIN
from models.occurrence import Occurrence
from models.severity import Severity
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare

RECORDS = Path(__file__).parents[1] / "fixtures" / "records"
REQUEST_ID = "5" * 32
CONFIG = PrepareConfig(
    masker=Masker(), minimum_severity=Severity.WARNING, lateness=600, retention=86_400 * 30, hash_key=b"k"
)
ADDRESSES = {
    "rollbar": "/api/1/item/",
    "bugsnag": "/bugsnag/notify",
    "airbrake": "/api/v3/projects/1/notices",
    "honeybadger": "/v1/notices",
    "gelf": "/gelf",
}


def occurrences(records):
    """What the job makes of records: (body, content type)."""
    found = []
    for number, (value, kind) in enumerate(records):
        headers = {ORIGIN: place_of(REQUEST_ID, number).encode(), **({"content-type": kind.encode()} if kind else {})}
        origin = SimpleNamespace(topic="errors", partition=0, offset=number)
        found += [one for one in prepare(value, headers, origin, time.time(), CONFIG) if isinstance(one, Occurrence)]
    return found


def fixtures(folder):
    for path in sorted((RECORDS / folder).iterdir()):
        if path.suffix != ".headers":
            headers = path.with_suffix(".headers")
            given = json.loads(headers.read_text()) if headers.exists() else {}
            yield pytest.param(path.read_bytes(), given.get("content-type"), id=f"{folder}-{path.stem}")


def summary(found):
    return [(one.group.error_type, one.message, one.severity) for one in found]


@pytest.mark.parametrize(
    ("folder", "body", "kind"),
    [pytest.param(name, *one.values, id=one.id) for name in ADDRESSES for one in fixtures(name)],
)
def test_what_clients_send_is_read_as_if_it_had_come_by_kafka(folder, body, kind):
    headers = {b"content-type": kind.encode()} if kind else {}
    accepted = find(ADDRESSES[folder]).endpoint.read(Received(headers, {}, body, REQUEST_ID))
    assert [record.value for record in accepted.records] == [body]
    found = occurrences([(record.value, record.content_type) for record in accepted.records])
    assert summary(found) == summary(occurrences([(body, None)]))
    if accepted.answer.body and folder != "bugsnag":
        told = json.loads(accepted.answer.body)
        told = told["result"]["uuid"] if folder == "rollbar" else told["id"]
        if found:
            assert found[0].event_id.hex() == told.replace("-", "")


@pytest.mark.parametrize(("body", "kind"), list(fixtures("otlp")))
def test_otlp_arrives_where_it_holds_errors(body, kind):
    endpoint = otlp.LOGS if b"logRecords" in body or _is_logs(body) else otlp.TRACES
    accepted = endpoint.read(Received({b"content-type": kind.encode()}, {}, body, REQUEST_ID))
    assert accepted.answer == ((200, b"{}", "application/json", ()) if "json" in kind else (200, b"", kind, ()))
    direct = occurrences([(body, kind)])
    assert summary(occurrences([(one.value, one.content_type) for one in accepted.records])) == summary(direct)
    if accepted.records:
        assert accepted.records[0].value == body


def _is_logs(body):
    from rules.normalizing.formats.otlp.wire import kind_of

    return kind_of(body) == "logs"


def logs(counts):
    """A request with so many logs of a severity, in scopes of their own."""
    request = ExportLogsServiceRequest()
    for severity, count in counts:
        resource = request.resource_logs.add()
        resource.resource.attributes.add(key="service.name").value.string_value = "shop"
        scope = resource.scope_logs.add()
        for number in range(count):
            log = scope.log_records.add(severity_number=severity, time_unix_nano=time.time_ns())
            log.body.string_value = f"order {number} of {severity}"
    return request


@pytest.mark.parametrize("counts", [[(17, 1_001)], [(9, 3_000), (17, 1_500), (13, 700)], [(0, 2_500)], [(9, 5)]])
def test_batches_that_are_too_large_for_the_job_are_divided(counts):
    from google.protobuf.json_format import MessageToJson

    request = logs(counts)
    wanted = sum(count for severity, count in counts if severity != 9)
    forms = (
        (request.SerializeToString(), b"application/x-protobuf"),
        (MessageToJson(request).encode(), b"application/json"),
    )
    for body, kind in forms:
        accepted = otlp.LOGS.read(Received({b"content-type": kind}, {}, body, REQUEST_ID))
        found = occurrences([(one.value, one.content_type) for one in accepted.records])
        assert len(found) == wanted
        assert {one.group.service for one in found} <= {"shop"}


def test_a_span_with_an_exception_brings_its_batch_along():
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.spans.add(name="fine", trace_id=b"1" * 16, span_id=b"1" * 8)
    received = Received({b"content-type": b"application/x-protobuf"}, {}, request.SerializeToString(), REQUEST_ID)
    assert otlp.TRACES.read(received).records == []
    scope.spans.add(name="bad", trace_id=b"1" * 16, span_id=b"2" * 8).events.add(name="exception")
    body = request.SerializeToString()
    assert [one.value for one in otlp.TRACES.read(replace(received, body=body)).records] == [body]


def test_otlp_is_refused_in_its_own_words():
    from google.protobuf.internal.decoder import _DecodeVarint

    refusal = Refused(503, "away", "not now", 7).refusal
    answer = otlp.LOGS.refuse(refusal, Received({b"content-type": b"application/x-protobuf"}, {}))
    assert (answer.status, answer.content_type) == (503, "application/x-protobuf")
    size, start = _DecodeVarint(answer.body, 1)
    assert (answer.body[0], answer.body[start : start + size]) == (2 << 3 | 2, b"not now")
    assert (b"retry-after", b"7") in answer.headers
    as_json = otlp.LOGS.refuse(refusal, Received({b"content-type": b"application/json"}, {}))
    assert json.loads(as_json.body) == {"message": "not now"}


@pytest.mark.parametrize(
    ("path", "headers", "query", "body"),
    [
        ("/api/1/item/", {b"x-rollbar-access-token": b"k1"}, {}, b""),
        ("/api/1/item/", {}, {}, b'{"access_token": "k1", "data": {}}'),
        ("/", {b"bugsnag-api-key": b"k1"}, {}, b""),
        ("/bugsnag/notify", {}, {}, b'{"apiKey":"k1"}'),
        ("/api/v3/projects/7/notices", {b"authorization": b"Bearer k1"}, {}, b""),
        ("/api/v3/projects/7/notices", {}, {"key": "k1"}, b""),
        ("/v1/notices/js", {b"x-api-key": b"k1"}, {}, b""),
        ("/v1/logs", {b"authorization": b"Bearer k1"}, {}, b""),
        ("/v1/traces", {b"x-seawall-key": b"k1"}, {}, b""),
        ("/api/7/integration/otlp/v1/logs", {b"x-sentry-auth": b"sentry sentry_key=k1"}, {}, b""),
        ("/gelf", {}, {"key": "k1"}, b""),
        ("/api/7/security/", {}, {"sentry_key": "k1"}, b""),
        ("/tunnel", {}, {}, b'{"dsn":"https://k1@errors.example/7"}\n'),
    ],
)
def test_keys_are_found_where_clients_put_them(path, headers, query, body):
    assert find(path).endpoint.find_key(Received(headers, query, body)) == "k1"


CSP = {
    "csp-report": {"document-uri": "https://shop.example/", "violated-directive": "script-src", "blocked-uri": "eval"}
}
NEL = {
    "type": "network-error",
    "url": "https://shop.example/",
    "age": 1,
    "body": {"type": "tcp.timed_out", "phase": "connection"},
}


@pytest.mark.parametrize(("body", "count"), [(CSP, 1), ([NEL], 1), ([NEL, NEL], 2)])
def test_reports_of_browsers_arrive(body, count):
    accepted = others.REPORTS.read(Received({}, {}, json.dumps(body).encode(), REQUEST_ID))
    assert accepted.answer.status == 204
    found = occurrences([(one.value, one.content_type) for one in accepted.records])
    assert len(found) == count


def test_what_is_not_taken_is_refused_with_a_word():
    with pytest.raises(Refused, match="minidumps are not taken") as refused:
        find("/api/7/minidump/").endpoint.read(Received({}, {}, b"MDMP"))
    assert refused.value.refusal.status == 501


def test_what_is_no_error_is_taken_and_let_go():
    sessions = b'{"notifier":{},"app":{},"sessionCounts":[]}'
    for path, body, status in (
        ("/bugsnag/sessions", sessions, 202),
        ("/api/v5/projects/7/routes-stats", b"{}", 204),
        ("/v1/events", b"{}", 201),
        ("/v1/metrics", b"", 200),
    ):
        accepted = find(path).endpoint.read(Received({}, {}, body, REQUEST_ID))
        assert (accepted.records, accepted.answer.status) == ([], status)
        assert sum(accepted.ignored.values()) == 1


PATHS = [*ADDRESSES.values(), "/v1/logs", "/v1/traces", "/api/7/security/"]


@given(st.sampled_from(PATHS), st.binary(max_size=300), st.sampled_from([b"", b"{", b"[{", b'{"errors":[', b"\n\x05"]))
def test_fuzzed_bodies_are_taken_or_refused(path, body, head):
    for kind in (b"application/json", b"application/x-protobuf"):
        endpoint = find(path).endpoint
        received = Received({b"content-type": kind}, {}, head + body, REQUEST_ID)
        endpoint.find_key(received)
        refusal = None
        try:
            endpoint.read(received)
        except Refused as refused:
            refusal = refused.refusal
        if refusal is not None:
            assert 400 <= endpoint.refuse(refusal, received).status < 500


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "resourceLogs",
                        "scopeLogs",
                        "logRecords",
                        "resourceSpans",
                        "scopeSpans",
                        "spans",
                        "status",
                        "events",
                        "code",
                        "data",
                        "error",
                        "errors",
                        "uuid",
                        "token",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_taken_or_refused(value):
    body = json.dumps(value).encode()
    for path in PATHS:
        endpoint = find(path).endpoint
        status = 200
        try:
            endpoint.read(Received({b"content-type": b"application/json"}, {}, body, REQUEST_ID))
        except Refused as refused:
            status = refused.refusal.status
        assert status < 500


def test_vendors_words_for_a_refusal():
    refusal = Refused(429, "rate_limited", "too many", 30).refusal
    nobody = Received({}, {})
    assert json.loads(notices.ROLLBAR.refuse(refusal, nobody).body) == {"err": 1, "message": "too many"}
    assert json.loads(notices.BUGSNAG.refuse(refusal, nobody).body) == {"errors": ["too many"]}
    assert json.loads(notices.HONEYBADGER.refuse(refusal, nobody).body) == {"error": "too many"}
    airbrake = notices.AIRBRAKE.refuse(refusal, nobody)
    assert json.loads(airbrake.body) == {"message": "too many"}
    assert (b"x-ratelimit-delay", b"30") in airbrake.headers
