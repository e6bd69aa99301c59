"""Whatever the bytes: Unreadable, or drafts that ErrorEvent takes. No other exception, nothing unbounded."""

import json

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.event import ErrorEvent
from rules.normalizing import Unreadable, normalize
from rules.normalizing.fields import LOGGER
from rules.stacktraces import find

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)
TRACES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        '  File "a.py", line 3, in f',
        "    call()",
        "    ^^^^",
        "  [Previous line repeated 99999 more times]",
        "ValueError: x",
        "  + Exception Group Traceback (most recent call last):",
        "  | ExceptionGroup: x (2 sub-exceptions)",
        "  +-+---------------- 1 ----------------",
        "During handling of the above exception, another exception occurred:",
        "java.lang.Error: x",
        "\tat a.b.C.d(C.java:3)",
        "\tat a.b.C.d(C.java:99999999999999)",
        "Caused by: a.B: y",
        "\tSuppressed: a.B: y",
        "\t... 999999 more",
        "TypeError: x",
        "    at f (/a/b.js:1:2)",
        "    at async Promise.all (index 0)",
        "    ... 3 lines matching cause stack trace ...",
        "  [cause]: Error: y",
        "f@http://a/b.js:1:2",
        "}",
        "",
        "2024-01-01 00:00:00 ERROR x",
    ]
)
TEXTS = st.lists(TRACES | st.text(max_size=30), max_size=25).map("\n".join)
FIELDS = st.sampled_from(
    sorted(
        {
            *LOGGER,
            "platform",
            "logentry",
            "threads",
            "contexts",
            "breadcrumbs",
            "user",
            "values",
            "frames",
            "stacktrace",
        }
    )
)
RECORDS = st.dictionaries(FIELDS, TREES | TEXTS, max_size=12)
EVENT = {
    "event_id": "e1",
    "timestamp": "2025-01-01T00:00:00Z",
    "platform": "python",
    "message": "m",
    "level": "error",
    "tags": {"a": "b"},
    "user": {"id": 1},
    "request": {"url": "u", "headers": {"A": "b"}, "data": {"x": 1}, "query_string": [["a", "b"]]},
    "contexts": {"trace": {"trace_id": "t"}, "app": {"app_name": "shop"}},
    "breadcrumbs": {"values": [{"message": "b"}]},
    "exception": {
        "values": [
            {
                "type": "E",
                "value": "v",
                "mechanism": {"type": "m", "handled": False},
                "stacktrace": {
                    "frames": [
                        {"filename": "a.py", "abs_path": "/a.py", "lineno": 1, "function": "f", "pre_context": ["x"],
                         "context_line": "y", "post_context": [], "vars": {"a": "1"}, "in_app": True},
                    ]
                },
            }
        ]
    },
}  # fmt: skip


def check(value: bytes) -> None:
    try:
        drafts = normalize(value, {})
    except Unreadable as error:
        assert error.detail  # noqa: PT017 either outcome is right
        return
    assert drafts
    for draft in drafts:
        event = ErrorEvent.model_validate(draft)
        orjson.dumps(draft)
        assert "\0" not in event.model_dump_json().replace("\\\\", "").replace("\\u0000", "\0")
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


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(value: bytes) -> None:
    check(value)


@given(TREES)
def test_arbitrary_json_is_read_or_refused(tree: object) -> None:
    check(json.dumps(tree).encode())


@settings(max_examples=200)
@given(RECORDS)
def test_known_names_with_arbitrary_values_are_read_or_refused(record: dict[str, object]) -> None:
    check(json.dumps(record).encode())


@settings(max_examples=200)
@given(st.data())
def test_a_mutated_event_is_read_or_refused(data: st.DataObject) -> None:
    event = json.loads(json.dumps(EVENT))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(places(event)))
        holder[key] = data.draw(TREES | TEXTS)
    check(json.dumps(event).encode())


@given(st.binary(max_size=8), st.integers(0, 1000))
def test_an_event_with_broken_bytes_is_read_or_refused(junk: bytes, at: int) -> None:
    whole = json.dumps(EVENT).encode()
    check(whole[:at] + junk + whole[at + len(junk) :])
    check(whole[:at])


@settings(max_examples=200)
@given(TEXTS)
def test_any_text_of_lines_of_traces_is_read(text: str) -> None:
    check(text.encode("utf-8", "replace"))
    trace = find(text)
    if trace is not None:
        assert trace.exceptions
        assert all(isinstance(one["frames"], list) for one in trace.exceptions)
