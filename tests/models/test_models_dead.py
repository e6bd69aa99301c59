"""The dead letter's layout: everything of the record comes back, whatever its headers were."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dead import NOWHERE, ORIGIN, Place, decode_dead, encode_dead, origin_of, replay_headers
from models.occurrence import Dead
from models.reasons import DeadReason
from models.wire import Source


@dataclass
class Record:
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: list[tuple[str, bytes]] | tuple = ()
    timestamp: int = 1_700_000_000_123


SOURCE = Source(topic="errors", partition=2, generation=1)


def dead(offset: int = 42, detail: str = "not JSON") -> Dead:
    return Dead(offset=offset, reason=DeadReason.INVALID_JSON, detail=detail, size=1, received_at=0.0)


@given(
    headers=st.lists(
        st.tuples(st.text(max_size=20).filter(lambda name: not name.startswith("seawall-dead-")), st.binary())
    ),
    detail=st.text(max_size=50),
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
)
def test_what_goes_in_comes_out(headers, detail, key, value):
    record = Record(key=key, value=value, headers=headers)
    out_key, out_value, out_headers = encode_dead(record, dead(detail=detail), SOURCE)
    # Our client refuses to send a record of neither: its value is empty then.
    assert (out_key, out_value) == (key, b"" if key is None and value is None else value)
    buried = decode_dead(out_headers)
    assert buried.headers == headers
    assert buried.place == Place("errors", 2, 1, 42)
    assert (buried.reason, buried.timestamp) == ("invalid_json", record.timestamp)
    assert buried.detail == detail.encode(errors="replace").decode()


def test_headers_of_an_earlier_burial_do_not_contradict_this_one():
    _, _, once = encode_dead(Record(), dead(1), SOURCE)
    _, _, twice = encode_dead(Record(headers=once), dead(2), SOURCE)
    assert decode_dead(twice).place.offset == 2
    assert len([name for name, _ in twice if name == "seawall-dead-offset"]) == 1


def test_a_replayed_record_tells_its_first_place_however_often_it_dies():
    _, _, headers = encode_dead(Record(headers=[("a", b"1")]), dead(1), SOURCE)
    back = replay_headers(decode_dead(headers))
    assert back == [("a", b"1"), (ORIGIN, b"errors/2/1/1")]
    _, _, again = encode_dead(Record(headers=back), dead(99), SOURCE)
    assert replay_headers(decode_dead(again)) == back
    assert origin_of(back) == Place("errors", 2, 1, 1)


@pytest.mark.parametrize("value", [b"", b"errors", b"errors/a/b/c", b"\xff/1/2/3", b"/1/2/3", b"e/1/2/3/4"])
def test_an_origin_that_is_none_is_ignored_and_replaced(value):
    assert origin_of([(ORIGIN, value)]) is None
    _, _, headers = encode_dead(Record(headers=[(ORIGIN, value)]), dead(7), SOURCE)
    assert replay_headers(decode_dead(headers)) == [(ORIGIN, b"errors/2/1/7")]


@pytest.mark.parametrize("headers", [[], [("seawall-dead-topic", b"errors")], [("a", b"b")]])
def test_a_record_that_is_no_dead_letter_is_refused(headers):
    with pytest.raises(ValueError):
        decode_dead(headers)


def test_what_never_lay_in_a_partition_has_a_place_of_its_own():
    def buried(origin: bytes):
        source = Source(topic="errors", partition=NOWHERE)
        _, _, headers = encode_dead(Record(headers=[(ORIGIN, origin)]), dead(NOWHERE), source)
        return decode_dead(headers).place

    one, other = buried(b"gateway-1/0/0/0"), buried(b"gateway-1/0/0/1")
    assert one == buried(b"gateway-1/0/0/0") != other
    assert one == Place.parse(str(one))
    assert (one.topic, one.partition) == ("errors", NOWHERE)
    assert 0 <= one.offset < 2**53
