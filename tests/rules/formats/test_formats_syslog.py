"""Syslog in its many forms: what each part means, and that the message within is read as what it is."""

import json

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, normalize
from rules.normalizing.times import epoch

AT = 1735787045.0
YEARLESS = epoch("Jan  2 03:04:05")


def read_all(text: str) -> list[Draft]:
    drafts = normalize(text.encode(), {})
    for draft in drafts:
        ErrorEvent.model_validate(draft)
        assert draft["remarks"] == []
    return drafts


def read(text: str) -> Draft:
    [draft] = read_all(text)
    return draft


NEW = [
    (
        "<165>1 2025-01-02T03:04:05.000Z web-1 orders 17 ID47 - message",
        {"hostname": "web-1", "service": "orders", "severity": "info", "timestamp": AT, "message": "message", "extra": {"facility": "local4", "pid": "17", "msgid": "ID47"}},
    ),
    (
        '<11>1 2025-01-02T04:04:05+01:00 web-1 orders - - [shop@1 a="1" b="\\"\\]\\\\"][x@2] \ufeffmessage ü',
        {"timestamp": AT, "severity": "error", "message": "message ü", "extra": {"facility": "user", "shop@1": {"a": "1", "b": '"]\\'}, "x@2": {}}},
    ),
    ("<8>1 - - - - - -", {"severity": "critical", "message": "-"}),
    ('<11>1 - - orders - - [shop@1 a="1"]', {"service": "orders", "message": '[shop@1 a="1"]'}),
    ('<11>1 - web-1 orders - - - \ufeff{"level":50,"time":1735787045000,"pid":3,"hostname":"pod-1","msg":"failed"}', {"format": "pino", "hostname": "pod-1", "service": "orders", "message": "failed", "timestamp": AT}),
    ('<14>1 - web-1 orders - - - level=error msg="not stored" order=17', {"format": "logfmt", "severity": "error", "message": "not stored", "service": "orders"}),
]  # fmt: skip
OLD = [
    ("<34>Jan  2 03:04:05 web-1 su: failed for lonvick", {"hostname": "web-1", "service": "su", "severity": "critical", "timestamp": YEARLESS, "message": "failed for lonvick"}),
    ("<13>Jan  2 03:04:05 10.0.0.99 Use the scale", {"hostname": "10.0.0.99", "message": "Use the scale", "service": None}),
    ("<11>Jan  2 03:04:05 orders[17]: failed", {"hostname": None, "service": "orders", "message": "failed", "extra": {"facility": "user", "pid": "17"}}),
    ("<11>Jan  2 2025 03:04:05 web-1 orders[17]: failed", {"hostname": "web-1", "service": "orders", "timestamp": AT, "message": "failed"}),
    ("<11>2025 Jan  2 03:04:05 web-1 orders: failed", {"timestamp": AT, "hostname": "web-1", "message": "failed"}),
    ("<11>2025-01-02T03:04:05.000Z web-1 orders[17]: failed", {"timestamp": AT, "hostname": "web-1", "service": "orders", "message": "failed"}),
    ("<11>Jan  2 03:04:05 fe80::1 orders: failed", {"hostname": "fe80::1", "service": "orders", "message": "failed"}),
    ("<187>123: *Jan  2 03:04:05.000: %LINK-3-UPDOWN: Interface down", {"severity": "error", "timestamp": YEARLESS, "message": "Interface down", "extra": {"facility": "local7", "msgid": "LINK-3-UPDOWN"}}),
    ("<11>orders: failed", {"service": "orders", "message": "failed", "hostname": None}),
    ("<11>ERROR:shop.pay:failed", {"service": None, "message": "failed", "logger": "shop.pay", "severity": "error"}),
    ("<11>error: failed", {"service": None, "message": "error: failed", "severity": "error"}),
    ("<11>failed", {"message": "failed", "severity": "error"}),
    ("<14>Jan  2 03:04:05 web-1 orders: FATAL: out of memory", {"severity": "critical", "message": "out of memory"}),
    ("Jan  2 03:04:05 web-1 orders[17]: failed", {"hostname": "web-1", "service": "orders", "message": "failed", "severity": None}),
    ("2025-01-02T03:04:05.000000+00:00 web-1 orders[17]: failed", {"hostname": "web-1", "service": "orders", "timestamp": AT, "message": "failed"}),
    ("2025-01-02T03:04:05.000000+00:00 web-1 kernel: Out of memory: Killed process 17", {"service": "kernel", "message": "Out of memory: Killed process 17"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [*NEW, *OLD])
def test_a_message_is_taken_apart(text: str, expected: dict[str, object]) -> None:
    draft = read(text)
    assert {field: draft.get(field) for field in expected} == expected


@pytest.mark.parametrize(
    "text",
    [
        "<192>Jan  2 03:04:05 web-1 orders: failed",
        "<x>1 failed",
        "<11>1 too few fields",
        "2025-01-02T03:04:05Z ERROR shop: failed",
        "2025-01-02T03:04:05Z worker payment: failed",
        "Jan failed",
        "Mon 03:04:05 web-1 orders: failed",
    ],
)
def test_what_only_looks_like_it_is_none(text: str) -> None:
    assert read(text)["format"] != "syslog"


def test_several_counted_messages_are_several_errors() -> None:
    one, two = "<11>1 - web-1 a - - - ü failed", "<11>1 - web-1 b - - - also"
    text = "".join(f"{len(message.encode())} {message}" for message in (one, two))
    assert [(draft["service"], draft["message"]) for draft in read_all(text)] == [("a", "ü failed"), ("b", "also")]


def test_a_message_within_a_message_is_opened_a_few_times_only() -> None:
    text = "<11>1 - - - - - - " * 5_000 + "failed"
    [draft] = normalize(text.encode(), {})
    assert (draft["format"], draft["message"][:4], draft["remarks"][0]["rule"]) == ("syslog", "<11>", "cut")


def test_a_trace_in_a_message_is_read() -> None:
    trace = (
        'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in pay\n    charge()\nshop.PayError: no money'
    )
    draft = read(f"<11>Jan  2 03:04:05 web-1 orders[17]: not paid\n{trace}")
    assert (draft["message"], draft["error_type"], draft["hostname"]) == ("not paid", "PayError", "web-1")


def test_the_level_within_counts() -> None:
    line = json.dumps({"level": "info", "message": "stored", "service": "web"})
    draft = read(f"<11>1 - web-1 orders - - - {line}")
    assert (draft["severity"], draft["service"]) == ("info", "web")
