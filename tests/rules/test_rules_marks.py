"""What was seen before is known again, and changes nothing but the time it takes."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grouping import group
from rules.marks import chain_mark, frame_mark
from rules.masking import Masker
from rules.masking.clean import Clean

MASKER = Masker()
FRAME = {
    "function": "pay",
    "module": "shop.cart",
    "file": "cart.py",
    "package": "shop",
    "in_app": True,
    "context": {"before": ["a"], "line": "b", "after": ["c"]},
}
PIECES = st.sampled_from(
    ["password", "=", " ", "a", "joe@x.org", "b", ": ", "token", "\n", "[token]", "eyJhbGciOi", "x1y2z3w4", "\0", ""]
)
TEXTS = st.lists(PIECES, max_size=5).map("".join)
OPTIONAL = st.none() | TEXTS
FRAMES = st.lists(
    st.fixed_dictionaries(
        {"function": OPTIONAL, "in_app": st.sampled_from([True, False, None])},
        optional={
            "module": OPTIONAL,
            "file": st.sampled_from(["a.py", "b.js", "joe@x.org.py"]),
            "context": st.fixed_dictionaries(
                {"line": OPTIONAL},
                optional={"before": st.lists(TEXTS, max_size=2), "after": st.lists(TEXTS, max_size=2)},
            ),
            "locals": st.dictionaries(TEXTS, TEXTS, max_size=2),
        },
    ),
    max_size=4,
)
CHAINS = st.lists(st.fixed_dictionaries({"type": OPTIONAL, "value": OPTIONAL, "frames": FRAMES}), max_size=2)
DRAFTS = st.fixed_dictionaries(
    {"exception": CHAINS, "service": TEXTS, "logger": TEXTS}, optional={"tags": st.dictionaries(TEXTS, TEXTS)}
)


@given(DRAFTS)
def test_what_was_seen_before_is_masked_in_the_same_way(draft):
    first, second = copy.deepcopy(draft), copy.deepcopy(draft)
    MASKER.mask(first)
    MASKER.mask(second)
    assert second == first


@given(DRAFTS)
def test_masking_gives_the_mark_of_what_it_leaves(draft):
    mark = MASKER.mask(draft)
    assert mark == chain_mark(draft["exception"])


@given(DRAFTS)
def test_the_mark_leads_to_the_same_group(draft):
    mark = MASKER.mask(draft)
    assert group(draft, mark) == group(draft, mark) == group(draft)


@pytest.mark.parametrize("secret", ["joe@example.com", 'x(password="hunter2")', "Bearer abcdef0123456789abcdef"])
@pytest.mark.parametrize("field", ["function", "module", "file", "package"])
def test_a_frame_is_not_taken_for_a_clean_one_like_it(field, secret):
    MASKER.mask({"exception": [{"frames": [copy.deepcopy(FRAME)]}]})
    frame = {**copy.deepcopy(FRAME), field: secret}
    for _ in range(2):
        draft = {"exception": [{"frames": [dict(frame)]}]}
        MASKER.mask(draft)
        assert secret not in draft["exception"][0]["frames"][0].values()


@pytest.mark.parametrize(
    "change",
    [
        {"function": "x"},
        {"module": "x"},
        {"file": "x"},
        {"package": "x"},
        {"in_app": None},
        {"context": None},
        {"context": {"before": ["a"], "line": "x", "after": ["c"]}},
        {"context": {"before": ["x"], "line": "b", "after": ["c"]}},
        {"context": {"before": ["a"], "line": "b", "after": ["x"]}},
        {"context": {"before": ["a", "c"], "line": "b", "after": []}},
        {"context": {"line": "b"}},
    ],
)
def test_every_text_of_a_frame_is_part_of_its_mark(change):
    assert frame_mark({**FRAME, **change}) != frame_mark(FRAME)


def test_numbers_and_variables_are_no_part_of_a_mark():
    assert frame_mark({**FRAME, "line": 7, "column": 3, "locals": {"a": 1}}) == frame_mark(FRAME)


def test_what_is_remembered_is_bounded():
    clean = Clean()
    for number in range(70_000):
        clean.add_mark(number)
        clean.add_keys({str(number): 1})
    assert len(clean.marks) <= 65_536
    assert len(clean.keys) <= 10_000
