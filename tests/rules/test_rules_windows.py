"""Windows against the plainest possible count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.windows import MAX_WINDOW, Window, grain_for

BUCKETS = st.lists(st.tuples(st.integers(0, 60).map(lambda n: n * 10), st.integers(1, 5)), min_size=1, max_size=30)


def filled(events: list[tuple[int, int]]) -> Window:
    window = Window([], [])
    for bucket, count in events:
        window.add(bucket, count)
    return window


@given(BUCKETS, st.integers(0, 600))
def test_counts_agree_with_a_plain_sum(events: list[tuple[int, int]], oldest: int) -> None:
    window = filled(events)
    assert window.starts == sorted({bucket for bucket, _ in events})
    assert window.since(oldest) == sum(count for bucket, count in events if bucket >= oldest)
    window.prune(oldest)
    assert window.since(0) == sum(count for bucket, count in events if bucket >= oldest)


@given(BUCKETS, st.integers(1, 20), st.sampled_from([0, 30, 50, 300]), st.integers(0, 60).map(lambda n: n * 10))
def test_reached_is_the_first_bucket_whose_window_holds_the_limit(
    events: list[tuple[int, int]], limit: int, reach: int, touched: int
) -> None:
    window = filled(events)
    holding = [
        end
        for end in window.starts
        if end >= touched and sum(count for bucket, count in events if end - reach <= bucket <= end) >= limit
    ]
    assert window.reached(limit, reach, touched) == (holding[0] if holding else None)


@given(BUCKETS, st.integers(1, 20), st.sampled_from([0, 30, 50, 300]))
def test_held_until_is_when_the_last_full_window_has_lost_its_first_bucket(
    events: list[tuple[int, int]], limit: int, reach: int
) -> None:
    window = filled(events)
    holding = [
        start
        for start in window.starts
        if sum(count for bucket, count in events if start <= bucket <= start + reach) >= limit
    ]
    assert window.held_until(limit, reach, 10) == (holding[-1] + reach + 10 if holding else 0)


@given(BUCKETS, st.integers(0, 600))
def test_coarsening_loses_no_count_and_keeps_order(events: list[tuple[int, int]], before: int) -> None:
    window = filled(events)
    total = window.since(0)
    window.coarsen(before // 60 * 60, 60)
    assert window.since(0) == total
    assert window.starts == sorted(set(window.starts))
    assert all(start % 60 == 0 for start in window.starts if start < before // 60 * 60)


@pytest.mark.parametrize(
    ("window", "grain"), [(1, 1), (60, 1), (120, 1), (121, 10), (1_200, 10), (1_201, 20), (3_600, 30), (86_400, 720)]
)
def test_grain(window: int, grain: int) -> None:
    assert grain_for(window) == grain


@given(st.integers(1, MAX_WINDOW))
def test_a_window_of_any_length_has_a_bounded_number_of_buckets(window: int) -> None:
    assert window // grain_for(window) <= 120
