"""What the records of real programs do not show: other spellings, and input that nobody should write."""

import json

import pytest

from models import bounds
from rules.normalizing import Draft, NotAnError, normalize
from rules.normalizing.formats.serilog import rendered


def read(record: dict[str, object]) -> Draft:
    [draft] = normalize(json.dumps(record).encode(), {})
    return draft


def subset(expected: dict[str, object], draft: Draft) -> dict[str, object]:
    return {field: draft.get(field) for field in expected}


DOTTED = {
    "@timestamp": "2025-01-02T03:04:05Z",
    "ecs.version": "8.11.0",
    "log.level": "fatal",
    "log.logger": "shop.pay",
    "log.origin.file.name": "pay.py",
    "log.origin.file.line": 7,
    "message": "order not stored",
    "service.name": "shop",
    "service.version": "1.4.2",
    "trace.id": "t",
    "span.id": "s",
    "host.name": "web-1",
    "user.id": "7",
    "url.full": "https://shop.example/orders",
    "http.request.method": "POST",
    "labels.region": "eu",
    "error.type": "shop.PayError",
    "error.message": "no money",
}
NESTED = {
    "@timestamp": "2025-01-02T03:04:05Z",
    "ecs": {"version": "8.11.0"},
    "log": {"level": "fatal", "logger": "shop.pay", "origin": {"file": {"name": "pay.py", "line": 7}}},
    "message": "order not stored",
    "service": {"name": "shop", "version": "1.4.2"},
    "trace": {"id": "t"},
    "span": {"id": "s"},
    "host": {"name": "web-1"},
    "user": {"id": "7"},
    "url": {"full": "https://shop.example/orders"},
    "http": {"request": {"method": "POST"}},
    "labels": {"region": "eu"},
    "error": {"type": "shop.PayError", "message": "no money"},
}


@pytest.mark.parametrize("record", [DOTTED, NESTED, {**DOTTED, **NESTED}], ids=["dotted", "nested", "both"])
def test_elastics_fields_may_be_dotted_or_nested(record: dict[str, object]) -> None:
    expected = {
        "format": "ecs",
        "severity": "critical",
        "logger": "shop.pay",
        "source_file": "pay.py",
        "line_number": 7,
        "message": "order not stored",
        "service": "shop",
        "release": "1.4.2",
        "trace_id": "t",
        "span_id": "s",
        "hostname": "web-1",
        "user_id": "7",
        "request": {"url": "https://shop.example/orders", "method": "POST"},
        "tags": {"region": "eu"},
        "error_type": "PayError",
        "exception": [{"type": "PayError", "module": "shop", "value": "no money"}],
    }
    assert subset(expected, read(record)) == expected


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("order not stored\nits stock is gone", {"message": "order not stored\nits stock is gone"}),
        ("order not stored", {"message": "order not stored", "extra": None}),
        ("something else", {"message": "order not stored", "extra": {"full_message": "something else"}}),
        ('Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nPayError: x', {"message": "order not stored", "error_type": "PayError"}),
    ],
    ids=["longer", "the same", "other", "trace"],
)  # fmt: skip
def test_the_long_message_of_gelf_says_more_or_something_else(full: str, expected: dict[str, object]) -> None:
    draft = read({"version": "1.1", "host": "h", "short_message": "order not stored", "full_message": full, "level": 3})
    assert subset(expected, draft) == expected


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("ERROR", "error"), (500, "error"), (400, "warning"), ("ALERT", "critical"), ("DEFAULT", None)],
)
def test_googles_severities_have_a_scale_of_their_own(severity: object, expected: str | None) -> None:
    record = {"logName": "projects/p/logs/l", "severity": severity, "jsonPayload": {"message": "m"}}
    assert read(record).get("severity") == expected


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("order {Id} of {@Customer} not {What}", {"Id": 7, "Customer": {"n": 1}, "What": "stored"}, "order 7 of {@Customer} not stored"),
        ("{{not a hole}} {A,10}|{B:000}", {"A": "x", "B": 7}, "{not a hole} x|7"),
        ("{Unknown} and {", {}, "{Unknown} and {"),
    ],
)  # fmt: skip
def test_message_templates_are_filled(template: str, values: dict[str, object], expected: str) -> None:
    assert rendered(template, values) == expected


def test_a_template_cannot_make_a_message_without_bound() -> None:
    assert len(rendered("{A}" * 100_000, {"A": "x" * 1_000_000})) < 8 * bounds.MAX_MESSAGE


def test_what_one_exception_suppressed_is_part_of_its_tree() -> None:
    frame = {"class": "com.acme.Shop", "method": "pay", "file": "Shop.java", "line": 12}
    thrown = {
        "name": "com.acme.PayException",
        "message": "no money",
        "extendedStackTrace": [frame, {**frame, "method": "main", "line": 3}],
        "suppressed": [{"name": "java.io.IOException", "extendedStackTrace": [frame]}],
        "cause": {"name": "java.lang.Error", "commonElementCount": 1, "extendedStackTrace": [{**frame, "line": -2}]},
    }
    draft = read({"loggerName": "shop", "level": "ERROR", "message": "m", "thrown": thrown, "endOfBatch": False})
    told = [(one["type"], one["id"], one.get("parent"), one.get("relation")) for one in draft["exception"]]
    assert told == [("Error", 2, 0, "cause"), ("IOException", 1, 0, "suppressed"), ("PayException", 0, None, None)]
    assert [call["function"] for call in draft["exception"][0]["frames"]] == ["main", "pay"]
    assert "line" not in draft["exception"][0]["frames"][1]


def test_exceptions_that_cause_each_other_without_end_are_cut() -> None:
    thrown: dict[str, object] = {"name": "a.E"}
    for _ in range(500):
        thrown = {"name": "a.E", "cause": thrown, "suppressed": [thrown] * 3}
        if len(json.dumps(thrown)) > 200_000:
            break
    draft = read({"loggerName": "shop", "level": "ERROR", "message": "m", "thrown": thrown, "endOfBatch": False})
    assert len(draft["exception"]) == bounds.MAX_EXCEPTIONS


@pytest.mark.parametrize(
    "record",
    [
        {"data": {"baseType": "RequestData", "baseData": {}}, "iKey": "1"},
        {"time": "2025-01-02T03:04:05Z", "type": "platform.start", "record": {"requestId": "1"}},
        {"involvedObject": {"kind": "Pod", "name": "p"}, "reason": "Pulled", "type": "Normal"},
    ],
    ids=["request", "platform", "event"],
)
def test_telemetry_of_another_kind_is_no_error(record: dict[str, object]) -> None:
    with pytest.raises(NotAnError):
        read(record)


@pytest.mark.parametrize(
    "record",
    [
        {"code": "E1", "message": "m", "level": "error", "path": "/x"},
        {"error": {"message": "m"}, "level": "error"},
        {"title": "m", "message": "n"},
        {"status": "error", "message": "m"},
        {"service": "s", "message": "m", "errors": 3},
    ],
)
def test_log_records_are_not_taken_for_answers(record: dict[str, object]) -> None:
    assert read(record)["format"] != "api-error"
