"""Sentry's envelopes: known by their first lines, taken apart by their lengths."""

import json
from typing import Any

import pytest

from models.reasons import DeadReason
from rules.normalizing import NotAnError, Unreadable, normalize

ID = "0123456789abcdef0123456789abcdef"
HEADER = {"event_id": ID, "sent_at": "2025-01-02T03:04:05Z"}
EVENT = {"message": "no money", "platform": "python", "level": "error"}
KIND = {"content-type": b"application/x-sentry-envelope"}


def item(kind: str, payload: Any, *, counted: bool = True, **header: Any) -> bytes:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    header = {"type": kind, **({"length": len(body)} if counted else {}), **header}
    return json.dumps(header).encode() + b"\n" + body + b"\n"


def envelope(*items: bytes, **header: Any) -> bytes:
    return json.dumps({**HEADER, **header}).encode() + b"\n" + b"".join(items)


def messages(value: bytes, headers: dict[str, bytes] | None = None) -> list[Any]:
    return [draft.get("message") for draft in normalize(value, headers or {})]


@pytest.mark.parametrize("headers", [{}, KIND])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (envelope(item("event", EVENT)), ["no money"]),
        (envelope(item("event", EVENT, counted=False)), ["no money"]),
        (envelope(item("event", EVENT)).rstrip(b"\n"), ["no money"]),
        (envelope(item("error", EVENT), item("default", {"message": "two", "platform": "go"})), ["no money", "two"]),
        (
            envelope(item("attachment", b'\n{"type":"event"}\n\x00\xff', filename="a.bin"), item("event", EVENT)),
            ["no money"],
        ),
        (envelope(item("attachment", b""), item("event", json.dumps(EVENT, indent=1).encode())), ["no money"]),
        (envelope(item("session", {"sid": ID}), b"\n\n", item("event", EVENT)), ["no money"]),
        (b"{}\n" + item("event", EVENT), ["no money"]),
        (
            envelope(
                item("raw_security", {"csp-report": {"blocked-uri": "inline", "effective-directive": "style-src"}})
            ),
            ["Blocked inline 'style'"],
        ),
    ],
)
def test_events_are_taken_out(value: bytes, expected: list[str], headers: dict[str, bytes]) -> None:
    assert messages(value, headers) == expected


@pytest.mark.parametrize(
    "kind",
    [
        "transaction",
        "session",
        "sessions",
        "client_report",
        "replay_event",
        "profile",
        "check_in",
        "feedback",
        "statsd",
        "new_thing",
    ],
)
def test_other_items_are_passed_over(kind: str) -> None:
    with pytest.raises(NotAnError):
        normalize(envelope(item(kind, {"a": 1})), KIND)


def test_an_envelopes_header_completes_its_event() -> None:
    header = {
        "sdk": {"name": "sentry.python", "version": "2.0"},
        "trace": {"trace_id": "t", "release": "shop@1", "environment": "staging"},
    }
    [draft] = normalize(envelope(item("event", EVENT), **header), KIND)
    expected = {
        "event_id": ID,
        "sdk": "sentry.python/2.0",
        "trace_id": "t",
        "release": "shop@1",
        "environment": "staging",
        "service": "shop",
    }
    assert {name: draft.get(name) for name in expected} == expected


def test_an_event_that_cannot_be_read_leaves_the_others() -> None:
    [draft] = normalize(envelope(item("event", b'{"message": "cut o'), item("event", EVENT)), KIND)
    assert draft["message"] == "no money"
    assert {"path": "items.0", "rule": "invalid", "length": 18} in draft["remarks"]


@pytest.mark.parametrize(
    "value",
    [
        envelope(item("event", EVENT))[:-20],
        envelope(item("event", b"[1]")),
        envelope(item("event", b"")),
        b"no envelope",
        b"[1]\n{}",
    ],
)
def test_a_broken_envelope_is_refused(value: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        normalize(value, KIND)
    assert refused.value.reason is DeadReason.INVALID_JSON


@pytest.mark.parametrize(
    "text",
    [
        '{"level":"error"}\n{"type":"event","message":"x"}',  # lines of JSON that tell of events
        '{"event_id":"1"}\n{"type":"order"}\n{}',
        '{"event_id":"1"}\nno JSON',
        "{}\n{}",
        '{}\n{"type":"event"}',
    ],
)
def test_other_lines_of_json_are_no_envelope(text: str) -> None:
    with pytest.raises(Unreadable):
        normalize(text.encode(), {})


def test_logs_are_read_whatever_their_level() -> None:
    attributes = {
        "sentry.release": {"value": "shop@1", "type": "string"},
        "sentry.environment": {"value": "staging", "type": "string"},
        "sentry.message.template": {"value": "order %s", "type": "string"},
        "sentry.message.parameter.0": {"value": 17, "type": "integer"},
        "user.id": {"value": "7", "type": "string"},
        "count": {"value": 2, "type": "integer"},
    }
    logs = [
        {"timestamp": 1735787045.5, "trace_id": "t", "level": "fatal", "body": "order 17", "attributes": attributes},
        {"timestamp": 1735787046, "severity_number": 9, "body": "fine", "attributes": None},
        "no log",
    ]
    first, second = normalize(envelope(item("log", {"items": logs}, item_count=2)), {})
    assert first == {
        "format": "sentry", "environment": "staging", "release": "shop@1", "service": "shop", "timestamp": 1735787045.5,
        "severity": "critical", "trace_id": "t", "message": "order 17", "message_template": "order %s", "user_id": "7",
        "extra": {"count": 2}, "remarks": [],
    }  # fmt: skip
    assert (second["severity"], second["message"]) == ("info", "fine")
