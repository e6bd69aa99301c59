"""From a stored batch to one record a group and one a threshold window."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from models.occurrence import Occurrence
from models.severity import Severity
from models.wire import LATE, GroupRef, Part, Source
from rules.combining import combine, combine_rates, runs_of
from rules.rating import Thresholds
from rules.rulefile import load

SOURCE = Source(topic="errors", partition=1, generation=2)


@dataclass
class Facts:
    total: int
    users_total: int = 0
    new: bool = False
    back: str | None = None
    shown: GroupRef | None = None


def occurrence(offset: int, group_id: str = "g", **kwargs) -> Occurrence:
    given = {
        "ordinal": 0,
        "event_id": offset.to_bytes(16),
        "own_id": False,
        "occurred_at": 1000.0 + offset,
        "received_at": 1000.0,
        "bucket": 1000,
        "group": GroupRef(group_id=group_id, fingerprint="f", service="s", environment="e", title="t"),
        "severity": Severity.ERROR,
        "message": "m",
        "payload": b"{}",
    }
    return Occurrence(offset=offset, **{**given, **kwargs})


@given(st.lists(st.integers(0, 60)).map(sorted))
def test_runs_hold_exactly_the_offsets(offsets):
    runs = runs_of(offsets)
    assert [o for first, length, times in runs for o in range(first, first + length) for _ in range(times)] == offsets
    assert len(runs) <= max(len(set(offsets)), 1)


def test_consecutive_offsets_are_one_run():
    assert runs_of(range(5, 1005)) == [(5, 1000, 1)]


def test_merged_groups_become_one_record_under_the_name_that_they_are_shown_by() -> None:
    shown = GroupRef(group_id="root", fingerprint="f", service="s", environment="e", title="root")
    facts = {"a": Facts(7, shown=shown), "b": Facts(7, shown=shown), "root": Facts(7, shown=shown), "c": Facts(1)}
    kept = [occurrence(n, name) for n, name in enumerate(["a", "b", "c", "root", "a"])]
    merged, alone = combine(kept, facts, SOURCE)
    assert (merged.group, merged.total, merged.parts) == (shown, 7, [Part(1000, [(0, 2, 1), (3, 2, 1)])])
    assert (alone.group.group_id, alone.total) == ("c", 1)


def test_a_batch_becomes_one_record_a_group():
    kept = [
        occurrence(1, "a", hostname="h1", user_key=b"\x01"),
        occurrence(2, "b"),
        occurrence(3, "a", hostname="h2", user_key=b"\x01", severity=Severity.CRITICAL, bucket=LATE),
    ]
    first, second = combine(kept, {"a": Facts(12, 1, new=True), "b": Facts(1)}, SOURCE)
    assert [(part.bucket, part.runs) for part in first.parts] == [(LATE, [(3, 1, 1)]), (1000, [(1, 1, 1)])]
    assert (first.severity, first.total, first.new, first.hosts, first.users) == (
        Severity.CRITICAL,
        12,
        True,
        ["h1", "h2"],
        ["01"],
    )
    assert (first.first_at, first.last_at) == (1001.0, 1003.0)
    assert (second.group.group_id, second.total, second.new) == ("b", 1, False)


def test_rates_are_combined_by_rule_and_values_without_late_events():
    rules = load("thresholds: [{name: burst, match: {service: s}, count: 5, window: 1m, group_by: service}]", "rules")
    other = GroupRef(group_id="o", fingerprint="f", service="other", environment="e", title="t")
    kept = [occurrence(1), occurrence(2, bucket=LATE), occurrence(3), occurrence(4, group=other)]
    [delta] = combine_rates(kept, Thresholds(rules), SOURCE)
    assert (delta.rule, delta.by, delta.groups) == ("burst", {"service": "s"}, ["g"])
    # A window of up to two minutes is kept by the second.
    assert [(part.bucket, part.runs) for part in delta.parts] == [(1001, [(1, 1, 1)]), (1003, [(3, 1, 1)])]
