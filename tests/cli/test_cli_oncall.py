"""`seawall oncall`: who is on call, and calendars out and in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rules.oncall.schedules import Rota
from rules.rulefile import load
from seawall.cli.oncall import oncall_app
from seawall.errors import SeawallError
from seawall.settings import load_settings

RULES = """
users: {ann: {contact: "slack:U1"}, bob: {contact: "slack:U2"}}
schedules:
  shop:
    zone: Europe/Berlin
    layers: [{users: [ann, bob], starts: 2026-01-05T09:00}]
    overrides: [{users: bob, from: 2026-12-24T18:00, to: 2026-12-27T09:00}]
"""
CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//someone//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Berlin:20261001T180000\r
DURATION:PT14H\r
RRULE:FREQ=WEEKLY;COUNT=5\r
EXDATE;TZID=Europe/Berlin:20261015T180000\r
SUMMARY:Bob, ann\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
DTSTAMP:20260101T000000Z\r
DTSTART;VALUE=DATE:20261224\r
DTEND;VALUE=DATE:20261226\r
SUMMARY:ann\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture(autouse=True)
def _rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.setenv("SEAWALL_RULES", str(tmp_path / "rules.yaml"))
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(oncall_app, [*arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-12-21T10:00", {"users": ["ann"], "until": "2026-12-24 18:00 CET", "then": ["bob"]}),
        ("2026-12-20T10:00", {"users": ["bob"], "until": "2026-12-21 09:00 CET", "then": ["ann"]}),
        ("2026-01-01", {"users": [], "until": "2026-01-05 09:00 CET", "then": ["ann"]}),
    ],
)
def test_who_is_on_call_until_when_and_who_is_next(at: str, expected: dict[str, object]) -> None:
    assert json.loads(run("who", "--at", at, "--json")) == [{"schedule": "shop", **expected}]
    assert "shop" in run("who", "shop", "--at", at)


def test_an_unknown_schedule_is_said_with_those_that_there_are() -> None:
    with pytest.raises(SeawallError, match="there is no schedule `shep` in the rule file; there are: shop"):
        run("who", "shep")


def test_what_is_exported_comes_back_by_import(tmp_path: Path) -> None:
    calendar = run("export", "shop", "--at", "2026-10-19T07:00", "--days", "14")
    (tmp_path / "out.ics").write_bytes(calendar.encode())
    lines = run("import", "shop", str(tmp_path / "out.ics"), "--at", "2026-10-19T07:00", "--days", "30").splitlines()
    assert lines == [
        "overrides: # of shop, by the clock of Europe/Berlin",
        '  - {users: ["bob"], from: 2026-10-19T09:00, to: 2026-10-26T09:00}',
        '  - {users: ["ann"], from: 2026-10-26T09:00, to: 2026-11-02T08:00}',
    ]


def test_what_repeats_is_imported_once_each_by_the_clock_of_the_schedule(tmp_path: Path) -> None:
    (tmp_path / "in.ics").write_bytes(CALENDAR.encode())
    lines = run("import", "shop", str(tmp_path / "in.ics"), "--at", "2026-10-01", "--days", "90").splitlines()[1:]
    starts = ["2026-10-01", "2026-10-08", "2026-10-22", "2026-10-29"]
    ends = ["2026-10-02", "2026-10-09", "2026-10-23", "2026-10-30"]
    assert lines == [
        *(
            f'  - {{users: ["bob", "ann"], from: {start}T18:00, to: {end}T08:00}}'
            for start, end in zip(starts, ends, strict=True)
        ),
        '  - {users: ["ann"], from: 2026-12-24T00:00, to: 2026-12-26T00:00}',
    ]


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        (CALENDAR.replace("Bob, ann", "Cem"), "`Cem` at 2026-10-01 18:00 is none of `users`"),
        (CALENDAR.replace("WEEKLY", "SECONDLY"), "an event repeats more often than every hour"),
        (CALENDAR.replace("FREQ=WEEKLY", "FREQ=MIN\r\n UTELY"), "an event repeats more often than every hour"),
        (CALENDAR.replace("FREQ=WEEKLY", "FREQ=HOURLY;BYMINUTE=0,1,2"), "an event repeats more often than every hour"),
        (CALENDAR.replace("COUNT=5", "INTERVAL=0"), "an event repeats after no time at all"),
        ("BEGIN:VEVENT", "not an iCalendar file"),
        ("\0\xff", "not an iCalendar file"),
    ],
)
def test_what_cannot_be_imported_is_said(tmp_path: Path, calendar: str, message: str) -> None:
    (tmp_path / "in.ics").write_bytes(calendar.encode())
    with pytest.raises(SeawallError, match=message):
        run("import", "shop", str(tmp_path / "in.ics"), "--at", "2026-10-01")


def test_the_hour_that_comes_twice_comes_back_as_it_was(tmp_path: Path) -> None:
    hourly = RULES.replace("starts: 2026-01-05T09:00", "starts: 2026-10-24T02:30, every: 1h")
    (tmp_path / "rules.yaml").write_text(hourly)
    ahead = ("--at", "2026-10-24T12:00", "--days", "1")
    (tmp_path / "out.ics").write_bytes(run("export", "shop", *ahead).encode())
    overrides = run("import", "shop", str(tmp_path / "out.ics"), *ahead).splitlines()[1:]
    without = hourly[: hourly.index("    layers")]
    imported = without + "\n".join(["    overrides:", *("    " + one for one in overrides)])
    there, back = (Rota(load(text, "rules.yaml").schedules["shop"]) for text in (hourly, imported))
    start = datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp()
    minutes = [start + 60 * minute for minute in range(24 * 60)]
    assert [back.on_call(at) for at in minutes] == [there.on_call(at) for at in minutes]


@pytest.mark.parametrize("event", ["STATUS:CANCELLED", "DURATION:PT0S"])
def test_what_is_called_off_or_takes_no_time_is_no_shift(tmp_path: Path, event: str) -> None:
    called_off = CALENDAR.replace("DURATION:PT14H", event if "PT" in event else f"DURATION:PT14H\r\n{event}")
    (tmp_path / "in.ics").write_bytes(called_off.encode())
    lines = run("import", "shop", str(tmp_path / "in.ics"), "--at", "2026-10-01").splitlines()
    assert lines[1:] == ['  - {users: ["ann"], from: 2026-12-24T00:00, to: 2026-12-26T00:00}']
