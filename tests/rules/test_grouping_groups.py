"""Which events are of one group, and what the group is called."""

import copy
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping import Grouper, group, group_id
from rules.rulefile.grouping import GroupingRules


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
    """Whoever changes one of these changes every stored group: GROUPING_VERSION has to grow."""
    assert group(event()).hashes == (
        "5537605cca8ec4c8597e62b3401ed11b",
        "b0d6666a8ee7caba3f80ca3c925d46ab",
    )
    assert group({"message": "order 17 lost"}).hashes == ("a71a7e4764eef5cb52d5f1935153a235",)
    assert group(event(fingerprint=["mine"])).hashes[0] == "fd87c4cde4ff702e02d5868452e363c3"
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


def test_an_event_joins_by_all_its_frames_where_its_own_ones_changed():
    moved = with_frames(lambda frames: frames[1].update(in_app=False))
    assert moved["exception"] != event()["exception"]
    assert group(moved).fingerprint != group(event()).fingerprint
    assert group(moved).hashes[1] == group(event()).hashes[1]


def test_the_first_versions_groups_are_found_but_not_taken_over():
    draft = {"message": "status code 503 for user_17"}
    found = group(draft)
    assert found.components == ("message:status code 503 for user_<int>",)
    assert found.hashes == (found.fingerprint, group({"message": "status code 17 for user_17"}).hashes[-1])
    assert found.owned == 1
    assert Grouper(GroupingRules(join_version_1=False)).group(draft).hashes == (found.fingerprint,)


@pytest.mark.parametrize("given", [["mine"], ["{{ default }}", "mine"], ["{{ transaction }}"]])
def test_fingerprints_of_ones_own_lead_to_the_first_versions_groups_too(given):
    message = {"message": "status code 503", "fingerprint": given, "transaction": "POST /pay"}
    found, without = group(message), group({**message, "fingerprint": []})
    assert found.hashes[-1] not in without.hashes
    assert len(found.hashes) == (1 if given == ["mine"] else 2)


def test_groups_of_the_rules_before_are_found_but_not_taken_over():
    before = GroupingRules(fingerprints="type:* -> before")
    found = Grouper(GroupingRules(), before).group(event())
    assert found.fingerprint == group(event()).fingerprint
    assert Grouper(before).group(event()).fingerprint in found.hashes[found.owned :]
    assert Grouper(GroupingRules(previous=before)).group(event()) == found
    assert Grouper(before, before).group(event()) == Grouper(before).group(event())


MINIFIED = [
    {"file": f"https://shop.example/static/js/{name}", "function": function, "line": 1, "column": column}
    for name, function, column in [("vendor.9f8e7d6c.js", "t", 88_123), ("main.3f2a1b9c.js", "Qe", 4_711)]
]


@pytest.mark.parametrize(
    "frames", [MINIFIED, [{"function": "?", "file": "<anonymous>"}], [{"package": "Shop", "address": "0x1f"}]]
)
def test_frames_without_names_leave_it_to_the_message(frames):
    draft = {"exception": [{"type": "TypeError", "value": "x is 17", "frames": frames}], "language": None}
    found = group(draft)
    assert (found.variant, found.components) == ("message", ("type:TypeError", "message:x is <int>"))
    assert found.message == "TypeError: x is <int>"


def test_minified_frames_of_two_builds_are_of_one_group():
    def build(number):
        frames = [
            {**frame, "function": f"{chr(97 + number)}{index}", "file": frame["file"].replace("9c", f"{number}c")}
            for index, frame in enumerate(MINIFIED)
        ]
        return {"exception": [{"type": "TypeError", "value": "x is not a function", "frames": frames}]}

    assert len({group({**build(number), "language": "javascript"}).fingerprint for number in range(10)}) == 1


def test_a_group_is_named_after_the_one_kind_of_exception_in_it():
    frames = event()["exception"][0]["frames"]
    draft = {
        "error_type": "ExceptionGroup",
        "exception": [
            {"type": "PriceError", "value": "no price", "id": 1, "parent": 0, "relation": "member", "frames": frames},
            {"type": "ExceptionGroup", "value": "1 of them", "id": 0, "is_group": True},
        ],
    }
    found = group(draft)
    assert found.title == "PriceError: no price"
    assert found.fingerprint == group(event()).fingerprint
    assert found.culprit == "shop.price.price_of"


def test_stacks_that_differ_in_how_their_exceptions_hang_together_are_told_apart_by_one_mark():
    grouper = Grouper()
    plain = [{"type": "A", "frames": [{"module": "a"}]}, {"type": "B", "frames": [{"module": "b"}]}]
    member = [{**plain[0], "id": 1, "parent": 0, "relation": "member"}, {**plain[1], "id": 0, "is_group": True}]
    assert grouper.group({"exception": plain}, 7).fingerprint != grouper.group({"exception": member}, 7).fingerprint


def test_a_message_without_a_stack_can_be_compared_and_no_other():
    assert group({"message": "order 17 lost", "error_type": "E"}).message == "E: order <int> lost"
    assert group({"message": "order 17 lost"}).message == "order <int> lost"
    assert group(event()).message is None
    assert group({"message": "m", "fingerprint": ["a", "{{ default }}"]}).message is None
    assert group({"error_type": "E"}).message is None


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
    assert group(draft).fingerprint == group(draft).hashes[0]
    assert group(moved).fingerprint == group(draft).fingerprint
