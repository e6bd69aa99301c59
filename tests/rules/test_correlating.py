"""Which error of a trace is the cause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.correlating import Failure, root_cause


def failed(service: str, at: float, span: str | None = None, parent: str | None = None) -> Failure:
    return Failure(f"group-{service}", service, at, span, parent)


@pytest.mark.parametrize(
    ("failures", "calls", "service", "why"),
    [
        ([failed("shop", 1.0)], {}, "shop", "it came first"),
        ([failed("shop", 2.0), failed("cards", 1.0)], {}, "cards", "it came first"),
        (
            [failed("shop", 1.0, "a"), failed("orders", 2.0, "b", "a"), failed("cards", 3.0, "c", "b")],
            {"cards": ["shop"]},
            "cards",
            "its call lies deepest: shop → orders → cards",
        ),
        (
            [failed("shop", 1.0, "a"), failed("cards", 3.0, "c", "missing"), failed("stock", 2.0, "d", "a")],
            {},
            "stock",
            "its call lies deepest: shop → stock",
        ),
        (
            [failed("shop", 1.0), failed("orders", 2.0), failed("cards", 3.0)],
            {"shop": ["orders", "mail"], "orders": ["cards"]},
            "cards",
            "orders calls cards",
        ),
        ([failed("shop", 1.0), failed("cards", 2.0)], {"shop": ["cards"], "cards": ["shop"]}, "shop", "it came first"),
        (
            [failed("shop", 3.0), failed("cards", 2.0), failed("stock", 1.0)],
            {"shop": ["cards", "stock"]},
            "stock",
            "it came first",
        ),
        (
            [failed("shop", 1.0, "a", "b"), failed("cards", 2.0, "b", "a")],
            {},
            "shop",
            "its call lies deepest: cards → shop",
        ),
    ],
)
def test_the_cause_is_found_by_spans_else_by_calls_else_by_time(failures, calls, service, why):
    cause = root_cause(failures, calls)
    assert (cause.failure.service, cause.why) == (service, why)


names = st.sampled_from("abcdef")
failures = st.builds(
    Failure, names, names, st.floats(0, 9), st.none() | st.sampled_from("123456"), st.none() | st.sampled_from("123456")
)


@given(st.lists(failures, min_size=1, max_size=8), st.dictionaries(names, st.sets(names)), st.randoms())
def test_it_is_one_of_them_in_whatever_order_they_come(members, calls, random):
    cause = root_cause(members, calls)
    assert cause.failure in members
    shuffled = list(members)
    random.shuffle(shuffled)
    assert root_cause(shuffled, calls) == cause
