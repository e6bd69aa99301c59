"""Notices of Rollbar, Bugsnag, Honeybadger and Airbrake, as libraries of other languages than the fixtures' write them."""

import json
from typing import Any

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, NotAnError, normalize


def read(record: dict[str, Any]) -> list[Draft]:
    drafts = normalize(json.dumps(record).encode(), {})
    for draft in drafts:
        ErrorEvent.model_validate(draft)
    return drafts


def subset(expected: dict[str, Any], draft: Draft) -> dict[str, Any]:
    return {name: draft.get(name) for name in expected}


RUBY = {
    "frames": [
        {
            "filename": "/app/controllers/orders.rb",
            "lineno": 47,
            "method": "create",
            "code": "pay(order)",
            "context": {"pre": ["a"], "post": ["b"]},
        },
        {"filename": "/usr/lib/ruby/gems/3.2.0/gems/pg/lib/pg.rb", "lineno": 9, "method": "exec"},
    ],
    "exception": {"class": "PG::Error", "message": "gone"},
}


def test_rollbars_item_may_come_without_its_envelope() -> None:
    record = {
        "environment": "production", "body": {"trace": RUBY}, "level": "warning", "language": "ruby", "timestamp": 1735787045,
        "request": {"url": "https://shop.example/orders", "GET": {"a": "1"}, "params": {"item": 3}, "headers": {"Accept": "x"}},
        "server": {"host": "web-1", "sha": "4f1c2d3", "branch": "main"}, "person": {"id": 7, "username": "anna"},
    }  # fmt: skip
    [draft] = read(record)
    expected = {
        "format": "rollbar", "severity": "warning", "language": "ruby", "error_type": "PG::Error", "message": "gone", "hostname": "web-1",
        "commit": "4f1c2d3", "user_id": "7", "source_file": "/app/controllers/orders.rb", "line_number": 47,
        "request": {"url": "https://shop.example/orders", "headers": {"Accept": "x"}, "body": {"item": 3}, "query_string": "a=1"},
        "extra": {"server": {"branch": "main"}, "user": {"id": 7, "username": "anna"}},
    }  # fmt: skip
    assert subset(expected, draft) == expected
    first, last = draft["exception"][0]["frames"]
    assert first["context"] == {"line": "pay(order)", "before": ["a"], "after": ["b"]}
    assert (first["in_app"], last["in_app"]) == (True, False)


def test_rollbars_browser_and_crash_reports_are_read() -> None:
    [draft] = read(
        {
            "data": {
                "environment": "p",
                "body": {"crash_report": {"raw": "SIGSEGV at 0x0\nThread 0"}},
                "client": {"javascript": {"code_version": "1.2"}},
            }
        }
    )
    assert subset({"message": "SIGSEGV at 0x0", "release": "1.2", "stack_trace": "SIGSEGV at 0x0\nThread 0"}, draft) == {
        "message": "SIGSEGV at 0x0", "release": "1.2", "stack_trace": "SIGSEGV at 0x0\nThread 0",
    }  # fmt: skip


def test_bugsnag_tells_several_events_at_once_and_javas_methods_with_their_classes() -> None:
    frame = {"file": "Shop.java", "method": "com.acme.Shop.pay", "lineNumber": 12, "inProject": True}
    android = {
        "exceptions": [{"errorClass": "java.lang.IllegalStateException", "message": "gone", "type": "android", "stacktrace": [frame]}],
        "severity": "error", "unhandled": True, "app": {"id": "com.acme.shop", "version": "3.1", "releaseStage": "beta", "versionCode": 77},
        "device": {"model": "Pixel 9", "osName": "android", "osVersion": "16", "time": "2025-01-02T03:04:05Z"},
        "session": {"id": "s-1"}, "correlation": {"traceId": "t", "spanId": "s"}, "context": "OrderActivity",
    }  # fmt: skip
    browser = {
        "exceptions": [{"errorClass": "TypeError", "message": "x is null", "type": "browserjs", "stacktrace": []}],
        "device": {"browserName": "Firefox", "browserVersion": "140"},
        "request": {"url": "https://shop.example/"},
    }
    first, second = read(
        {"apiKey": "k", "notifier": {"name": "Android Bugsnag Notifier", "version": "6"}, "events": [android, browser]}
    )
    expected = {
        "service": "com.acme.shop", "release": "3.1", "environment": "beta", "language": "java", "error_type": "IllegalStateException",
        "tags": {"os": "android 16", "device": "Pixel 9"}, "timestamp": 1735787045.0, "session_id": "s-1", "trace_id": "t", "span_id": "s",
        "transaction": "OrderActivity", "extra": {"app": {"versionCode": 77}},
    }  # fmt: skip
    assert subset(expected, first) == expected
    [raised] = first["exception"]
    assert (raised["module"], raised["handled"]) == ("java.lang", False)
    assert raised["frames"] == [
        {"file": "Shop.java", "line": 12, "function": "pay", "module": "com.acme.Shop", "in_app": True}
    ]
    assert (second["error_type"], second["tags"], second["request"]) == (
        "TypeError",
        {"browser": "Firefox 140"},
        {"url": "https://shop.example/"},
    )


@pytest.mark.parametrize(
    "record", [{"notifier": {"name": "x"}, "sessionCounts": []}, {"notifier": {"name": "x"}, "events": []}]
)
def test_bugsnags_sessions_are_no_errors(record: dict[str, Any]) -> None:
    with pytest.raises(NotAnError):
        read(record)


def test_honeybadgers_ruby_says_whose_code_a_frame_is() -> None:
    backtrace = [
        {
            "number": "3",
            "file": "[PROJECT_ROOT]/app/models/order.rb",
            "method": "pay",
            "context": "app",
            "source": {"2": "def pay", "3": "  raise", "4": "end"},
        },
        {"number": "9", "file": "[GEM_ROOT]/gems/rack-3.0/lib/rack.rb", "method": "call", "context": "all"},
    ]
    record = {
        "notifier": {"name": "honeybadger-ruby", "version": "6.0", "language": "ruby"},
        "error": {"class": "PayError", "message": "PayError: no money", "backtrace": backtrace, "tags": ["eu"]},
        "request": {
            "url": "https://shop.example/pay", "component": "orders", "action": "pay", "params": {"id": 7}, "session": {"cart": 3},
            "cgi_data": {"REQUEST_METHOD": "POST", "HTTP_USER_AGENT": "x", "SERVER_PORT": "443"}, "local_variables": {"order": "17"},
            "context": {"user_id": 7, "tenant": "t-1"},
        },
        "server": {"environment_name": "production", "hostname": "web-1", "project_root": "/srv/shop"},
        "correlation_context": {"request_id": "r-1"},
    }  # fmt: skip
    [draft] = read(record)
    expected = {
        "user_id": "7", "tags": {"tags": "eu"}, "transaction": "orders#pay", "correlation_id": "r-1", "source_file": "app/models/order.rb",
        "request": {"url": "https://shop.example/pay", "method": "POST", "body": {"id": 7}, "headers": {"User-Agent": "x"}},
        "extra": {"tenant": "t-1", "cgi": {"SERVER_PORT": "443"}, "session": {"cart": 3}, "server": {"project_root": "/srv/shop"}},
        "language": "ruby",
    }  # fmt: skip
    assert subset(expected, draft) == expected
    outer, raising = draft["exception"][0]["frames"]
    assert (outer["in_app"], raising["in_app"], raising["line"], raising["locals"]) == (False, True, 3, {"order": "17"})
    assert raising["context"] == {"before": ["def pay"], "line": "  raise", "after": ["end"]}


def test_airbrakes_ruby_and_go_are_read() -> None:
    record = {
        "errors": [
            {"type": "PayError", "message": "no money", "backtrace": [{"file": "/PROJECT_ROOT/order.rb", "line": 3, "function": "pay"}, {"file": "/GEM_ROOT/gems/rack.rb", "line": 9, "function": "call"}]},
            {"type": "IOError", "message": "gone", "backtrace": []},
        ],
        "context": {"language": "ruby/3.2", "severity": "critical", "route": "/orders/:id", "httpMethod": "GET", "userAgent": "x", "userId": "7", "url": "https://shop.example/1"},
        "params": {},
    }  # fmt: skip
    [draft] = read(record)
    expected = {
        "severity": "critical", "language": "ruby", "transaction": "/orders/:id", "user_id": "7", "tags": {"runtime": "ruby/3.2"},
        "request": {"url": "https://shop.example/1", "method": "GET", "headers": {"User-Agent": "x"}}, "source_file": "order.rb",
    }  # fmt: skip
    assert subset(expected, draft) == expected
    assert [one["type"] for one in draft["exception"]] == ["IOError", "PayError"]
    assert [(frame["file"], frame["in_app"]) for frame in draft["exception"][1]["frames"]] == [
        ("/GEM_ROOT/gems/rack.rb", False),
        ("order.rb", True),
    ]


@pytest.mark.parametrize(
    "record",
    [
        {"errors": ["a"], "message": "m"},
        {"errors": [{"field": "id"}], "context": {}, "message": "m"},
        {"events": [1], "message": "m"},
        {"error": {"class": "E"}, "message": "m"},
        {"data": {"body": "text"}, "message": "m"},
        {"body": {"message2": 1}, "message": "m"},
    ],
)
def test_other_objects_are_no_notices(record: dict[str, Any]) -> None:
    [draft] = read(record)
    assert draft["format"] not in {"rollbar", "bugsnag", "honeybadger", "airbrake"}
