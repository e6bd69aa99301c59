"""Sentry event bodies, as its SDKs of different ages write them."""

import json
from typing import Any

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, normalize

FRAME = {
    "filename": "shop/pay.py",
    "abs_path": "/srv/shop/pay.py",
    "function": "pay",
    "module": "shop.pay",
    "lineno": 3,
    "pre_context": ["a", "b"],
    "context_line": "    charge()",
    "post_context": ["c"],
    "in_app": True,
    "vars": {"order": "17"},
}
EVENT: dict[str, Any] = {
    "event_id": "0123456789abcdef0123456789abcdef",
    "timestamp": "2025-01-02T03:04:05.000000Z",
    "platform": "python",
    "level": "fatal",
    "server_name": "web-1",
    "release": "shop@1.2.3",
    "environment": "staging",
    "transaction": "/pay",
    "sdk": {"name": "sentry.python.flask", "version": "2.1.0", "packages": []},
    "exception": {
        "values": [
            {"type": "ValueError", "value": "bad", "module": None, "stacktrace": {"frames": [FRAME]}},
            {
                "type": "PayError",
                "value": "no money",
                "module": "shop.errors",
                "mechanism": {"type": "flask", "handled": False},
                "stacktrace": {"frames": [FRAME, None, FRAME | {"function": "charge", "lineno": 9}]},
            },
        ]
    },
    "tags": [["region", "eu"], ["service", "checkout"]],
    "user": {"id": 7, "email": "a@b.example", "ip_address": "{{auto}}"},
    "request": {
        "url": "https://shop.example/pay",
        "method": "POST",
        "headers": [["User-Agent", "x"]],
        "query_string": [["a", "b"]],
        "data": {"card": "x"},
        "cookies": {"s": "1"},
    },
    "contexts": {"trace": {"trace_id": "t", "span_id": "s"}, "runtime": {"name": "CPython"}},
    "breadcrumbs": {"values": [{"message": "before"}]},
    "extra": {"order": 17},
    "fingerprint": ["{{ default }}", "pay"],
    "modules": {"flask": "3"},
}


def read(**changes: Any) -> Draft:
    [draft] = normalize(json.dumps({**EVENT, **changes}).encode(), {})
    ErrorEvent.model_validate(draft)
    return draft


def test_an_event_is_read_whole() -> None:
    draft = read()
    frames = draft["exception"][1].pop("frames")
    assert draft["exception"][1] == {
        "type": "PayError",
        "value": "no money",
        "module": "shop.errors",
        "mechanism": "flask",
        "handled": False,
    }
    assert frames[0] == {
        "function": "pay",
        "module": "shop.pay",
        "file": "shop/pay.py",
        "line": 3,
        "in_app": True,
        "context": {"line": "    charge()", "before": ["a", "b"], "after": ["c"]},
        "locals": {"order": "17"},
    }
    assert [frame["function"] for frame in frames] == ["pay", "charge"]
    del draft["exception"]
    assert draft == {
        "event_id": "0123456789abcdef0123456789abcdef",
        "timestamp": 1735787045.0,
        "service": "checkout",
        "environment": "staging",
        "hostname": "web-1",
        "trace_id": "t",
        "span_id": "s",
        "error_type": "PayError",
        "message": "no money",
        "severity": "critical",
        "transaction": "/pay",
        "source_file": "shop/pay.py",
        "line_number": 9,
        "user_id": "7",
        "request": {
            "url": "https://shop.example/pay",
            "method": "POST",
            "headers": {"User-Agent": "x"},
            "query_string": "a=b",
            "body": {"card": "x"},
        },
        "release": "shop@1.2.3",
        "language": "python",
        "sdk": "sentry.python.flask/2.1.0",
        "tags": {"runtime": "CPython", "region": "eu", "service": "checkout"},
        "extra": {
            "order": 17,
            "contexts": {"runtime": {"name": "CPython"}},
            "modules": {"flask": "3"},
            "breadcrumbs": [{"message": "before"}],
            "request": {"cookies": {"s": "1"}},
            "user": EVENT["user"],
        },
        "fingerprint": ["{{ default }}", "pay"],
        "format": "sentry",
        "remarks": [],
    }


@pytest.mark.parametrize(
    ("changes", "message", "template"),
    [
        ({"message": "plain"}, "plain", None),
        ({"message": {"formatted": "order 17", "message": "order %s", "params": ["17"]}}, "order 17", "order %s"),
        ({"logentry": {"formatted": "order 17"}}, "order 17", None),
        ({"logentry": {"message": "order %s of %s", "params": [17, 18]}}, "order 17 of 18", "order %s of %s"),
        ({"logentry": {"message": "order %(id)s", "params": {"id": 17}}}, "order 17", "order %(id)s"),
        ({"logentry": {"message": "order %d", "params": ["x"]}}, "order %d", "order %d"),
        ({"logentry": {"message": "%99999999d", "params": [1]}}, "%99999999d", "%99999999d"),
    ],
)
def test_a_message_is_filled_and_its_template_kept(changes: dict[str, Any], message: str, template: str | None) -> None:
    draft = read(exception=None, **changes)
    assert (draft["message"], draft.get("message_template")) == (message, template)


@pytest.mark.parametrize(
    ("level", "expected"), [("fatal", "critical"), ("warning", "warning"), (None, "error"), ("x", "error")]
)
def test_a_level_is_a_severity(level: str | None, expected: str) -> None:
    assert read(level=level)["severity"] == expected


def test_the_crashed_thread_gives_its_stack_to_an_exception_without_one() -> None:
    threads = {
        "values": [
            {"stacktrace": {"frames": [{"function": "idle"}]}},
            {"crashed": True, "stacktrace": {"frames": [FRAME]}},
        ]
    }
    draft = read(exception={"values": [{"type": "SIGSEGV", "value": "Segfault"}]}, threads=threads)
    assert [frame["function"] for frame in draft["exception"][0]["frames"]] == ["pay"]


def test_a_message_with_a_stack_keeps_the_stack() -> None:
    draft = read(exception=None, message="slow", stacktrace={"frames": [FRAME]})
    assert draft["message"] == "slow"
    assert draft["exception"][0]["frames"][0]["function"] == "pay"


def test_old_interfaces_are_known() -> None:
    record = {
        "sentry.interfaces.Exception": {"type": "E", "value": "v", "stacktrace": {"frames": [FRAME]}},
        "sentry.interfaces.Http": {"url": "/pay"},
    }
    [draft] = normalize(json.dumps(record).encode(), {})
    assert (draft["format"], draft["error_type"], draft["request"]) == ("sentry", "E", {"url": "/pay"})


def test_frames_that_no_one_judged_are_judged() -> None:
    frames = [{"filename": "flask/app.py", "abs_path": "/x/site-packages/flask/app.py"}, {"filename": "shop.py"}]
    draft = read(exception={"values": [{"type": "E", "stacktrace": {"frames": frames}}]})
    assert [frame["in_app"] for frame in draft["exception"][0]["frames"]] == [False, True]


@pytest.mark.parametrize(
    ("changes", "service"),
    [
        ({}, "checkout"),
        ({"tags": {}}, "shop"),
        ({"tags": None, "release": "1.2"}, None),
        ({"tags": {}, "contexts": {"app": {"app_name": "app"}}}, "app"),
    ],
)
def test_a_service_is_found(changes: dict[str, Any], service: str | None) -> None:
    assert read(**changes).get("service") == service


def test_a_release_that_is_a_commit_is_one() -> None:
    assert (
        read(release="28ef218b61a2ab33db5d9bcee53c3b1875e97e00")["commit"] == "28ef218b61a2ab33db5d9bcee53c3b1875e97e00"
    )
