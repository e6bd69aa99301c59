"""One record, from its bytes to what is stored."""

import uuid
from hashlib import blake2b

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dead import ORIGIN
from models.event import ErrorEvent, Origin
from models.occurrence import Dead, Dropped, Occurrence
from models.reasons import DeadReason, DropReason
from models.severity import Severity
from models.wire import LATE
from rules import preparing
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare

NOW = 1_700_000_000.0
DAY = 86_400.0
CONFIG = PrepareConfig(
    masker=Masker(), minimum_severity=Severity.WARNING, lateness=600.0, retention=30 * DAY, hash_key=b"k" * 32
)
PLACE = Origin(topic="errors", partition=3, offset=17)
UUID = "0d3c1e9a-5b0e-4f57-9f0e-6f0b9c8f7a11"


def outcomes(record, headers=None, place=PLACE, config=CONFIG) -> list:
    value = record if isinstance(record, bytes | None) else orjson.dumps(record)
    return prepare(value, headers or {}, place, NOW, config)


def occurrence(record, **options) -> Occurrence:
    (made,) = outcomes(record, **options)
    assert isinstance(made, Occurrence)
    return made


def event(**fields) -> dict:
    return {"service": "shop", "environment": "test", "error_type": "PriceError", "message": "no price", **fields}


def test_a_record_becomes_an_occurrence():
    made = occurrence(event(hostname="h1", release="r1", user_id="u1", trace_id="t1", severity="critical"))
    assert (made.offset, made.ordinal) == (17, 0)
    assert (made.occurred_at, made.received_at, made.bucket) == (NOW, NOW, int(NOW))
    assert (made.hostname, made.release, made.user_id, made.trace_id) == ("h1", "r1", "u1", "t1")
    assert made.severity is Severity.CRITICAL
    assert made.message == "no price"
    group = made.group
    assert (group.service, group.environment, group.title) == ("shop", "test", "PriceError: no price")
    assert (group.error_type, group.release) == ("PriceError", "r1")


def test_the_payload_is_the_whole_event_and_nothing_empty():
    made = occurrence(event(tags={}, exception=[{"type": "E", "frames": [{"function": "f", "module": None}]}]))
    payload = orjson.loads(made.payload)
    assert payload["event_id"] == made.event_id.hex()
    assert payload["timestamp"] == payload["received_at"] == "2023-11-14T22:13:20Z"
    assert payload["origin"] == {"topic": "errors", "partition": 3, "offset": 17}
    assert payload["group_id"] == made.group.group_id
    assert payload["culprit"] == made.group.culprit == "f"
    assert payload["format"] == "seawall"
    assert payload["exception"] == [{"type": "E", "frames": [{"function": "f"}]}]
    assert "tags" not in payload
    stored = ErrorEvent.model_validate_json(made.payload)
    assert stored.message == "no price"
    assert stored.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("given", "occurred", "bucket", "remark"),
    [
        (None, NOW, int(NOW), False),
        (NOW - 3, NOW - 3, int(NOW) - 10, False),
        (NOW + 60, NOW + 60, int(NOW) + 60, False),
        (NOW + 61, NOW, int(NOW), True),
        (NOW - 600, NOW - 600, int(NOW) - 600, False),
        (NOW - 601, NOW - 601, LATE, False),
        (NOW - 30 * DAY + 1, NOW - 30 * DAY + 1, LATE, False),
        (NOW - 30 * DAY, NOW, int(NOW), True),
        (0, NOW, int(NOW), True),
        (4e9, NOW, int(NOW), True),
    ],
)
def test_times_are_believed_within_bounds(given, occurred, bucket, remark):
    made = occurrence(event(**({} if given is None else {"timestamp": given})))
    assert (made.occurred_at, made.bucket) == (occurred, bucket)
    remarks = orjson.loads(made.payload).get("remarks", [])
    assert ({"path": "timestamp", "rule": "invalid", "length": None} in remarks) is remark


@pytest.mark.parametrize(
    "spelling", [UUID, UUID.upper(), UUID.replace("-", ""), f"urn:uuid:{UUID}", f"{{{UUID}}}", f" {UUID} "]
)
def test_a_producers_uuid_is_taken_in_any_spelling(spelling):
    made = occurrence(event(event_id=spelling))
    assert (made.event_id, made.own_id) == (uuid.UUID(UUID).bytes, True)


def test_any_other_id_is_as_unique_as_its_service_makes_it():
    one, again = occurrence(event(event_id="order-7")), occurrence(event(event_id="order-7", message="else"))
    other = occurrence(event(event_id="order-7", service="other"))
    assert one.event_id == again.event_id != other.event_id
    assert one.own_id
    assert other.own_id


@pytest.mark.parametrize("nothing", ["", "0", "0" * 32, "00000000-0000-0000-0000-000000000000", "  ", None])
def test_an_id_that_says_nothing_is_none(nothing):
    made = occurrence(event(event_id=nothing))
    assert not made.own_id
    assert made.event_id == occurrence(event()).event_id


def test_without_an_id_the_place_makes_one():
    ids = {
        occurrence(event(), place=PLACE.model_copy(update=change)).event_id
        for change in ({}, {"offset": 18}, {"partition": 4})
    }
    assert len(ids) == 3
    many = outcomes([event(), event()])
    assert [made.ordinal for made in many] == [0, 1]
    assert many[0].event_id != many[1].event_id


def test_a_replayed_record_is_one_event_however_often():
    headers = {ORIGIN: b"errors/1/0/5"}
    first = occurrence(event(), headers=headers)
    second = occurrence(event(), headers=headers, place=PLACE.model_copy(update={"offset": 99}))
    assert first.own_id
    assert first.event_id == second.event_id != occurrence(event()).event_id
    assert not occurrence(event(), headers={ORIGIN: b"nonsense"}).own_id
    assert occurrence(event(event_id=UUID), headers=headers).event_id == uuid.UUID(UUID).bytes


def test_users_are_counted_by_a_keyed_hash_of_the_id_before_it_is_masked():
    one, other = occurrence(event(user_id="a@x.org")), occurrence(event(user_id="b@x.org"))
    assert one.user_id == other.user_id == "[email]"
    assert one.user_key == blake2b(b"a@x.org", key=CONFIG.hash_key, digest_size=16).digest() != other.user_key
    assert occurrence(event()).user_key is None


def test_groups_and_titles_are_made_of_the_masked_event():
    one = occurrence(event(message="no mail to a@x.org"))
    other = occurrence(event(message="no mail to b@x.org"))
    assert one.group == other.group
    assert one.group.title == "PriceError: no mail to [email]"
    assert b"x.org" not in one.payload


def test_what_is_below_the_level_is_dropped():
    (made,) = outcomes(event(severity="info"))
    assert made == Dropped(offset=17, reason=DropReason.BELOW_LEVEL, service="shop")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, DeadReason.EMPTY),
        (b"  ", DeadReason.EMPTY),
        (b"{}", DeadReason.NO_ERROR),
        (b"\xff\x00\x01" * 40, DeadReason.NOT_TEXT),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter(value, reason):
    (made,) = outcomes(value)
    assert isinstance(made, Dead)
    assert (made.offset, made.reason, made.size, made.received_at) == (17, reason, len(value or b""), NOW)


def test_texts_that_no_store_takes_are_cleaned_even_if_reading_left_them(monkeypatch):
    draft = {"message": "a\0b\ud800c", "extra": {"k\0": ["\0", 2**70]}, "user_id": "\ud800", "event_id": "\ud800"}
    monkeypatch.setattr(preparing, "normalize", lambda value, headers, hint: [draft])
    made = occurrence(b"whatever")
    assert made.message == "ab?c"
    assert orjson.loads(made.payload)["extra"] == {"k": ["", str(2**70)]}
    assert b"\\u0000" not in made.payload


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = [*ErrorEvent.model_fields, "level", "msg", "stack", "error", "errorMessage"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=10), st.binary(max_size=60))
def test_any_record_has_an_outcome_that_can_be_stored(record, raw):
    import json

    for value in (json.dumps(record).encode(), raw):
        for made in outcomes(value):
            if isinstance(made, Occurrence):
                ErrorEvent.model_validate_json(made.payload)
                assert b"\\u0000" not in made.payload.replace(b"\\\\", b"")
                texts = (made.message, made.hostname, made.release, made.user_id, made.trace_id, made.group.title)
                assert all("\0" not in (text or "") and (text or "").encode() is not None for text in texts)
                assert len(made.event_id) == 16


@pytest.mark.parametrize(
    ("given", "service", "environment"),
    [
        ({}, "web", "staging"),
        ({"service": "own"}, "own", "staging"),
        ({"environment": "test"}, "web", "test"),
    ],
)
def test_what_says_nothing_of_its_sender_is_of_the_key_it_was_sent_with(given, service, environment):
    headers = {"seawall-project": b"web", "seawall-environment": b"staging"}
    made = occurrence({"error_type": "E", "message": "m", **given}, headers=headers)
    assert (made.group.service, made.group.environment) == (service, environment)


@pytest.mark.parametrize("header", [b"", b"\xff", b"a\x00b", b"x" * 5_000])
def test_a_header_that_is_no_name_names_nobody(header):
    assert occurrence({"error_type": "E"}, headers={"seawall-project": header}).group.service == "unknown"
