"""Which events are of one group, and what the group is called."""

import copy
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping import group, group_id


def event(**changes) -> dict:
    frames = [
        {"module": "lib.web", "function": "call", "line": 1, "in_app": False},
        {"module": "shop.cart", "function": "checkout", "line": 10, "in_app": True},
        {"module": "shop.price", "function": "price_of", "line": 20, "in_app": True},
        {"module": "lib.num", "function": "div", "line": 30, "in_app": False},
    ]
    return {
        "error_type": "PriceError",
        "message": "no price for 17",
        "exception": [{"type": "PriceError", "value": "no price for 17", "frames": frames}],
        "transaction": "POST /checkout",
        **changes,
    }


def with_frames(edit) -> dict:
    changed = event()
    edit(changed["exception"][0]["frames"])
    return changed


SAME = [
    event(message="no price for 18"),
    event(transaction="other"),
    with_frames(lambda frames: frames[1].update(line=99, file="/elsewhere/x.py", column=3)),
    with_frames(lambda frames: frames[0].update(function="other")),
    with_frames(lambda frames: frames.insert(1, dict(frames[1]))),
    with_frames(lambda frames: frames.pop()),
    event(fingerprint=["{{ default }}"]),
]
DIFFERENT = [
    with_frames(lambda frames: frames[2].update(function="tax_of")),
    with_frames(lambda frames: frames.pop(1)),
    event(exception=[{"type": "TaxError", "frames": event()["exception"][0]["frames"]}]),
    event(exception=[{"type": "Cause"}, *event()["exception"]]),
    event(fingerprint=["mine"]),
    event(fingerprint=["{{ default }}", "mine"]),
    event(exception=[]),
]


@pytest.mark.parametrize("other", SAME)
def test_what_does_not_matter_keeps_the_group(other):
    assert group(other).fingerprint == group(event()).fingerprint


@pytest.mark.parametrize("other", DIFFERENT)
def test_what_matters_makes_another_group(other):
    assert group(other).fingerprint != group(event()).fingerprint


def test_a_group_is_told():
    made = group(event())
    assert made.variant == "stack"
    assert made.title == "PriceError: no price for 17"
    assert made.culprit == "shop.price.price_of"
    assert made.components == ("type:PriceError", "shop.cart|checkout", "shop.price|price_of")
    assert len(bytes.fromhex(made.fingerprint)) == 16


def test_the_fingerprint_is_the_same_everywhere_and_for_good():
    """Whoever changes this one changes every stored group: GROUPING_VERSION has to grow."""
    assert group(event()).fingerprint == "5537605cca8ec4c8597e62b3401ed11b"
    assert group_id("shop", "production", "f" * 32) == "0d47e6c6-4063-5f36-b513-450c58f5bc0d"


def test_all_frames_count_where_all_are_libraries():
    library = with_frames(lambda frames: [frame.update(in_app=False) for frame in frames])
    other = copy.deepcopy(library)
    other["exception"][0]["frames"][0]["function"] = "other"
    assert group(library).fingerprint != group(other).fingerprint
    assert group(library).culprit == "POST /checkout"


@pytest.mark.parametrize(
    ("draft", "variant", "title", "components"),
    [
        ({"message": "order 17 lost"}, "message", "order 17 lost", ("message:order <int> lost",)),
        ({"message": "x 1", "message_template": "x %s"}, "message", "x 1", ("message:x %s",)),
        ({"error_type": "E", "message": "a\nb"}, "message", "E: a", ("type:E", "message:a\nb")),
        ({"error_type": "E", "message": "E: a"}, "message", "E: a", ("type:E", "message:E: a")),
        ({"error_type": "E"}, "type", "E", ("type:E",)),
        ({"exception": [{"type": "E", "value": ""}]}, "type", "E", ("type:E",)),
        ({}, "type", "Unknown error", ()),
        ({"message": "m", "fingerprint": ["a", "{{default}}"]}, "custom", "m", ("custom:a", "message:m")),
    ],
)
def test_events_without_a_stack(draft, variant, title, components):
    made = group(draft)
    assert (made.variant, made.title, made.components) == (variant, title, components)


def test_a_title_is_short():
    assert len(group({"error_type": "T" * 200, "message": "m" * 8_000}).title) == 200


def test_groups_belong_to_a_service_and_an_environment():
    ids = {group_id(service, environment, "f") for service in ("a", "b") for environment in ("x", "y")}
    assert len(ids) == 4
    assert all(str(uuid.UUID(text)) == text for text in ids)


OPTIONAL = st.none() | st.text(max_size=30)
FRAMES = st.lists(
    st.fixed_dictionaries(
        {"function": OPTIONAL, "module": OPTIONAL, "file": OPTIONAL, "in_app": st.sampled_from([True, False, None])},
        optional={"line": st.integers(0, 9), "context": st.fixed_dictionaries({"line": OPTIONAL})},
    ),
    max_size=8,
)


@given(OPTIONAL, FRAMES, st.integers(0, 2**31 - 1), st.lists(st.text(max_size=10), max_size=3))
def test_a_group_is_deterministic_and_line_numbers_do_not_matter(kind, frames, line, fingerprint):
    draft = {"exception": [{"type": kind, "frames": frames}], "fingerprint": fingerprint}
    moved = copy.deepcopy(draft)
    for frame in moved["exception"][0]["frames"]:
        frame["line"] = line
    assert group(draft) == group(copy.deepcopy(draft))
    assert group(moved).fingerprint == group(draft).fingerprint
