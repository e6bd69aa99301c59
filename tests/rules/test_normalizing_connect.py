"""What Kafka Connect and Debezium write around a row: the row is read, what is no new row is passed over."""

import json
from typing import Any

import pytest

from models.event import ErrorEvent
from rules.normalizing import Draft, NotAnError, Unreadable, normalize

SOURCE = {"connector": "postgresql", "name": "shop", "ts_ms": 1735787045000, "schema": "public", "table": "app_errors"}
ROW = {"id": 7, "error_type": "OutOfStock", "message": "no desks", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}


def change(op: str = "c", **told: Any) -> dict[str, Any]:
    return {"before": None, "after": ROW, "source": SOURCE, "op": op, "ts_ms": 1735787046000} | told


def read(record: object) -> Draft:
    [draft] = normalize(json.dumps(record).encode(), {})
    ErrorEvent.model_validate(draft)
    return draft


@pytest.mark.parametrize("op", ["c", "r"])
@pytest.mark.parametrize("schema", [False, True])
def test_a_row_that_is_new_is_an_error(op: str, schema: bool) -> None:
    record = {"schema": {"type": "struct", "fields": []}, "payload": change(op)} if schema else change(op)
    draft = read(record)
    assert (draft["error_type"], draft["message"], draft["trace_id"]) == ("OutOfStock", "no desks", ROW["trace_id"])
    assert draft["timestamp"] == 1735787045.0  # of the change, for the row has none of its own
    assert (draft["service"], draft["tags"]) == ("shop", {"table": "public.app_errors"})


def test_what_the_row_says_counts() -> None:
    row = {**ROW, "service": "stock", "occurred_at": "2025-01-02T03:04:06Z"}
    draft = read(change(after=row))
    assert (draft["service"], draft["timestamp"]) == ("stock", 1735787046.0)


@pytest.mark.parametrize("op", ["u", "d", "t"])
def test_a_change_of_what_was_told_is_no_error(op: str) -> None:
    with pytest.raises(NotAnError):
        normalize(json.dumps(change(op)).encode(), {})


def test_columns_of_json_are_objects() -> None:
    row = {**ROW, "tags": '{"region": "eu"}', "extra": '{"order": {"id": 17}}', "message": "[1] no desks"}
    draft = read(change(after=row))
    assert draft["tags"] == {"region": "eu", "table": "public.app_errors"}
    assert draft["extra"]["order"] == {"id": 17}
    assert draft["message"] == "[1] no desks"


@pytest.mark.parametrize("tags", ["{", "[" * 100_000, '{"a": "x\\u0000y"}', "{\x00}"])
def test_a_column_of_hostile_json_does_no_harm(tags: str) -> None:
    draft = read(change(after={**ROW, "tags": tags}))
    assert draft["message"] == "no desks"
    assert "\0" not in json.dumps(draft["tags"])


@pytest.mark.parametrize("after", [None, "text", [], {}])
def test_a_change_without_a_row_is_refused(after: object) -> None:
    with pytest.raises(Unreadable):
        normalize(json.dumps(change(after=after)).encode(), {})


def test_a_line_with_its_schema_is_read() -> None:
    line = '{"service": "shop", "message": "no desks"}'
    record = {"schema": {"type": "string", "optional": False}, "payload": line}
    assert read(record)["message"] == "no desks"


def test_a_null_with_its_schema_is_no_error() -> None:
    with pytest.raises(NotAnError):
        normalize(b'{"schema": null, "payload": null}', {})


@pytest.mark.parametrize(
    "record",
    [
        {"op": "c", "message": "no desks", "source": "web"},
        {"op": "create", "message": "no desks", "source": SOURCE},
        {"schema": "shop", "payload": "a", "message": "no desks"},
        {"schema": {"type": "string"}, "message": "no desks"},
    ],
)
def test_a_record_that_only_looks_alike_is_read_as_it_is(record: dict[str, Any]) -> None:
    draft = read(record)
    assert (draft["message"], draft["format"]) == ("no desks", "json")
