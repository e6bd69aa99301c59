"""Who is on call: turns by the wall clock, layers, restrictions, overrides, and what changes when."""

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.oncall.schedules import Rota, gaps, said
from rules.rulefile import load

BERLIN = ZoneInfo("Europe/Berlin")
USERS = "users: {ann: {contact: 'slack:U1'}, bob: {contact: 'slack:U2'}, cem: {contact: 'slack:U3'}}\n"


def rota(schedule: str) -> Rota:
    return Rota(load(f"{USERS}schedules: {{s: {schedule}}}", "rules.yaml").schedules["s"])


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


WEEKLY = "{zone: Europe/Berlin, layers: [{users: [ann, bob, cem], starts: '2026-01-05T09:00', every: week}]}"
DAILY = "{zone: Europe/Berlin, layers: [{users: [ann, bob], starts: '2026-03-20T02:30', every: day}]}"
HOURS = "{zone: Europe/Berlin, layers: [{users: [ann, bob], starts: '2026-03-20T08:00', every: 12h}]}"
OFFICE = """{zone: Europe/Berlin, layers: [
  {users: [ann], starts: '2026-01-01', only: {weekdays: [mon, tue, wed, thu, fri], times: [{from: "09:00", to: "17:00"}]}},
  {users: [bob, cem], starts: '2026-01-05', every: day, only: {times: [{from: "22:00", to: "06:00"}]}}]}"""
OVERRIDDEN = """{zone: Europe/Berlin, layers: [{users: [ann], starts: '2026-01-01', ends: '2026-02-01'}], overrides: [
  {users: bob, from: '2026-01-10T12:00', to: '2026-01-11T12:00'},
  {users: [bob, cem], from: '2026-01-10T18:00', to: '2026-01-10T20:00'},
  {users: cem, from: '2026-02-10T00:00Z', to: '2026-02-11T00:00Z'}]}"""

CASES = [
    (WEEKLY, "2026-01-05T08:59", ()),
    (WEEKLY, "2026-01-05T09:00", ("ann",)),
    (WEEKLY, "2026-01-12T08:59", ("ann",)),
    (WEEKLY, "2026-01-12T09:00", ("bob",)),
    (WEEKLY, "2026-03-30T08:59", ("cem",)),  # the clocks went forward the day before
    (WEEKLY, "2026-03-30T09:00", ("ann",)),
    (WEEKLY, "2026-10-26T08:59", ("cem",)),  # … and back
    (WEEKLY, "2026-10-26T09:00", ("ann",)),
    (DAILY, "2026-03-29T03:29", ("ann",)),  # 02:30 does not exist
    (DAILY, "2026-03-29T03:30", ("bob",)),
    (DAILY, "2026-03-30T02:30", ("ann",)),
    (HOURS, "2026-03-29T07:59", ("bob",)),
    (HOURS, "2026-03-29T08:00", ("ann",)),
    (HOURS, "2026-03-29T20:00", ("bob",)),
    (OFFICE, "2026-01-07T12:00", ("ann",)),
    (OFFICE, "2026-01-07T17:00", ()),
    (OFFICE, "2026-01-07T23:00", ("bob",)),  # Monday bob, Tuesday cem …
    (OFFICE, "2026-01-08T05:59", ("cem",)),
    (OFFICE, "2026-01-10T12:00", ()),
    (OVERRIDDEN, "2026-01-10T11:59", ("ann",)),
    (OVERRIDDEN, "2026-01-10T12:00", ("bob",)),
    (OVERRIDDEN, "2026-01-10T19:00", ("bob", "cem")),
    (OVERRIDDEN, "2026-01-11T12:00", ("ann",)),
    (OVERRIDDEN, "2026-02-01T00:00", ()),
    (OVERRIDDEN, "2026-02-10T00:59", ()),
    (OVERRIDDEN, "2026-02-10T01:00", ("cem",)),
]


@pytest.mark.parametrize(("schedule", "moment", "users"), CASES)
def test_who_is_on_call(schedule: str, moment: str, users: tuple[str, ...]) -> None:
    assert rota(schedule).on_call(at(moment)) == users


def test_where_the_clock_goes_back_no_turn_comes_again() -> None:
    handoff = rota(DAILY.replace("2026-03-20", "2026-10-20"))
    before, since = at("2026-10-25T02:29"), at("2026-10-25T02:30")
    assert (handoff.on_call(before), handoff.on_call(since)) == (("ann",), ("bob",))
    assert handoff.on_call(at("2026-10-25T02:15", fold=1)) == ("bob",)
    assert handoff.until(since) == at("2026-10-26T02:30")


def test_shifts_are_whole_and_gaps_are_told() -> None:
    office = rota(OFFICE)
    start, end = at("2026-01-09T12:00"), at("2026-01-12T12:00")
    shifts = list(office.shifts(start, end))
    assert (shifts[0].start, shifts[-1].end) == (start, end)
    assert [(one.start, one.users) for one in shifts[1:]] == [
        *((earlier.end, later.users) for earlier, later in itertools.pairwise(shifts))
    ]
    assert said(gaps(office, start, end)[0], "Europe/Berlin") == "Fri 2026-01-09 17:00 to Fri 2026-01-09 22:00 CET"
    assert gaps(rota(WEEKLY), start, end) == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([WEEKLY, DAILY, HOURS, OFFICE, OVERRIDDEN]),
    st.integers(1_767_225_600, 1_798_761_600),
    st.floats(0, 1),
)
def test_nothing_changes_before_it_is_said_to(schedule: str, start: int, share: float) -> None:
    one = rota(schedule)
    until = one.until(start)
    assert until > start
    assert one.on_call(start + (until - start) * share * 0.999) == one.on_call(start)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Berlin"]), st.integers(1, 60)
)
def test_turns_come_in_order_in_every_zone(zone: str, hours: int) -> None:
    one = rota(f"{{zone: {zone}, layers: [{{users: [ann, bob, cem], starts: '2026-01-01T02:15', every: {hours}h}}]}}")
    shifts = [shift.users[0] for shift in one.shifts(at("2026-01-01T02:15", zone), at("2026-12-31T00:00", zone))]
    if hours > 1:  # a turn of one hour can fall into the hour that a year lacks
        assert shifts == [("ann", "bob", "cem")[number % 3] for number in range(len(shifts))]
    assert abs(len(shifts) - (364 * 24 - 2.25) / hours) <= 2
