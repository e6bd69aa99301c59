"""Jobs that check in: what is due, what was missed, what took too long, what counts as an error."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import T0

from models.event import ErrorEvent
from models.monitor import CheckIn, Monitor, MonitorConfig, Run, Schedule
from models.reasons import DeadReason
from rules.monitors.checking_in import Changed, check_in
from rules.monitors.events import event_of
from rules.monitors.noticing import MOST_MISSED, missed, timed_out
from rules.monitors.parsing import parse_check_in
from rules.monitors.schedules import crontab_of, next_due
from rules.normalizing.draft import Unreadable

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
HOURLY = MonitorConfig(schedule=Schedule("crontab", "0 * * * *"), margin=300.0, max_runtime=1_200.0)
ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32
TEN = T0 - T0 % HOUR + HOUR  # on the hour


def monitor(config: MonitorConfig = HOURLY, **fields: Any) -> Monitor:
    return Monitor(project="shop", slug="report", environment="production", config=config, **fields)


def said(status: str, at: float, check_in_id: str | None = ONE, **fields: Any) -> CheckIn:
    return CheckIn(
        project="shop", slug="report", environment="production", check_in_id=check_in_id, new_id=THREE,
        status=status, at=at, **fields,
    )  # fmt: skip


def played(start: Monitor, *all_said: CheckIn) -> tuple[Changed, dict[str, Run]]:
    """What becomes of a monitor, one check-in after the other."""
    runs: dict[str, Run] = {}
    failures = []
    changed = Changed(start, [], [])
    for one in all_said:
        running = [run for run in runs.values() if run.status == "in_progress"]
        changed = check_in(changed.monitor, running, runs.get(one.check_in_id or one.new_id), one)
        runs |= {run.check_in_id: run for run in changed.runs}
        failures += changed.failures
    return changed._replace(failures=failures), runs


def local(text: str, zone: str = "Europe/Berlin") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (("crontab", "30 2 * * *"), "2026-03-28T12:00", "2026-03-29T03:00"),  # there is no 02:30 that night
        (("crontab", "30 2 * * *"), "2026-03-29T12:00", "2026-03-30T02:30"),
        (("crontab", "30 2 * * *"), "2026-10-24T12:00", "2026-10-25T02:30"),  # the first of two
        (("crontab", "0 9 * * MON-FRI"), "2026-11-27T09:00", "2026-11-30T09:00"),
        (("crontab", "0 0 29 2 *"), "2026-01-01T00:00", "2028-02-29T00:00"),
        (("interval", "1", "day"), "2026-03-28T12:00", "2026-03-29T12:00"),  # 23 hours
        (("interval", "24", "hour"), "2026-03-28T12:00", "2026-03-29T13:00"),
        (("interval", "1", "month"), "2026-01-31T12:00", "2026-02-28T12:00"),
        (("interval", "90", "minute"), "2026-01-31T12:00", "2026-01-31T13:30"),
    ],
)
def test_when_a_check_in_is_due(schedule: tuple[Any, ...], after: str, due: str) -> None:
    config = MonitorConfig(schedule=Schedule(*schedule), timezone="Europe/Berlin")
    assert next_due(config, local(after)) == local(due)


@pytest.mark.parametrize("config", [Schedule("interval", "7973", "year"), Schedule("interval", "10000", "year")])
def test_what_is_due_after_the_end_of_calendars_is_never_due(config: Schedule) -> None:
    assert next_due(MonitorConfig(schedule=config), T0) is None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("fields", ["30 0-3 * * *", "*/30 * * * *", "30 2 * * *", "15 1,2 * * *"])
def test_what_is_due_next_lies_ahead_also_where_clocks_are_put_back(zone: str, fields: str) -> None:
    config = MonitorConfig(schedule=Schedule("crontab", fields), timezone=zone)
    for day in ("2026-04-04T12:00", "2026-10-24T12:00", "2026-10-31T12:00"):
        for minutes in range(0, 24 * 60, 6):
            after = local(day, zone) + minutes * MINUTE
            due = next_due(config, after)
            assert due is not None
            assert due > after


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("@daily", "0 0 * * *"), ("*/5  * * * mon", "*/5 * * * mon"), ("0 0 30 2 *", None), ("* * * * * *", None),
        ("every day", None), ("@reboot", None), ("61 * * * *", None), ("1," * 500 + "1 * * * *", None), ("", None),
    ],
)  # fmt: skip
def test_crontab_expressions(text: str, fields: str | None) -> None:
    assert crontab_of(text) == fields


def test_a_job_that_never_checked_in_or_told_no_schedule_is_not_missed() -> None:
    assert missed(monitor(), T0 + DAY) == (monitor(), [])
    (changed, _) = played(monitor(MonitorConfig()), said("ok", T0))
    assert missed(changed.monitor, T0 + DAY)[1] == []


def test_a_check_in_that_did_not_come_is_missed_once_after_its_margin() -> None:
    changed, _ = played(monitor(), said("ok", TEN + 2))
    assert changed.monitor.next_due == TEN + HOUR
    assert missed(changed.monitor, TEN + HOUR + 299)[1] == []
    after, failures = missed(changed.monitor, TEN + HOUR + 301)
    assert [(one.kind, one.at, one.failures) for one in failures] == [("MissedCheckIn", TEN + HOUR, 1)]
    assert after.next_due == TEN + 2 * HOUR
    assert missed(after, TEN + HOUR + 400)[1] == []


def test_what_was_missed_before_a_late_check_in_is_seen_when_that_is_read() -> None:
    changed, _ = played(monitor(), said("ok", TEN), said("ok", TEN + 3 * HOUR + 1, TWO))
    assert [one.at for one in changed.failures] == [TEN + HOUR, TEN + 2 * HOUR]
    assert changed.monitor.next_due == TEN + 4 * HOUR


def test_a_check_in_a_moment_early_is_the_one_that_was_expected() -> None:
    changed, _ = played(monitor(), said("ok", TEN), said("ok", TEN + HOUR - 2, TWO))
    assert (changed.monitor.next_due, changed.failures) == (TEN + 2 * HOUR, [])


def test_long_outages_are_told_of_up_to_a_bound() -> None:
    changed, _ = played(monitor(), said("ok", TEN))
    after, failures = missed(changed.monitor, TEN + 1_000 * HOUR)
    assert len(failures) == MOST_MISSED
    assert len({event_of(after, one)["event_id"] for one in failures}) == MOST_MISSED
    assert after.next_due is not None
    assert after.next_due >= TEN + 1_000 * HOUR


def test_a_run_that_takes_too_long_is_told_once_whatever_comes_then() -> None:
    changed, runs = played(monitor(), said("in_progress", TEN))
    assert timed_out(changed.monitor, runs.values(), TEN + 1_199)[1:] == ([], [])
    late, late_runs = played(monitor(), said("in_progress", TEN), said("error", TEN + 1_300))
    assert [one.kind for one in late.failures] == ["CheckInTimeout"]
    assert (late_runs[ONE].status, late_runs[ONE].duration) == ("error", 1_300)
    after, ended, failures = timed_out(changed.monitor, runs.values(), TEN + 1_201)
    assert ([one.status for one in ended], [one.kind for one in failures]) == (["timeout"], ["CheckInTimeout"])
    assert event_of(after, failures[0])["event_id"] == event_of(late.monitor, late.failures[0])["event_id"]
    finished = check_in(after, [], ended[0], said("ok", TEN + 1_300))
    assert (finished.failures, finished.monitor.failing) == ([], False)


def test_a_run_is_told_of_once_however_often_it_is_said() -> None:
    changed, runs = played(
        monitor(), said("in_progress", TEN), said("error", TEN + 5), said("error", TEN + 5), said("ok", TEN + 6),
        said("in_progress", TEN),
    )  # fmt: skip
    assert [one.kind for one in changed.failures] == ["CheckInFailed"]
    assert (runs[ONE].status, runs[ONE].duration, changed.monitor.failures) == ("error", 5, 1)


def test_the_end_of_a_run_without_an_id_is_that_of_the_latest_in_progress() -> None:
    _, runs = played(
        monitor(), said("in_progress", TEN, ONE), said("in_progress", TEN + 1, TWO), said("ok", TEN + 9, None)
    )
    assert {name: run.status for name, run in runs.items()} == {ONE: "in_progress", TWO: "ok"}
    _, alone = played(monitor(), said("ok", TEN, None, duration=30.0))
    assert (alone[THREE].status, alone[THREE].started_at) == ("ok", TEN - 30)


def test_so_many_failures_in_a_row_are_an_error_and_so_many_good_runs_its_end() -> None:
    config = msgspec.structs.replace(HOURLY, failure_threshold=3, recovery_threshold=2)
    states = "error ok error error error ok error ok ok error"
    changed = Changed(monitor(config), [], [])
    told = []
    for number, status in enumerate(states.split()):
        changed = check_in(changed.monitor, [], None, said(status, TEN + number, f"{number:032x}"))
        told.append(bool(changed.failures))
    assert told == [False, False, False, False, True, False, True, False, False, False]
    assert changed.monitor.failing is False


def test_it_is_known_which_error_is_over_and_since_when() -> None:
    config = msgspec.structs.replace(HOURLY, failure_threshold=2, recovery_threshold=2)
    changed = Changed(monitor(config), [], [])
    over = []
    states = "ok error ok error error in_progress ok error ok ok ok error"
    for number, status in enumerate(states.split()):
        changed = check_in(changed.monitor, [], None, said(status, TEN + number, f"{number:032x}"))
        over.append(changed.monitor.recovered_at)
        if changed.failures:
            last = event_of(changed.monitor, changed.failures[-1])["event_id"]
            assert changed.monitor.error_id == last
    assert over == [*[None] * 9, TEN + 9, TEN + 9, TEN + 9]  # a failure that is no error yet takes nothing back
    changed = check_in(changed.monitor, [], None, said("error", TEN + 12, f"{12:032x}"))
    assert changed.monitor.recovered_at is None


def test_a_new_schedule_is_in_force_at_once() -> None:
    daily = msgspec.structs.replace(HOURLY, schedule=Schedule("interval", "1", "day"))
    changed, _ = played(monitor(), said("ok", TEN), said("ok", TEN + 60, TWO, config=daily))
    assert changed.monitor.next_due == TEN + 60 + DAY


def test_events_are_errors_of_the_project_with_the_jobs_name() -> None:
    changed, _ = played(monitor(), said("error", TEN, release="1.2", trace_id=TWO, duration=4.0))
    event = ErrorEvent.model_validate(event_of(changed.monitor, changed.failures[0]))
    assert (event.service, event.environment, event.error_type) == ("shop", "production", "CheckInFailed")
    assert (event.tags, event.release, event.trace_id) == ({"monitor.slug": "report"}, "1.2", TWO)
    assert event.extra["schedule"] == "0 * * * *"


RECORD = {"project": "shop", "slug": "report", "status": "ok", "new_id": THREE, "at": T0}


def parsed(value: Any, mask: Any = str) -> CheckIn:
    return parse_check_in(value if isinstance(value, bytes) else orjson.dumps(value), T0 + 5, mask)


def test_what_a_record_says_is_kept_within_bounds() -> None:
    config = {
        "schedule": {"type": "interval", "value": 10, "unit": "minute"}, "checkin_margin": 0, "max_runtime": 10**12,
        "timezone": "Europe/Vienna", "failure_issue_threshold": 2, "recovery_threshold": -4,
    }  # fmt: skip
    one = parsed({**RECORD, "config": config, "check_in_id": "0" * 32, "slug": "r\0" * 500, "duration": -5})
    assert one.config == MonitorConfig(
        schedule=Schedule("interval", "10", "minute"), timezone="Europe/Vienna", margin=60.0,
        max_runtime=366 * DAY, failure_threshold=2, recovery_threshold=1,
    )  # fmt: skip
    assert (one.check_in_id, one.environment, one.duration, one.at) == (None, "production", 0, T0)
    assert len(one.slug) <= 200
    assert "\0" not in one.slug
    assert parsed(RECORD, lambda text: text.replace("report", "[masked]")).slug == "[masked]"
    assert parsed({**RECORD, "at": T0 + 999}).at == T0 + 5


@pytest.mark.parametrize(
    "config",
    [
        5, {}, {"schedule": "hourly"}, {"schedule": {"type": "crontab", "value": "nonsense"}},
        {"schedule": {"type": "crontab", "value": "0 0 31 2 *"}}, {"schedule": {"type": "interval", "value": "1"}},
        {"schedule": {"type": "interval", "value": 1, "unit": "eon"}},
    ],
)  # fmt: skip
def test_a_schedule_that_is_none_changes_nothing(config: Any) -> None:
    assert parsed({**RECORD, "config": config}).config is None


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Nowhere/Land", "", 5, "a" * 100, "Europe\0"])
def test_zones_that_are_none(zone: Any) -> None:
    config = parsed({**RECORD, "config": {"schedule": {"type": "crontab", "value": "@daily"}, "timezone": zone}}).config
    assert config is not None
    assert config.timezone == "UTC"


@pytest.mark.parametrize(
    "value", [b"", b"x", [], {}, {**RECORD, "slug": ""}, {**RECORD, "status": "late"}, {**RECORD, "new_id": "x"}]
)
def test_what_is_no_check_in(value: Any) -> None:
    with pytest.raises(Unreadable) as refused:
        parsed(value)
    assert refused.value.reason in {DeadReason.NO_CHECK_IN, DeadReason.INVALID_JSON, DeadReason.EMPTY}


@given(
    st.lists(
        st.tuples(st.sampled_from(["in_progress", "ok", "error"]), st.integers(0, 4), st.integers(0, 50_000)),
        max_size=12,
    )
)
def test_whatever_is_said_each_failure_is_told_once_and_time_goes_on(steps: list[tuple[str, int, int]]) -> None:
    all_said = [
        said(status, TEN + at, f"{number:032x}") for status, number, at in sorted(steps, key=lambda one: one[2])
    ]
    changed, runs = played(monitor(), *all_said)
    names = [(one.kind, one.same) for one in changed.failures]
    assert len(names) == len(set(names))
    assert all((run.ended_at is None) == (run.status in {"in_progress", "timeout"}) for run in runs.values())
    assert all(run.started_at < changed.monitor.next_due for run in runs.values())
