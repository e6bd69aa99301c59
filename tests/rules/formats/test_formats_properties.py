"""Any object with any of a format's names, and any values: read, refused or passed over, and nothing else."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.event import ErrorEvent
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.normalizing.contract import ObjectFormat
from rules.normalizing.envelopes.registry import ENVELOPES
from rules.normalizing.registry import OBJECT_FORMATS
from tests.fixtures.make import records

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
TRACE = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nValueError: x'
TEXTS = st.sampled_from(
    [
        TRACE,
        "x\tat y\nz",
        "{",
        '{"log": "x"}',
        "e30=",
        "2025-01-02T03:04:05Z stdout F x",
        "projects/p/traces/t",
        "error",
        "7",
    ]
)
TREES = st.recursive(
    LEAVES | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
SAMPLES = [(path.parent.name, path.read_bytes()) for path in records() if path.suffix == ".json"]


SMALL = 3_000  # bytes; of larger records most changes would be to frames


def of_format(name: str) -> list[dict[str, object]]:
    found = [json.loads(value) for form, value in SAMPLES if form == name and len(value) < SMALL]
    return [record for record in found if isinstance(record, dict)]


def check(value: bytes, headers: dict[str, bytes] | None = None, hint: str | None = None) -> None:
    try:
        drafts = normalize(value, headers or {}, hint)
    except (Unreadable, NotAnError):
        return
    assert drafts
    for draft in drafts:
        ErrorEvent.model_validate(draft)
        assert len(draft["remarks"]) <= bounds.MAX_REMARKS
        assert len(orjson.dumps(draft.get("extra", {}))) <= bounds.MAX_EXTRA_BYTES


def places(value: object) -> list[tuple[object, object]]:
    """Every (container, key) of a JSON value."""
    found: list[tuple[object, object]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.append((value, key))
        found.extend(places(item))
    return found


FORMATS = sorted({name for name, _ in SAMPLES})
MARKS = sorted(frozenset().union(*(one.marks for one in (*OBJECT_FORMATS, *ENVELOPES))))


@settings(max_examples=20)
@given(st.data())
@pytest.mark.parametrize("name", FORMATS)
def test_a_real_record_with_anything_changed_is_read_or_refused(name: str, data: st.DataObject) -> None:
    samples = of_format(name)
    if not samples:
        return
    record = data.draw(st.sampled_from(samples))
    record = json.loads(json.dumps(record))
    for _ in range(data.draw(st.integers(1, 4))):
        found = places(record)
        if found:
            holder, key = data.draw(st.sampled_from(found))
            holder[key] = data.draw(TREES)  # type: ignore[index]  # a dict or a list
    check(json.dumps(record).encode())


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from(MARKS), TREES, max_size=10))
def test_any_marks_together_are_read_or_refused(record: dict[str, object]) -> None:
    check(json.dumps(record).encode())


@pytest.mark.parametrize("one", OBJECT_FORMATS, ids=lambda one: one.name)
def test_a_wrong_hint_makes_no_record_raise(one: ObjectFormat) -> None:
    for _, value in SAMPLES:
        check(value, hint=one.name)


@settings(max_examples=200)
@given(st.sampled_from(OBJECT_FORMATS), st.dictionaries(st.sampled_from(MARKS), TREES, max_size=10))
def test_any_marks_with_any_hint_are_read_or_refused(one: ObjectFormat, record: dict[str, object]) -> None:
    check(json.dumps(record).encode(), hint=one.name)


@settings(max_examples=200)
@given(
    st.binary(max_size=40),
    st.dictionaries(
        st.sampled_from(
            ["ce_specversion", "ce_id", "ce_time", "ce_source", "ce_traceparent", "kafka_dlt-exception-fqcn",
             "kafka_dlt-original-offset", "kafka_dlt-exception-stacktrace", "__connect.errors.exception.class.name",
             "__connect.errors.exception.stacktrace", "__connect.errors.topic", "content-type"]
        ),
        st.binary(max_size=20) | st.just(TRACE.encode()),
    ),
)  # fmt: skip
def test_any_headers_are_read_or_refused(value: bytes, headers: dict[str, bytes]) -> None:
    check(value, headers)
