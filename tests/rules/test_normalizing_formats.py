"""The formats, one by one: what is read of each."""

import json

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, normalize
from rules.normalizing.levels import severity
from rules.normalizing.times import epoch

TRACE = (
    'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 3, in pay\n    charge()\nshop.PayError: no money'
)
JAVA = "java.lang.IllegalStateException: gone\n\tat com.acme.Shop.pay(Shop.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:833)"
JAVASCRIPT = "TypeError: x is null\n    at pay (/srv/shop.js:1:2)\n    at node:internal/timers:5:6"


def read(record: object) -> Draft:
    value = record.encode() if isinstance(record, str) else json.dumps(record).encode()
    [draft] = normalize(value, {})
    ErrorEvent.model_validate(draft)
    return draft


def subset(expected: dict[str, object], draft: Draft) -> dict[str, object]:
    """The draft's values of the expected fields, so that a difference shows."""
    return {field: draft.get(field) for field in expected}


OWN = {
    "event_id": "e-1",
    "timestamp": "2025-01-02T03:04:05Z",
    "service": "shop",
    "environment": "staging",
    "hostname": "web-1",
    "trace_id": "t",
    "error_type": "PayError",
    "message": "no money",
    "severity": "critical",
    "source_file": "a.py",
    "line_number": 3,
    "user_id": "7",
    "request": {"url": "/pay", "method": "POST"},
    "tags": {"region": "eu"},
    "extra": {"order": 17},
}


def test_our_own_schema_is_taken_as_it_is() -> None:
    draft = read(OWN)
    assert draft == OWN | {"timestamp": 1735787045.0, "format": "seawall", "remarks": []}


def test_camel_case_means_the_same() -> None:
    record = {
        "eventId": "e-1",
        "timestamp": 1735787045000,
        "serviceName": "shop",
        "env": "staging",
        "hostName": "web-1",
        "traceId": "t",
        "errorType": "PayError",
        "errorMessage": "no money",
        "level": "FATAL",
        "sourceFile": "a.py",
        "lineNumber": "3",
        "userId": 7,
        "requestUrl": "/pay",
        "httpMethod": "POST",
        "customTags": {"region": "eu"},
        "order": 17,
    }
    assert read(record) == read(OWN)


@pytest.mark.parametrize("name", ["applicationName", "appName", "service_name", "ServiceName", "service-name"])
def test_a_service_has_many_names(name: str) -> None:
    assert read({name: "shop", "errorMessage": "m"})["service"] == "shop"


def test_structured_frames_may_be_spelled_otherwise() -> None:
    record = {
        "exception": {
            "type": "PayError",
            "message": "no money",
            "stacktrace": [
                {"methodName": "pay", "fileName": "/srv/a.py", "lineNumber": "3", "contextLine": "charge()"}
            ],
            "cause": {"type": "ValueError", "message": "bad"},
        }
    }
    draft = read(record)
    assert [one["type"] for one in draft["exception"]] == ["ValueError", "PayError"]
    assert draft["exception"][1]["frames"] == [
        {
            "function": "pay",
            "file": "/srv/a.py",
            "line": 3,
            "in_app": True,
            "context": {"line": "charge()", "before": [], "after": []},
        }
    ]
    expected = {
        "error_type": "PayError",
        "message": "no money",
        "source_file": "/srv/a.py",
        "line_number": 3,
        "language": "python",
    }
    assert subset(expected, draft) == expected


@pytest.mark.parametrize(
    ("stack", "kind", "language", "place"),
    [
        (TRACE, "PayError", "python", ("/srv/shop/a.py", 3)),
        (JAVA, "IllegalStateException", "java", ("Shop.java", 12)),
        (JAVASCRIPT, "TypeError", "javascript", ("/srv/shop.js", 1)),
    ],
)
@pytest.mark.parametrize(
    "field", ["stackTrace", "stack_trace", "exception", "message", "exc_info", "error.stack_trace"]
)
def test_a_trace_is_read_out_of_any_field(
    field: str, stack: str, kind: str, language: str, place: tuple[str, int]
) -> None:
    draft = read({field: stack, "service": "shop"})
    assert (draft["error_type"], draft["language"]) == (kind, language)
    assert (draft["source_file"], draft["line_number"]) == place
    assert draft["stack_trace"].startswith(stack[:20])


def test_a_stack_without_header_belongs_to_the_type_beside_it() -> None:
    """AWS Lambda's error object."""
    draft = read(
        {
            "errorMessage": "no money",
            "errorType": "PayError",
            "stackTrace": ['  File "/var/task/a.py", line 3, in pay\n    charge()\n'],
        }
    )
    [error] = draft["exception"]
    assert (error["type"], error["value"], error["frames"][0]["function"]) == ("PayError", "no money", "pay")


LOGGERS = {
    "python-json-logger": (
        {"asctime": "2025-01-02 03:04:05,000", "levelname": "ERROR", "name": "shop.pay", "message": "failed", "exc_info": TRACE, "lineno": 9, "pathname": "/srv/b.py"},
        {"severity": "error", "logger": "shop.pay", "message": "failed", "error_type": "PayError", "timestamp": 1735787045.0, "source_file": "/srv/b.py", "line_number": 9},
    ),
    "structlog": (
        {"event": "failed", "level": "critical", "logger": "shop", "timestamp": "2025-01-02T03:04:05Z", "exception": TRACE, "order": 17},
        {"message": "failed", "severity": "critical", "error_type": "PayError", "extra": {"order": 17}},
    ),
    "pino": (
        {"level": 50, "time": 1735787045000, "pid": 1, "hostname": "web-1", "msg": "failed", "err": {"type": "TypeError", "message": "x is null", "stack": JAVASCRIPT, "code": "E1"}},
        {"severity": "error", "hostname": "web-1", "message": "failed", "error_type": "TypeError", "extra": {"pid": 1, "error": {"code": "E1"}}},
    ),
    "bunyan": (
        {"name": "shop", "hostname": "web-1", "pid": 1, "level": 60, "err": {"message": "x is null", "name": "TypeError", "stack": JAVASCRIPT}, "msg": "failed", "time": "2025-01-02T03:04:05Z", "v": 0},
        {"severity": "critical", "logger": "shop", "error_type": "TypeError", "timestamp": 1735787045.0},
    ),
    "winston": (
        {"level": "error", "message": "failed", "stack": JAVASCRIPT, "timestamp": "2025-01-02T03:04:05Z"},
        {"severity": "error", "message": "failed", "error_type": "TypeError"},
    ),
    "logstash-encoder": (
        {"@timestamp": "2025-01-02T03:04:05.000+00:00", "@version": "1", "message": "failed", "logger_name": "com.acme.Shop", "thread_name": "main", "level": "ERROR", "level_value": 40000, "stack_trace": JAVA},
        {"timestamp": 1735787045.0, "logger": "com.acme.Shop", "severity": "error", "error_type": "IllegalStateException", "language": "java"},
    ),
    "elastic common schema": (
        {"@timestamp": "2025-01-02T03:04:05Z", "log.level": "error", "message": "failed", "service": {"name": "shop", "version": "1.2"}, "host": {"name": "web-1"}, "trace": {"id": "t"}, "error": {"type": "java.lang.IllegalStateException", "message": "gone", "stack_trace": JAVA}, "labels": {"a": "b"}},
        {"service": "shop", "release": "1.2", "hostname": "web-1", "trace_id": "t", "severity": "error", "error_type": "IllegalStateException", "message": "failed", "tags": {"a": "b"}},
    ),
    "gelf": (
        {"version": "1.1", "host": "web-1", "short_message": "failed", "full_message": JAVA, "timestamp": 1735787045.5, "level": 3, "_order": 17},
        {"hostname": "web-1", "message": "failed", "severity": "error", "error_type": "IllegalStateException", "timestamp": 1735787045.5},
    ),
    "zap": (
        {"level": "error", "ts": 1735787045.5, "caller": "a/b.go:3", "msg": "failed", "error": "dial tcp: refused", "trace_id": "t"},
        {"severity": "error", "message": "failed", "timestamp": 1735787045.5, "source_file": "a/b.go", "line_number": 3, "exception": [{"value": "dial tcp: refused"}]},
    ),
    "datadog": (
        {"message": "failed", "status": "error", "dd.trace_id": "12", "dd.env": "prod", "error": {"kind": "PayError", "message": "no money", "stack": TRACE}},
        {"severity": "error", "trace_id": "12", "error_type": "PayError"},
    ),
    "traceparent": (
        {"msg": "failed", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("logger", LOGGERS)
def test_a_loggers_names_are_known(logger: str) -> None:
    record, expected = LOGGERS[logger]
    draft = read(record)
    assert draft["remarks"] == []
    assert subset(expected, draft) == expected


def test_the_better_name_counts_and_the_other_is_kept() -> None:
    draft = read({"event": "pay", "msg": "failed", "ts": 1735787045, "level": "error"})
    assert (draft["message"], draft["extra"]) == ("failed", {"event": "pay"})


TEXTS = [
    ("connection refused", {"message": "connection refused"}),
    (
        "2025-01-02 03:04:05,000 ERROR shop: failed",
        {"message": "shop: failed", "severity": "error", "timestamp": 1735787045.0},
    ),
    (
        "[2025-01-02T03:04:05Z] [warn] low disk",
        {"message": "low disk", "severity": "warning", "timestamp": 1735787045.0},
    ),
    ("FATAL: out of memory", {"message": "out of memory", "severity": "critical"}),
    ("panic: runtime error: index out of range", {"severity": "critical"}),
    ("[main] ERROR com.acme.Shop - failed", {"message": "[main] ERROR com.acme.Shop - failed", "severity": "error"}),
    ("no ERRORS found", {"message": "no ERRORS found", "severity": None}),
    (TRACE, {"message": "no money", "error_type": "PayError", "language": "python", "severity": None}),
    ("CRITICAL job 7 failed\n" + TRACE, {"message": "job 7 failed", "error_type": "PayError", "severity": "critical"}),
    (
        'Exception in thread "main" ' + JAVA,
        {"message": "gone", "error_type": "IllegalStateException", "source_file": "Shop.java"},
    ),
    (
        JAVASCRIPT + "\n\nNode.js v20\nrestarting",
        {"message": "x is null", "error_type": "TypeError", "extra": {"after": "restarting"}},
    ),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_plain_text_is_read(text: str, expected: dict[str, object]) -> None:
    draft = read(text)
    assert draft["format"] == "text"
    assert subset(expected, draft) == expected


@pytest.mark.parametrize(
    ("value", "pino", "expected"),
    [
        ("ERROR", False, "error"),
        ("Warn", False, "warning"),
        ("ERROR+2", False, "error"),
        ("notice", False, "info"),
        ("panic", False, "critical"),
        (3, False, "error"),
        (0, False, "critical"),
        (40, False, "error"),
        (40, True, "warning"),
        ("50", True, "error"),
        (400, False, "error"),
        (40_000, False, "error"),
        (-1, False, None),
        ("whatever", False, None),
        (True, False, None),
        (None, False, None),
    ],
)
def test_a_level_is_a_severity(value: object, pino: bool, expected: str | None) -> None:
    assert severity(value, pino=pino) == expected


AT = 1735787045.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AT, AT),
        (AT * 1e3, AT),
        (AT * 1e6, AT),
        (int(AT) * 10**9, AT),
        ("1735787045", AT),
        ("2025-01-02T03:04:05Z", AT),
        ("2025-01-02T04:04:05+01:00", AT),
        ("2025-01-02 03:04:05", AT),
        ("2025-01-02 03:04:05 +0000", AT),
        ("2025-01-02 03:04:05 UTC", AT),
        ("2025/01/02 03:04:05", AT),
        ("02/Jan/2025:03:04:05 +0000", AT),
        ("Thu, 02 Jan 2025 03:04:05 GMT", AT),
        ([2025, 1, 2, 3, 4, 5, 0], AT),
        ({"$date": "2025-01-02T03:04:05Z"}, AT),
        ({"epochSecond": 1735787045, "nanoOfSecond": 0}, AT),
        ("yesterday", None),
        ("", None),
        (True, None),
        (1e300, None),
        ([2025, 13, 2], None),
        ({"seconds": "x"}, None),
        ("9" * 500, None),
    ],
)
def test_a_time_is_seconds_since_the_epoch(value: object, expected: float | None) -> None:
    assert epoch(value) == (pytest.approx(expected) if expected is not None else None)


def test_loggers_of_python_write_tracebacks_into_logfmt_and_services_into_gelf() -> None:
    text = TRACE.replace('"', '\\"').replace("\n", "\\n")
    line = f'level=ERROR logger=shop msg="not paid" service=shop exc_info="{text}"'
    draft = read(line)
    assert (draft["format"], draft["service"], draft["message"]) == ("logfmt", "shop", "not paid")
    assert [one["type"] for one in draft["exception"]] == ["PayError"]
    assert (
        read({"version": "1.1", "host": "h", "short_message": "m", "level": 3, "_service": "shop"})["service"] == "shop"
    )
