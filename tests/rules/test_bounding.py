"""Types and sizes: what is changed has a remark, what is right has none."""

import pytest

from models import bounds
from models.event import ErrorEvent
from rules.bounding import Remarks, bound


def bounded(**draft: object) -> dict[str, object]:
    made = bound(draft, size=bounds.MAX_EXTRA_BYTES * 2)
    ErrorEvent.model_validate(made)
    return made


def frame(**fields: object) -> dict[str, object]:
    [one] = bounded(exception=[{"type": "E", "frames": [fields]}])["exception"]  # type: ignore[misc]
    return one["frames"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("field", "given", "expected", "rule"),
    [
        ("user_id", 42, "42", None),
        ("user_id", True, "true", None),
        ("user_id", {"id": 1}, '{"id":1}', "coerced"),
        ("service", "s" * 300, "s" * 200, "cut"),
        ("message", 5, "5", None),
        ("line_number", "12", 12, None),
        ("line_number", 12.0, 12, None),
        ("line_number", -1, None, "invalid"),
        ("line_number", "twelve", None, "invalid"),
        ("line_number", 2**31, None, "invalid"),
        ("timestamp", 1e300, None, "invalid"),
        ("timestamp", -1e9, -1e9, None),
        ("severity", "terrible", None, "invalid"),
        ("fingerprint", "one", ["one"], None),
        ("fingerprint", ["a"] * 30, ["a"] * 20, "cut"),
        ("tags", {"a": 1, "b": None}, {"a": "1"}, None),
        ("tags", [["a", "b"], {"key": "c", "value": 2}, "d:e", "f=g"], {"a": "b", "c": "2", "d": "e", "f": "g"}, None),
        ("tags", "none", {}, "invalid"),
        ("extra", [1], {"value": [1]}, "coerced"),
    ],
)
def test_a_field_is_made_right(field: str, given: object, expected: object, rule: str | None) -> None:
    made = bounded(**{field: given})
    assert made.get(field) == expected
    assert [(one["path"], one["rule"]) for one in made["remarks"]] == ([(field, rule)] if rule else [])  # type: ignore[attr-defined]


def test_a_cut_says_how_long_the_value_was() -> None:
    made = bounded(message="m" * 10_000)
    assert made["message"] == "m" * bounds.MAX_MESSAGE
    assert made["remarks"] == [{"path": "message", "rule": "cut", "length": 10_000}]


def test_a_frame_is_made_right() -> None:
    assert frame(line="7", column=-3, in_app="true", function=9) == {"line": 7, "in_app": True, "function": "9"}
    assert frame(locals=["a"])["locals"] == {"value": ["a"]}


def test_context_keeps_the_lines_next_to_the_frame() -> None:
    lines = [str(number) for number in range(30)]
    context = frame(context={"before": lines, "line": "here", "after": lines})["context"]
    assert context == {"before": lines[-10:], "line": "here", "after": lines[:10]}


def test_of_many_frames_the_ends_stay() -> None:
    [one] = bounded(exception=[{"frames": [{"line": number} for number in range(1_000)]}])["exception"]  # type: ignore[misc]
    assert len(one["frames"]) == bounds.MAX_FRAMES
    assert (one["frames"][0]["line"], one["frames"][-1]["line"]) == (0, 999)


def test_of_a_long_stack_text_the_ends_stay() -> None:
    made = str(bounded(stack_trace="first\n" + "x" * 100_000 + "\nlast")["stack_trace"])
    assert len(made) <= bounds.MAX_STACK_TEXT
    assert made.startswith("first")
    assert made.endswith("last")


def test_a_million_tags_are_cut_to_the_bound() -> None:
    made = bounded(tags={str(number): "v" for number in range(1_000_000)})
    assert len(made["tags"]) == bounds.MAX_TAGS  # type: ignore[arg-type]
    assert made["remarks"] == [{"path": "tags", "rule": "cut", "length": 1_000_000}]


def test_extra_is_cut_in_depth_and_width() -> None:
    deep: object = "end"
    for _ in range(20):
        deep = {"in": deep}
    made = bounded(extra={"deep": deep, "wide": list(range(1_000)), "long": "v" * 10_000})
    extra = made["extra"]
    assert str(extra).count("in") == bounds.MAX_DEPTH - 1
    assert len(extra["wide"]) == bounds.MAX_KEYS  # type: ignore[index]
    assert len(extra["long"]) == bounds.MAX_VALUE  # type: ignore[index]
    assert {one["path"].split(".")[1] for one in made["remarks"]} == {"deep", "wide", "long"}  # type: ignore[attr-defined]


def test_body_extra_and_locals_share_one_bound_and_the_largest_goes_first() -> None:
    big = ["v" * 8_000] * 10
    made = bounded(
        request={"body": big + big},
        extra={"small": 1, "big": big},
        exception=[{"type": "E", "frames": [{"function": "f", "locals": {"a": "b"}}]}],
    )
    assert made["request"] == {}
    assert made["extra"] == {"small": 1, "big": big}
    assert [one["path"] for one in made["remarks"]] == ["request.body"]  # type: ignore[attr-defined]


def test_remarks_are_bounded() -> None:
    remarks = Remarks()
    for number in range(1_000):
        remarks.add("p" * 2_000, "cut", number)
    assert len(remarks) == bounds.MAX_REMARKS
    assert len(remarks[0]["path"]) == bounds.MAX_LINE


def test_unknown_fields_are_left_out() -> None:
    assert bounded(message="m", origin={"topic": "t"}, group_id="g", more=1) == {"message": "m", "remarks": []}
