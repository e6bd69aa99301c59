"""What Sentry events of any age hold beside the plain case: trees, threads, contexts, old names, other items."""

import json
from typing import Any

import pytest

from models import bounds
from models.event import ErrorEvent
from rules.normalizing import Draft, NotAnError, normalize

ID = "0123456789abcdef0123456789abcdef"


def read(**event: Any) -> Draft:
    [draft] = normalize(json.dumps({"event_id": ID, "platform": "python", **event}).encode(), {})
    ErrorEvent.model_validate(draft)
    return draft


def linked(kind: str, **mechanism: Any) -> dict[str, Any]:
    return {"type": kind, "value": "v", "mechanism": {"type": "chained", **mechanism}}


@pytest.mark.parametrize(
    ("mechanism", "expected"),
    [
        ({"exception_id": 1, "parent_id": 0, "source": "__cause__"}, {"id": 1, "parent": 0, "relation": "cause"}),
        ({"exception_id": 1, "parent_id": 0, "source": "__context__"}, {"id": 1, "parent": 0, "relation": "context"}),
        ({"exception_id": 2, "parent_id": 0, "source": "errors[1]"}, {"id": 2, "parent": 0, "relation": "member"}),
        (
            {"exception_id": 2, "parent_id": 0, "source": "InnerExceptions[0]"},
            {"id": 2, "parent": 0, "relation": "member"},
        ),
        ({"exception_id": 1, "parent_id": 0, "source": "InnerException"}, {"id": 1, "parent": 0, "relation": "cause"}),
        ({"exception_id": 1, "parent_id": 0, "type": "suppressed"}, {"id": 1, "parent": 0, "relation": "suppressed"}),
        ({"exception_id": 1, "parent_id": 0}, {"id": 1, "parent": 0, "relation": "cause"}),
        ({"exception_id": 0, "is_exception_group": True}, {"id": 0, "is_group": True}),
        ({"handled": None}, {}),
    ],
)
def test_an_exception_stands_in_a_tree(mechanism: dict[str, Any], expected: dict[str, Any]) -> None:
    draft = read(exception={"values": [linked("E", **mechanism)]})
    [told] = draft["exception"]
    assert {name: told[name] for name in told if name not in ("type", "value", "mechanism")} == expected


@pytest.mark.parametrize("root_first", [True, False])
def test_what_was_raised_is_last_whatever_the_order(root_first: bool) -> None:
    values = [linked("Cause", exception_id=1, parent_id=0), linked("Raised", exception_id=0)]
    draft = read(exception={"values": values[::-1] if root_first else values})
    assert [one["type"] for one in draft["exception"]] == ["Cause", "Raised"]
    assert draft["error_type"] == "Raised"


def thread(number: int, function: str, **marks: Any) -> dict[str, Any]:
    return {
        "id": number,
        "stacktrace": {"frames": [{"function": "start"}, {"function": function, "filename": "a.c", "lineno": 7}]},
        **marks,
    }


@pytest.mark.parametrize(
    ("threads", "thread_id", "function"),
    [
        ([thread(1, "idle"), thread(2, "fell", crashed=True)], None, "fell"),
        ([thread(1, "idle"), thread(2, "asked", current=True)], None, "asked"),
        ([thread(1, "idle", crashed=True), thread(2, "named")], 2, "named"),
        ([thread(1, "idle", crashed=True), {"id": 2}], 2, "idle"),
    ],
)
def test_the_thread_that_failed_gives_its_stack(threads: list[Any], thread_id: int | None, function: str) -> None:
    exception = {"type": "SIGSEGV", "value": "Segfault", "thread_id": thread_id}
    draft = read(platform="native", exception={"values": [exception]}, threads={"values": threads})
    assert draft["exception"][0]["frames"][-1]["function"] == function


def test_other_threads_are_kept_in_short() -> None:
    threads = [
        thread(1, "fell", crashed=True, name="main"),
        thread(2, "wait", name="worker-1", state="WAITING"),
        {"id": 3},
    ]
    draft = read(exception={"values": [{"type": "SIGSEGV"}]}, threads={"values": threads})
    assert draft["extra"]["threads"] == [
        {"id": 1, "name": "main", "crashed": True},
        {"id": 2, "name": "worker-1", "state": "WAITING", "stack": ["wait (a.c:7)", "start"]},
    ]


def test_contexts_that_are_searched_by_are_tags() -> None:
    contexts = {
        "browser": {"name": "Firefox", "version": "140.0"},
        "os": {"name": "Windows", "version": "10\n"},
        "device": {"family": "Pixel", "model": "Pixel 9"},
        "server-runtime": {"type": "runtime", "raw_description": ".NET Core 3.1.3"},
        "trace": {"trace_id": "t", "span_id": "s", "op": "http.server", "status": None},
    }
    draft = read(contexts=contexts, tags=[["os", "told"], ["region", "eu"]], message="m")
    assert draft["tags"] == {
        "browser": "Firefox 140.0",
        "os": "told",
        "device": "Pixel 9",
        "runtime": ".NET Core 3.1.3",
        "region": "eu",
    }
    assert (draft["trace_id"], draft["span_id"]) == ("t", "s")
    assert draft["extra"]["contexts"]["trace"] == {"op": "http.server"}


def test_an_app_is_a_release_and_a_service() -> None:
    app = {"app_identifier": "com.acme.shop", "app_name": "Shop", "app_version": "3.1", "app_build": "77"}
    draft = read(contexts={"app": app}, message="m")
    assert (draft["release"], draft["service"]) == ("com.acme.shop@3.1+77", "Shop")


@pytest.mark.parametrize(
    ("name", "release", "service"),
    [("checkout", "1.0", "checkout"), ("unknown_service:python", "shop@1.0", "shop"), ("unknown_service", "1.0", None)],
)
def test_opentelemetrys_resource_names_the_service(name: str, release: str, service: str | None) -> None:
    draft = read(contexts={"otel": {"resource": {"service.name": name}}}, release=release, message="m")
    assert draft.get("service") == service


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1&b=2", "a=1&b=2"),
        ([["a", "1"], ["b", "2"]], "a=1&b=2"),
        ({"a": "1", "b": 2}, "a=1&b=2"),
        (["a=1"], "a=1"),
        ("", None),
    ],
)
def test_a_query_has_three_forms(query: Any, expected: str | None) -> None:
    assert read(message="m", request={"url": "/pay", "query_string": query})["request"].get("query_string") == expected


@pytest.mark.parametrize("cookies", ["a=1", [["a", "1"]], {"a": "1"}])
def test_cookies_are_kept_beside_the_request(cookies: Any) -> None:
    draft = read(message="m", request={"url": "/pay", "data": "raw", "cookies": cookies})
    assert (draft["request"], draft["extra"]["request"]) == ({"url": "/pay", "body": "raw"}, {"cookies": cookies})


def test_what_old_sdks_write_is_known() -> None:
    record = {
        "event_id": ID,
        "culprit": "shop.pay in charge",
        "checksum": "d41d8cd98f00b204e9800998ecf8427e",
        "level": 40,
        "timestamp": "2011-05-02T17:41:36",
        "server_name": "web-1",
        "sentry.interfaces.Message": {"message": "order %s failed", "params": ["17"]},
        "sentry.interfaces.Exception": [{"type": "E", "value": "v", "module": "shop"}],
        "sentry.interfaces.Stacktrace": {"frames": [{"filename": "shop/pay.py", "function": "charge", "lineno": 3}]},
        "sentry.interfaces.User": {"id": 7, "geo": {"country_code": "DE"}},
        "sentry.interfaces.Query": {"query": "SELECT 1", "engine": "psycopg2"},
    }
    [draft] = normalize(json.dumps(record).encode(), {})
    expected = {
        "format": "sentry", "transaction": "shop.pay in charge", "fingerprint": [record["checksum"]], "severity": "error",
        "timestamp": 1304358096.0, "message": "order 17 failed", "message_template": "order %s failed", "user_id": "7",
        "error_type": "E", "source_file": "shop/pay.py",
    }  # fmt: skip
    assert {name: draft.get(name) for name in expected} == expected
    assert draft["extra"] == {"query": record["sentry.interfaces.Query"], "user": record["sentry.interfaces.User"]}


@pytest.mark.parametrize(
    ("entry", "message", "template"),
    [
        ({"message": "order {} of {}", "params": ["17", 18]}, "order 17 of 18", "order {} of {}"),
        ({"message": "order {0}, {0}", "params": ["17"]}, "order 17, 17", "order {0}, {0}"),
        ({"message": "order {id} {x}", "params": {"id": 17}}, "order 17 {x}", "order {id} {x}"),
        ({"message": "done", "formatted": "done"}, "done", None),
        ({"message": "done"}, "done", None),
        ("as text", "as text", None),
    ],
)
def test_a_template_is_filled_as_its_language_does(entry: Any, message: str, template: str | None) -> None:
    draft = read(logentry=entry)
    assert (draft["message"], draft.get("message_template")) == (message, template)


def test_huge_parameters_do_not_multiply() -> None:
    draft = read(logentry={"message": "%(a)s" * 50, "params": {"a": "x" * 100_000}})
    assert len(draft["message"]) == bounds.MAX_MESSAGE


def test_the_last_breadcrumbs_and_the_modules_are_kept() -> None:
    crumbs = [{"message": str(number)} for number in range(250)]
    draft = read(
        message="m",
        breadcrumbs={"values": crumbs},
        modules={"flask": "3"},
        debug_meta={"images": [{"type": "elf"}]},
        dist=7,
    )
    assert [crumb["message"] for crumb in draft["extra"]["breadcrumbs"]] == [str(number) for number in range(50, 250)]
    assert draft["extra"]["modules"] == {"flask": "3"}
    assert draft["extra"]["debug_meta"] == {"images": [{"type": "elf"}]}
    assert draft["tags"] == {"dist": "7"}
    assert [remark["path"] for remark in draft["remarks"]] == ["extra.breadcrumbs"]


def test_a_native_frame_has_its_place_in_memory() -> None:
    frame = {"function": "pay", "package": "/srv/shop/libpay.so", "instruction_addr": "0x7f01", "image_addr": "0x7000"}
    draft = read(
        platform="native",
        sdk={"name": "sentry.rust"},
        exception={"values": [{"type": "panic", "stacktrace": {"frames": [frame]}}]},
    )
    assert draft["exception"][0]["frames"] == [
        {"function": "pay", "package": "/srv/shop/libpay.so", "address": "0x7f01"}
    ]
    assert draft["language"] == "rust"


@pytest.mark.parametrize(
    "item",
    [
        {"type": "transaction", "platform": "python", "event_id": ID, "spans": []},
        {"type": "feedback", "platform": "python", "event_id": ID, "contexts": {"feedback": {"message": "it is slow"}}},
        {"check_in_id": ID, "monitor_slug": "nightly", "status": "error"},
        {"sid": ID, "init": True, "status": "crashed", "started": "2025-01-01T00:00:00Z", "attrs": {"release": "1"}},
        {"aggregates": [{"started": "2025-01-01T00:00:00Z", "exited": 3}], "attrs": {"release": "1"}},
    ],
)
def test_other_items_are_no_errors(item: dict[str, Any]) -> None:
    with pytest.raises(NotAnError):
        normalize(json.dumps(item).encode(), {})


def test_a_security_event_is_named_by_what_was_blocked() -> None:
    csp = {
        "effective_directive": "img-src",
        "blocked_uri": "https://ads.example/1.gif",
        "document_uri": "https://shop.example/",
    }
    draft = read(platform="javascript", type="csp", csp=csp, release="shop@1", tags={"region": "eu"})
    expected = {
        "error_type": "csp", "message": "Blocked 'image' from 'ads.example'", "fingerprint": ["csp", "img-src", "ads.example"],
        "service": "shop", "request": {"url": "https://shop.example/"}, "tags": {"region": "eu"}, "severity": "error",
    }  # fmt: skip
    assert {name: draft.get(name) for name in expected} == expected
