"""What SDKs send, broken in any way: read, refused or passed over, and nothing else."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.event import ErrorEvent
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.normalizing.registry import BYTES_FORMATS
from tests.fixtures.make import RECORDS

SDKS = ["airbrake", "bugsnag", "honeybadger", "otlp", "rollbar", "sentry"]
JSON = [path.read_bytes() for form in SDKS for path in sorted(RECORDS.glob(f"{form}/*.json"))]
ENVELOPES = [path.read_bytes() for path in sorted(RECORDS.glob("sentry/*.bin"))]
PROTOBUFS = [path.read_bytes() for path in sorted(RECORDS.glob("otlp/*.bin"))]
EVENTS = [line for value in ENVELOPES for line in value.split(b"\n")[2:3]]
WORDS = """
    exception values type value mechanism exception_id parent_id is_exception_group source handled stacktrace frames filename
    abs_path lineno colno pre_context context_line post_context vars in_app instruction_addr package threads id crashed
    current name state thread_id contexts trace trace_id span_id app os browser device runtime otel resource request url
    query_string cookies data headers env user geo tags logentry message formatted params breadcrumbs modules debug_meta
    csp nel hpkp blocked_uri effective_directive csp-report sdk version release dist platform event_id level culprit
    checksum sentry.interfaces.Exception sentry.interfaces.Stacktrace
    resourceLogs scopeLogs logRecords resource attributes key stringValue intValue kvlistValue arrayValue values body
    severityNumber timeUnixNano traceId spanId resourceSpans scopeSpans spans events status code startTimeUnixNano
    exception.type exception.message exception.stacktrace service.name http.target
    data trace_chain crash_report person server client custom telemetry fingerprint notifier class description
    exceptions errorClass lineNumber inProject code severityReason unhandled groupingHash metaData session correlation
    error backtrace causes token number method file component action cgi_data errors context environment params
"""
NAMES = st.sampled_from(WORDS.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(
    ["{a}", "%s %(a)d", "0x1", "1e5", "@", "native", "csp", "chained", "\u0000", "shop@1", "/x?y", "42"]
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


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


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.append((value, key))
        found.extend(places(item))
    return found


@settings(max_examples=300)
@given(st.dictionaries(NAMES, TREES, max_size=8))
def test_arbitrary_values_under_the_formats_names(record: dict[str, Any]) -> None:
    check(json.dumps(record).encode())


@settings(max_examples=300)
@given(st.data())
def test_a_real_record_with_parts_replaced_or_taken_away(data: st.DataObject) -> None:
    record = json.loads(data.draw(st.sampled_from(JSON + EVENTS)))
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(places(record)))
        if data.draw(st.booleans()):
            holder[key] = data.draw(TREES)
        elif isinstance(holder, dict):
            holder.pop(key, None)
        if not places(record):
            break
    check(json.dumps(record).encode())


def broken(data: st.DataObject, value: bytes) -> bytes:
    """The bytes, cut short, with some changed, left out, or put in."""
    changed = bytearray(value[: data.draw(st.integers(0, len(value)))] if data.draw(st.booleans()) else value)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, max(0, len(changed) - 1)))
        junk = data.draw(st.binary(max_size=4))
        changed[at : at + data.draw(st.integers(0, 4))] = junk
    return bytes(changed)


@settings(max_examples=300)
@given(st.data())
@pytest.mark.parametrize(
    ("values", "kind"), [(ENVELOPES, b"application/x-sentry-envelope"), (PROTOBUFS, b"application/x-protobuf")]
)
def test_broken_bytes(values: list[bytes], kind: bytes, data: st.DataObject) -> None:
    value = broken(data, data.draw(st.sampled_from(values)))
    check(value)
    check(value, {"content-type": kind})


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda value: b"\n" + bytes([len(value)]) + value))
def test_any_bytes_by_any_content_type_and_hint(value: bytes) -> None:
    check(value)
    for one in BYTES_FORMATS:
        check(value, hint=one.name)
        for kind in one.content_types:
            check(value, {"content-type": kind.encode()})


@pytest.mark.parametrize("path", sorted(RECORDS.glob("otlp/*.bin")), ids=lambda path: path.stem)
def test_every_cut_of_a_request_is_seen(path: Path) -> None:
    """Lengths within lengths: no request is taken for whole that is not."""
    value = path.read_bytes()
    for end in range(1, len(value)):
        with pytest.raises(Unreadable):
            normalize(value[:end], {"content-type": b"application/x-protobuf"})
