"""The headers of records that are sent again: the same ids each time, and only the events that were dropped."""

import pytest

from models.dead import ORIGIN, Place, origin_of
from models.replaying import ONLY, headers_again, meant

PLACE = Place("errors", 1, 0, 42)
ELSEWHERE = Place("errors", 3, 0, 99)


def test_the_first_place_stays_however_often_a_record_is_sent():
    first = headers_again([("h", b"1")], PLACE, None)
    assert first == [("h", b"1"), (ORIGIN, b"errors/1/0/42")]
    assert headers_again(first, ELSEWHERE, None) == first


def test_a_place_that_is_none_is_replaced():
    assert headers_again([(ORIGIN, b"nonsense")], PLACE, None) == [(ORIGIN, b"errors/1/0/42")]


def test_the_events_that_were_dropped_last_are_meant():
    first = headers_again([], PLACE, [1, 3])
    assert first == [(ORIGIN, b"errors/1/0/42"), (ONLY, b"1,3")]
    second = headers_again(first, ELSEWHERE, [3])
    assert origin_of(second) == PLACE
    assert list(meant(second, 5)) == [3]
    assert list(meant(headers_again(second, ELSEWHERE, None), 5)) == [3]


@pytest.mark.parametrize(
    ("headers", "ordinals"),
    [
        ([], [0, 1, 2]),
        ([(ORIGIN, b"errors/1/0/42")], [0, 1, 2]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"2,0,2")], [0, 2]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"1,7")], [1]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"7,-1")], [0, 1, 2]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"x")], [0, 1, 2]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"\xff")], [0, 1, 2]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"")], [0, 1, 2]),
        ([(ORIGIN, b"errors/1/0/42"), (ONLY, b"1," * 100_000 + b"1")], [0, 1, 2]),
        ([(ONLY, b"1")], [0, 1, 2]),
    ],
)
def test_which_events_are_meant(headers, ordinals):
    assert list(meant(headers, 3)) == ordinals
