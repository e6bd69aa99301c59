"""Until when a time lasts: never later than it really does, wherever and whenever the clocks change."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rulefile.routing import TimeRange
from rules.times import in_any, lasts_until

# Moments at which clocks change: by an hour, by half an hour, at midnight, on both hemispheres.
CHANGES = [
    ("Europe/Berlin", "2026-03-29T01:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00Z"),
    ("America/New_York", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01T06:00Z"),
    ("Australia/Sydney", "2026-04-04T16:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("America/Santiago", "2026-04-05T03:00Z"),
    ("America/Santiago", "2026-09-06T04:00Z"),
    ("America/Havana", "2026-11-01T05:00Z"),
    ("Africa/Cairo", "2026-04-23T22:00Z"),
]
MINUTES = st.integers(0, 24 * 6 - 1).map(lambda ten: f"{ten // 6:02}:{ten % 6}0")
SPANS = st.tuples(MINUTES, MINUTES).filter(lambda two: two[0] != two[1]).map(lambda two: {"from": two[0], "to": two[1]})
DAYS = st.lists(st.sampled_from(["sat", "sun", "mon", "thu", "fri"]), unique=True, max_size=2)


@given(st.sampled_from(CHANGES), st.lists(SPANS, max_size=2), DAYS, st.integers(-6 * 60, 6 * 60))
def test_it_lasts_no_longer_than_it_says(change, spans, days, minutes):
    zone, moment = change
    times = {"x": [TimeRange.model_validate({"times": spans, "weekdays": days, "zone": zone})]}
    at = datetime.fromisoformat(moment).timestamp() + 60 * minutes
    until = lasts_until(["x"], times, at)
    assert until > at
    now = in_any(["x"], times, at)
    within = [at + 60 * minute for minute in range(12 * 60) if at + 60 * minute < until]
    assert all(in_any(["x"], times, one) == now for one in within)


@pytest.mark.parametrize(
    ("zone", "span", "at", "until"),
    [  # times that come twice, and that do not come
        ("Europe/Berlin", ("02:00", "02:30"), "2026-10-25T01:10Z", "2026-10-25T01:30Z"),
        ("Africa/Casablanca", ("02:40", "14:30"), "2026-02-15T01:43Z", "2026-02-15T02:00Z"),
        ("Australia/Sydney", ("02:20", "03:10"), "2026-04-04T15:22Z", "2026-04-04T16:00Z"),
        ("Europe/Berlin", ("02:10", "02:50"), "2026-03-29T00:30Z", "2026-03-30T00:10Z"),
    ],
)
def test_times_that_come_twice_or_not_at_all(zone, span, at, until):
    times = {"x": [TimeRange.model_validate({"times": [dict(zip(("from", "to"), span, strict=True))], "zone": zone})]}
    found = lasts_until(["x"], times, datetime.fromisoformat(at).timestamp())
    assert datetime.fromtimestamp(found, UTC) == datetime.fromisoformat(until).astimezone(UTC)
