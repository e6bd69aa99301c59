"""Loggers that write JSON: what each alone has, beside what the records of real ones show."""

import json

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, normalize

AT = 1735787045.0
TIME = "2025-01-02T03:04:05Z"
STACK = "TypeError: x is null\n    at pay (/srv/shop.js:1:2)"
FRAME = {"function": "pay", "file": "/srv/shop.js", "line": 1, "column": 2, "in_app": True}
BUNYAN = {"v": 0, "name": "shop", "hostname": "web-1", "pid": 3, "level": 50, "time": TIME, "msg": "failed"}
PINO = {"level": 50, "time": 1735787045000, "pid": 3, "hostname": "web-1"}
ZAP = {"level": "error", "ts": AT, "msg": "failed"}
SLOG = {"time": TIME, "level": "ERROR", "msg": "failed"}
MONOLOG = {"message": "failed", "level": 400, "level_name": "ERROR", "channel": "shop", "datetime": TIME, "extra": {}}
LOGRAGE = {"method": "GET", "path": "/pay", "controller": "Pay", "action": "show", "status": 500}

CASES = {
    "bunyan": [
        ({**BUNYAN, "src": {"file": "/srv/a.js", "line": 3, "func": "pay"}}, {"service": "shop", "source_file": "/srv/a.js", "line_number": 3, "extra": {"pid": 3, "function": "pay"}}),
        ({**BUNYAN, "req": {"method": "GET", "url": "/a", "headers": {"a": "b"}, "remoteAddress": "::1"}}, {"request": {"method": "GET", "url": "/a", "headers": {"a": "b"}}, "extra": {"pid": 3, "request": {"remoteAddress": "::1"}}}),
        ({**BUNYAN, "err": "no object"}, {"message": "failed", "exception": [{"value": "no object"}]}),
    ],
    "pino": [
        ({**PINO, "msg": "failed", "level": 35}, {"severity": "warning", "timestamp": AT}),
        ({"level": 60, "time": 1735787045000, "msg": "failed"}, {"severity": "critical"}),
        ({**PINO, "level": "error", "name": "shop", "msg": "failed"}, {"severity": "error", "service": "shop"}),
        ({**PINO, "err": {"type": "Error", "name": "PayError", "message": "no", "stack": STACK, "cause": {"message": "why"}}}, {"error_type": "PayError", "message": "no", "exception": [{"value": "why", "relation": "cause"}, {"type": "PayError", "value": "no", "frames": [FRAME]}]}),
        ({**PINO, "err": {"type": "Error", "message": "no", "cause": "text"}}, {"exception": [{"value": "text", "relation": "cause"}, {"type": "Error", "value": "no"}]}),
    ],
    "winston": [
        ({"level": "error", "message": "failed", "stack": STACK, "timestamp": TIME, "label": "pay"}, {"logger": "pay", "error_type": "TypeError", "timestamp": AT}),
        ({"level": "error", "message": "unhandledRejection: no\nError: no\n    at a (/b.js:1:2)", "rejection": True, "stack": STACK, "trace": [], "error": {}, "date": "Thu"}, {"message": "unhandledRejection: no", "extra": None}),
    ],
    "structlog": [
        ({"event": "failed", "level": "error", "exception": [{"exc_type": "E", "exc_value": "v", "exc_notes": ["try", "again"], "frames": [{"filename": "/a.py", "lineno": 3, "name": "pay", "line": "charge()"}]}]}, {"exception": [{"type": "E", "value": "v\ntry\nagain", "frames": [{"file": "/a.py", "line": 3, "function": "pay", "context": {"line": "charge()", "before": [], "after": []}, "in_app": True}]}]}),
        ({"event": "failed", "log_level": "warning", "logger_name": "shop", "request": {"method": "GET"}}, {"severity": "warning", "logger": "shop", "request": {"method": "GET"}}),
    ],
    "python-json-logger": [
        ({"levelname": "ERROR", "message": "failed", "exc_info": ["Traceback (most recent call last):", '  File "/a.py", line 3, in pay', "    charge()", "ValueError: no"]}, {"error_type": "ValueError"}),
        ({"message": "failed", "levelname": "INFO", "exc_info": False}, {"severity": "info", "extra": None}),
    ],
    "loguru": [
        ({"text": "no trace", "record": {"message": "failed", "level": {"no": 40}, "exception": {"type": "E", "value": "v", "traceback": False}, "file": {"name": "a.py"}, "line": 3}}, {"severity": "error", "exception": [{"type": "E", "value": "v"}], "source_file": "a.py"}),
    ],
    "zap": [
        ({"ts": AT, "caller": "a.go:3", "msg": "failed", "err": "no"}, {"severity": None, "exception": [{"value": "no"}]}),
        ({"ts": AT, "caller": "a.go:3", "msg": "synced", "v": 2}, {"severity": "info"}),
        ({**ZAP, "logger": "http.log.error", "request": {"method": "GET", "host": "a", "uri": "/b", "headers": {"X": ["1", "2"]}}, "status": 502}, {"logger": "http.log.error", "request": {"method": "GET", "url": "/b", "headers": {"X": "1, 2"}}, "extra": {"request": {"host": "a"}, "status": 502}}),
        ({**ZAP, "error": {"kind": "*url.Error", "message": "no"}}, {"exception": [{"type": "Error", "module": "*url", "value": "no"}]}),
    ],
    "slog": [
        ({**SLOG, "level": "WARN+1"}, {"severity": "warning", "timestamp": AT}),
        ({**SLOG, "pay": {"order": 17, "err": "no"}}, {"exception": [{"value": "no"}]}),
        ({**SLOG, "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}),
    ],
    "logrus": [({"level": "panic", "msg": "failed", "time": TIME, "file": "/a.go:3", "func": "main.pay"}, {"severity": "critical", "source_file": "/a.go", "line_number": 3})],
    "zerolog": [
        ({"level": "error", "error": "no", "time": 1735787045}, {"message": "no", "timestamp": AT}),
        ({"level": "error", "message": "failed", "time": TIME, "stack": [{"func": "pay", "line": "3", "source": "a.go"}, {"func": "main", "line": "9", "source": "proc.go"}]}, {"exception": [{"frames": [{"function": "main", "line": 9, "file": "proc.go", "in_app": False}, {"function": "pay", "line": 3, "file": "a.go", "in_app": True}]}]}),
    ],
    "tracing": [
        ({"timestamp": TIME, "level": "ERROR", "target": "log", "fields": {"message": "failed", "log.target": "shop::pay", "log.file": "src/a.rs", "log.line": 3}}, {"logger": "shop::pay", "source_file": "src/a.rs", "line_number": 3}),
        ({"timestamp": TIME, "level": "ERROR", "target": "shop", "fields": {"message": "failed"}, "span": {"name": "pay", "trace_id": "t"}}, {"trace_id": "t", "transaction": "pay"}),
    ],
    "monolog": [
        ({**MONOLOG, "datetime": {"date": "2025-01-02 03:04:05.000000", "timezone_type": 3, "timezone": "UTC"}}, {"timestamp": AT}),
        ({**MONOLOG, "message": "no {item} for {user}", "context": {"item": "tea"}}, {"message": "no tea for {user}", "message_template": "no {item} for {user}"}),
    ],
    "lograge": [
        ({**LOGRAGE, "status": 404}, {"severity": "warning", "transaction": "Pay#show"}),
        ({**LOGRAGE, "exception": ["Shop::PayError", "no"], "exception_backtrace": ["/srv/a.rb:3:in `pay'"]}, {"error_type": "Shop::PayError", "exception": [{"type": "Shop::PayError", "module": "Shop", "value": "no", "frames": [{"file": "/srv/a.rb", "line": 3, "function": "pay", "in_app": True}]}]}),
    ],
    "postgresql": [
        ({"error_severity": "ERROR", "message": "failed", "state_code": "23505", "timestamp": "2025-01-02 03:04:05.000 UTC"}, {"timestamp": AT, "tags": {"sqlstate": "23505"}}),
        ({"error_severity": "LOG", "message": "ready", "state_code": "00000"}, {"severity": "info", "tags": None}),
    ],
}  # fmt: skip
FLAT = [(form, record, expected) for form, cases in CASES.items() for record, expected in cases]


def read(record: object) -> Draft:
    [draft] = normalize(json.dumps(record).encode(), {})
    ErrorEvent.model_validate(draft)
    assert draft["remarks"] == []
    return draft


@pytest.mark.parametrize(
    ("form", "record", "expected"), FLAT, ids=[f"{form}-{at}" for at, (form, _, _) in enumerate(FLAT)]
)
def test_a_record_is_read(form: str, record: dict[str, object], expected: dict[str, object]) -> None:
    draft = read(record)
    expected = {"format": form, **expected}
    assert {field: draft.get(field) for field in expected} == expected


def test_a_deep_chain_and_a_wide_group_are_bounded() -> None:
    deep: dict[str, object] = {"message": "root"}
    for number in range(200):
        deep = {"message": str(number), "cause": deep}
    wide = {"message": "all", "aggregateErrors": [{"message": str(number)} for number in range(200)]}
    for error in (deep, wide, {"message": "all", "aggregateErrors": [wide] * 30}):
        [draft] = normalize(json.dumps({**PINO, "err": {"type": "E", **error}}).encode(), {})
        ErrorEvent.model_validate(draft)
        assert draft["exception"][-1]["value"] == error["message"]


@pytest.mark.parametrize(
    "record",
    [
        {"level": "error", "message": "failed", "timestamp": TIME},
        {"level": "error", "msg": "failed", "service": "shop"},
        {"event": {"kind": "alert"}, "level": "error", "message": "failed"},
        {"target": "a", "level": "ERROR", "message": "failed"},
        {"record": "text", "message": "failed"},
        {"time": TIME, "level": "error", "body": "failed"},
        {"status": 500, "method": "GET", "path": "/", "message": "failed"},
    ],
)
def test_what_any_logger_may_write_is_of_none_of_these(record: dict[str, object]) -> None:
    assert read(record)["format"] not in CASES
