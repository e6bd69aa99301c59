"""Distinct users, hosts and others within a window."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from watching import Watching, at

from rules.limits.spread import MAX_EXACT, count_of, hash_of, merged, seen_of

USERS = "- {name: users, distinct: {of: user_id, count: 5}, window: 10m, group_by: service}"


def user(second: float, number: int) -> object:
    return at(second, user_key=number.to_bytes(16, "big"))


@pytest.mark.parametrize(
    ("users", "over"),
    [
        ([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)], True),
        ([(0, 1), (1, 2), (2, 3), (3, 4), (4, 4), (5, 1)], False),
        ([(0, 1), (150, 2), (300, 3), (450, 4), (600, 5)], True),
        ([(600, 1), (450, 2), (300, 3), (150, 4), (0, 5)], True),  # out of order
        ([(0, 1), (200, 2), (400, 3), (600, 4), (800, 5)], False),
        ([(0, 1), (200, 2), (400, 3), (600, 4), (800, 5), (810, 1)], True),  # the first came back
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_five_users_in_ten_minutes(users: list[tuple[int, int]], over: bool, size: int) -> None:
    watching = Watching(USERS).feed_in_turn([user(*one) for one in users], size)
    assert watching.kinds == (["over"] if over else [])


def test_it_says_how_many_and_ends_when_they_are_gone() -> None:
    watching = Watching(USERS).feed_in_turn(user(n, n) for n in range(12))
    assert [one.why for one in watching.signals] == [
        "5 users in 10 min, 5 or more", "10 users in 10 min, 5 or more",
    ]  # fmt: skip
    watching.wait(2_000)
    assert watching.told[0] == ("over", 4.0)
    kind, second = watching.told[-1]
    assert (kind, len(watching.told)) == ("under", 2)
    assert 1_200 <= second <= 1_320  # the window, up to a pane more, and as long again


def test_events_without_the_field_do_not_count() -> None:
    assert Watching(USERS).feed_in_turn(at(n) for n in range(50)).signals == []


@pytest.mark.parametrize(
    ("of", "fields"),
    [
        ("hostname", lambda n: {"hostname": f"web-{n}"}),
        ("service", lambda n: {"service": f"shop-{n}"}),
        ("group", lambda n: {}),
        ("tag.region", lambda n: {"payload": orjson.dumps({"tags": {"region": f"r{n}"}})}),
        ("tags.a.b", lambda n: {"payload": orjson.dumps({"tags": {"a.b": f"r{n}"}})}),
    ],
)
def test_other_fields(of: str, fields: object) -> None:
    watching = Watching(f"- {{name: r, distinct: {{of: {of}, count: 3}}, window: 1m}}")
    watching.feed_in_turn([at(n, **fields(n)) for n in range(3)], 2)
    assert watching.kinds == ([] if of == "group" else ["over"])


@pytest.mark.parametrize("number", [MAX_EXACT + 1, 1_000, 30_000])
def test_many_are_counted_within_the_error_that_is_told(number: int) -> None:
    hashes = [hash_of(f"user-{n}") for n in range(number)]
    assert count_of([seen_of(hashes)]) == pytest.approx(number, rel=3 * 0.023)
    parts = [seen_of(hashes[start : start + 50]) for start in range(0, number, 50)]
    one = parts[0]
    for part in [*parts[1:], *parts]:  # told twice, counted once
        one = merged(one, part)
    assert count_of([one]) == pytest.approx(number, rel=3 * 0.023)
    assert count_of(parts) == number
    assert isinstance(one, str)
    assert len(one) < 1_500


@given(st.lists(st.sets(st.integers(0, 2**48 - 1), max_size=40), max_size=6))
def test_few_are_counted_exactly(panes: list[set[int]]) -> None:
    assert count_of([seen_of(pane) for pane in panes]) == len(set().union(*panes))


def test_a_state_stays_small_however_many_users_there_are() -> None:
    watching = Watching("- {name: r, distinct: {of: user_id, count: 1000000}, window: 1m}")
    for minute in range(20):
        watching.feed(*(user(minute * 60 + n / 20, minute * 1_000 + n) for n in range(1_200)))
    (state,) = watching.states.values()
    assert len(orjson.dumps(state)) < 60_000


SEEN = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9)), min_size=1, max_size=30)


@given(SEEN, st.integers(1, 30))
def test_none_is_missed_and_none_is_far_off(seen: list[tuple[int, int]], size: int) -> None:
    """Whatever the order and the batches: over where a minute holds 5, not where one and two panes of it do not."""

    def held(span: int) -> int:
        return max(len({who for when, who in seen if end - span <= when <= end}) for end in range(201 + span))

    watching = Watching("- {name: r, distinct: {of: user_id, count: 5}, window: 1m}")
    watching.feed_in_turn([user(*one) for one in seen], size)
    if held(60) >= 5:
        assert watching.kinds == ["over"]
    elif held(70) < 5:
        assert watching.kinds == []
