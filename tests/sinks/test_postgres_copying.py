"""The rows built by hand are those that PostgreSQL's own adapter would send."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgres_support import NOON, group, occurrence
from psycopg.types.json import Json
from psycopg.types.numeric import Int2, Int4, Int8

from models.severity import Severity
from sinks.postgres.copying import occurrence_blocks
from sinks.postgres.counting import sum_up

COLUMNS = 19


def fields(data):
    """The values of one row of COPY's binary format, raw."""
    assert data[:19] == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    assert data[-2:] == b"\xff\xff"
    assert int.from_bytes(data[19:21], "big") == COLUMNS
    place, found = 21, []
    while place < len(data) - 2:
        length = int.from_bytes(data[place : place + 4], "big", signed=True)
        place += 4
        found.append(None if length < 0 else data[place : place + length])
        place += max(length, 0)
    return found


def dumped(value):
    from psycopg.adapt import PyFormat, Transformer

    return None if value is None else bytes(Transformer().get_dumper(value, PyFormat.BINARY).dump(value))


text = st.text(max_size=30).filter(lambda value: "\0" not in value)


@given(
    at=st.integers(min_value=0, max_value=4_000_000_000_000_000),
    offset=st.integers(min_value=0, max_value=2**63 - 1),
    values=st.lists(st.none() | text, min_size=4, max_size=4),
    message=text,
)
def test_a_row_is_what_the_adapter_would_send(at, offset, values, message):
    hostname, release, user_id, trace_id = values
    item = occurrence(
        offset,
        at=at / 1_000_000,
        received_at=0.5,
        ordinal=3,
        message=message,
        hostname=hostname,
        release=release,
        user_id=user_id,
        trace_id=trace_id,
    )
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    [block] = occurrence_blocks([item], "errors", 5, 1)
    assert fields(block) == [
        dumped(value)
        for value in (
            epoch + timedelta(microseconds=round(item.occurred_at * 1_000_000)),
            epoch + timedelta(seconds=0.5),
            uuid.UUID(bytes=item.event_id),
            uuid.UUID(item.group.group_id),
            "shop",
            "production",
            "error",
            "ValueError",
            message,
            hostname,
            release,
            user_id,
            trace_id,
            "errors",
            Int4(5),
            Int4(1),
            Int8(offset),
            Int2(3),
            Json({"message": "masked"}, dumps=lambda _: item.payload.decode()),
        )
    ]


def test_blocks_are_bounded_and_join_to_the_whole():
    items = [occurrence(offset, payload=b"x" * 100_000) for offset in range(10)]
    blocks = list(occurrence_blocks(items, "errors", 0, 0))
    assert max(map(len, blocks)) < 400_000
    assert len(blocks) > 3
    assert b"".join(blocks).count(b"x" * 100_000) == 10


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-200, 200), st.sampled_from([None, "1", "2"]), st.integers(0, 3)),
        min_size=1,
    )
)
def test_sums_agree_with_counting_one_by_one(events):
    items = [
        occurrence(offset, name, at=NOON + at, release=release, user_key=bytes([user]) * 16 if user else None)
        for offset, (name, at, release, user) in enumerate(events)
    ]
    sums = sum_up(items)
    assert [total.group.group_id for total in sums.groups] == sorted({item.group.group_id for item in items})
    assert sum(count for _, count in sums.minutes) == len(items)
    assert [key for key, _ in sums.minutes] == sorted(
        {(int(i.occurred_at) // 60 * 60, i.group.group_id, i.release or "") for i in items}
    )
    for total in sums.groups:
        own = [item for item in items if item.group == total.group]
        assert total.occurrences == len(own)
        assert (total.first_at, total.last_at) == (min(i.occurred_at for i in own), max(i.occurred_at for i in own))
        assert total.users == {item.user_key for item in own if item.user_key}
        assert total.first_release == next(i.release for i in own if i.occurred_at == total.first_at)
        assert total.last_event_id == [i.event_id for i in own if i.occurred_at == total.last_at][-1]


@pytest.mark.parametrize("order", [(Severity.DEBUG, Severity.CRITICAL), (Severity.CRITICAL, Severity.DEBUG)])
def test_the_worst_severity_counts(order):
    items = [occurrence(offset, severity=severity) for offset, severity in enumerate(order)]
    [total] = sum_up(items).groups
    assert total.severity is Severity.CRITICAL
    assert total.group == group("boom")
