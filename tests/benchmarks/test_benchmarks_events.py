"""What is measured with is what the report says it is."""

import statistics
import sys
from pathlib import Path

import orjson
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # benchmarks/ is not installed

from benchmarks.events import FRAMES, Mix, events, small_records
from benchmarks.pacing import marker_name
from benchmarks.report import render
from rules.grouping import group
from rules.normalizing import normalize


def _drafts(mix: Mix, count: int) -> list[dict]:
    return [draft for record in events(mix, count) for draft in normalize(record, {})]


def test_events_are_of_the_size_and_depth_that_is_told() -> None:
    records = list(events(Mix(groups=50), 200))
    assert 3_900 < statistics.mean(map(len, records)) < 4_700
    for draft in _drafts(Mix(groups=50), 20):
        assert [len(one["frames"]) for one in draft["exception"]] == [FRAMES]


@pytest.mark.parametrize(("groups", "count", "found"), [(1, 40, 1), (30, 90, 30), (0, 300, 300)])
def test_events_are_spread_over_as_many_groups_as_asked_for(groups: int, count: int, found: int) -> None:
    drafts = _drafts(Mix(groups=groups), count)
    keys = {(draft.get("service"), group(draft).fingerprint) for draft in drafts}
    assert len(keys) == found


def test_no_two_events_are_alike() -> None:
    drafts = _drafts(Mix(groups=1), 200)
    assert len({draft["event_id"] for draft in drafts}) == 200
    assert len({draft["message"] for draft in drafts}) == 200


def test_both_formats_come_in_equal_parts() -> None:
    kinds = [
        "exception" in (event := orjson.loads(record)) and isinstance(event["exception"], dict)
        for record in events(Mix(groups=10), 100)
    ]
    assert sum(kinds) == 50


def test_small_records_are_small() -> None:
    assert 400 < statistics.mean(map(len, small_records(50))) < 550


def test_markers_are_told_apart_without_digits() -> None:
    names = [marker_name(number) for number in range(500)]
    assert len(set(names)) == 500
    assert not any(letter.isdigit() for name in names for letter in name)


def test_a_missed_goal_is_named_with_its_distance() -> None:
    figure = {"events": 10, "stored": 10, "per_second": 1500.0, "cpu_micros": 1.0, "shares": [1.0], "groups": 1}
    figure["server_micros"] = {"postgres": 1.0, "kafka": 1.0}
    page = render(
        {
            "machine": {"processor": "one"},
            "at": "now",
            "load_before": 0.0,
            "plan": {"groups": 1},
            "distinct": {"workers_1": figure, "workers_2": {**figure, "per_second": 6000.0, "shares": [0.5, 0.5]}},
        }
    )
    assert "| stored events/s, one worker | 1,500 | ≥ 3,000 | **no**, by 50% |" in page
    assert "| stored events/s, two workers | 6,000 | ≥ 5,000 | yes |" in page
