"""Bytes that are not quite JSON, and bytes that are nothing at all."""

import codecs
import json

import pytest

from models.reasons import DeadReason
from rules.normalizing import MAX_EVENTS, MAX_FIELDS, MAX_RECORD_BYTES, NotAnError, Unreadable, normalize

TRACE = (
    'Traceback (most recent call last):\n  File "/srv/shop/a.py", line 3, in pay\n    charge()\nValueError: no money'
)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, DeadReason.EMPTY),
        (b"", DeadReason.EMPTY),
        (b" \n\t ", DeadReason.EMPTY),
        (b"\0\0", DeadReason.EMPTY),
        (b"[]", DeadReason.EMPTY),
        (b"x" * (MAX_RECORD_BYTES + 1), DeadReason.TOO_LARGE),
        (b'{"message": "cut o', DeadReason.INVALID_JSON),
        (b"{'message': 'repr'}", DeadReason.INVALID_JSON),
        (b'{"message": ' + b"[" * 50_000, DeadReason.INVALID_JSON),
        (b"{}", DeadReason.NO_ERROR),
        (b'{"level": "error", "count": 3}', DeadReason.NO_ERROR),
        (b'{"message": "  ", "error_type": ""}', DeadReason.NO_ERROR),
        (b"12", DeadReason.NOT_TEXT),
        (b"null", DeadReason.NOT_TEXT),
        (b'"text"', DeadReason.NOT_TEXT),
        (b"[1, 2]", DeadReason.NOT_TEXT),
        (bytes(range(256)) * 4, DeadReason.NOT_TEXT),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", DeadReason.NOT_TEXT),
    ],
)
def test_what_is_no_error_is_refused_with_its_reason(value: bytes | None, reason: DeadReason) -> None:
    with pytest.raises(Unreadable) as refused:
        normalize(value, {})
    assert refused.value.reason is reason


def test_telemetry_of_another_kind_is_told_from_what_cannot_be_read() -> None:
    with pytest.raises(NotAnError):
        normalize(b'{"type": "transaction", "platform": "python", "event_id": "1"}', {})


def test_the_detail_holds_nothing_of_the_record() -> None:
    for value in (b'{"password": "hunter2', b'"hunter2"', b'{"hunter2": 1}', b"[1]" + b"\0\1\2hunter2"):
        with pytest.raises(Unreadable) as refused:
            normalize(value, {})
        assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "message", "rules"),
    [
        (b'{"message": "a\\u0000b"}', "ab", ["nul"]),
        (b'{"message": "a\x00b"}', "ab", ["nul"]),
        (b'{"message": "a\\ud800b"}', "a\ufffdb", ["bad_utf8"]),
        (b'{"message": "caf\xe9"}', "caf\ufffd", ["bad_utf8"]),
        (b'{"message": "two\nlines", "n": NaN, "m": 1e999}', "two\nlines", []),
        (b'{"message": "\\\\u0000"}', "\\u0000", []),
        (codecs.BOM_UTF8 + b'{"message": "bom"}', "bom", []),
        ('{"message": "wide"}'.encode("utf-16"), "wide", []),
        (b"\0\0\0\0\7" + b'{"message": "framed"}', "framed", []),
        (b'{"message": "ended"}\0\n', "ended", []),
        (b"plain caf\xe9 text", "plain caf\ufffd text", ["bad_utf8"]),
        (json.dumps('{"message": "twice"}').encode(), "twice", []),
    ],
)
def test_what_is_nearly_right_is_read(value: bytes, message: str, rules: list[str]) -> None:
    [draft] = normalize(value, {})
    assert draft["message"] == message
    assert [remark["rule"] for remark in draft["remarks"]] == rules


def test_a_cut_off_object_with_a_trace_is_read_for_its_trace() -> None:
    whole = json.dumps({"level": "error", "exc_info": TRACE, "more": "x" * 100}).encode()
    [draft] = normalize(whole[:-50], {})
    assert (draft["error_type"], draft["format"]) == ("ValueError", "text")


def test_a_trace_as_a_json_string_is_read() -> None:
    [draft] = normalize(json.dumps(TRACE).encode(), {})
    assert draft["error_type"] == "ValueError"


def test_a_list_gives_an_event_each() -> None:
    drafts = normalize(b'[{"message": "a"}, 3, {"message": "b"}, {}]', {})
    assert [draft["message"] for draft in drafts] == ["a", "b"]
    assert [remark["path"] for remark in drafts[0]["remarks"]] == ["[1]", "[3]"]
    assert drafts[1]["remarks"] == []


def test_a_long_list_is_cut_with_a_remark() -> None:
    drafts = normalize(json.dumps([{"message": "a"}] * (MAX_EVENTS + 5)).encode(), {})
    assert len(drafts) == MAX_EVENTS
    assert drafts[0]["remarks"] == [{"path": "", "rule": "cut", "length": MAX_EVENTS + 5}]


def test_of_very_many_fields_the_known_ones_count() -> None:
    record = {f"k{number}": 1 for number in range(MAX_FIELDS * 2)} | {"message": "last"}
    [draft] = normalize(json.dumps(record).encode(), {})
    assert draft["message"] == "last"
    assert {"path": "", "rule": "cut", "length": MAX_FIELDS * 2 + 1} in draft["remarks"]


def test_a_text_content_type_keeps_a_number_as_text() -> None:
    [draft] = normalize(b"500", {"content-type": b"text/plain; charset=utf-8"})
    assert (draft["message"], draft["format"]) == ("500", "text")


def test_a_number_too_long_for_json_writers_becomes_text() -> None:
    [draft] = normalize(b'{"message": "x", "a": NaN, "n": ' + b"9" * 30 + b"}", {})
    assert draft["extra"] == {"a": "NaN", "n": "9" * 30}
