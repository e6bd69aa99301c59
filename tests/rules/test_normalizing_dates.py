"""Times as system logs write them, and what is made of those without a year or a date."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.normalizing.dates import settle
from rules.normalizing.times import epoch

AT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
RECEIVED = AT + timedelta(seconds=4)

WHOLE = [
    "Thu Jan  2 03:04:05 2025",
    "Thu Jan 02 03:04:05.000000 2025",
    "Jan 02, 2025 3:04:05 AM",
    "Jan 02, 2025 3:04:05\u202fAM",
    "Jan  2 2025 03:04:05",
    "2025 Jan  2 03:04:05",
    "02-Jan-2025 03:04:05.000",
    "02 Jan 2025 03:04:05,000",
    "2025-01-02 04:04:05 CET",
    "2025-01-01 22:04:05.000 EST",
    "2025-01-02 03:04:05 GMT",
]
PARTS = ["Jan  2 03:04:05", "Jan 2 03:04:05.000", "0102 03:04:05.000000", "03:04:05", "03:04:05,000"]


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_time_is_read(text: str) -> None:
    assert epoch(text) == AT.timestamp()


@pytest.mark.parametrize(
    ("text", "hour"), [("12:00:01 AM", 0), ("1:00:01 AM", 1), ("12:00:01 PM", 12), ("11:00:01 PM", 23)]
)
def test_the_clock_has_twelve_hours(text: str, hour: int) -> None:
    assert epoch(f"Jan 02, 2025 {text}") == datetime(2025, 1, 2, hour, 0, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", PARTS)
def test_what_is_not_written_is_made_up_when_the_record_came(text: str) -> None:
    seconds = epoch(text)
    assert seconds is not None
    assert settle(seconds, RECEIVED.timestamp()) == AT.timestamp()


@pytest.mark.parametrize(
    ("text", "received", "expected"),
    [
        ("Dec 31 23:59:59", "2026-01-01T00:00:02Z", "2025-12-31T23:59:59Z"),
        ("Jan  1 00:00:01", "2025-12-31T23:59:58Z", "2026-01-01T00:00:01Z"),
        ("Feb 29 12:00:00", "2024-02-29T12:00:05Z", "2024-02-29T12:00:00Z"),
        ("23:59:59", "2026-01-01T00:00:02Z", "2025-12-31T23:59:59Z"),
        ("00:00:01", "2025-12-31T23:59:58Z", "2026-01-01T00:00:01Z"),
    ],
)
def test_the_nearest_year_or_day_counts(text: str, received: str, expected: str) -> None:
    seconds, near = epoch(text), epoch(received)
    assert seconds is not None
    assert near is not None
    assert settle(seconds, near) == epoch(expected)


def test_a_day_that_no_year_near_by_has_is_when_the_record_came() -> None:
    seconds, received = epoch("Feb 29 12:00:00"), datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    assert seconds is not None
    assert settle(seconds, received) == received


@given(st.floats(1e8, 2e10), st.floats(1e8, 2e10))
def test_a_whole_time_stays(seconds: float, near: float) -> None:
    assert settle(seconds, near) == seconds


@given(st.integers(0, 364), st.integers(0, 86_399), st.integers(1_000_000_000, 4_000_000_000))
def test_a_time_without_a_year_is_within_half_a_year(day: int, second: int, near: int) -> None:
    moment = datetime(1971, 1, 1, tzinfo=UTC) + timedelta(days=day, seconds=second)
    seconds = epoch(moment.strftime("%b %d %H:%M:%S"))
    assert seconds is not None
    assert abs(settle(seconds, near) - near) <= timedelta(days=183).total_seconds()


@pytest.mark.parametrize(
    "text",
    [
        "Foo  2 03:04:05",
        "Jan 32 03:04:05",
        "13-Foo-2025 03:04:05",
        "2025-01-02 03:04:05 XYZ",
        "9999 03:04:05.0",
        "Jan  2",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert epoch(text) is None
