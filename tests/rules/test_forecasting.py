"""Forecasts by the hour of the week: useful after minutes, better after weeks; and thresholds that ask for one."""

import random
from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_samples import T0, as_stored
from watching import Watching, at

from models.wire import GroupRef
from rules.backtesting import Backtest, History
from rules.forecasting import HOURS, WEEK, Counts, Forecast, ForecastKeys, Hindsight, forecast_of
from rules.rating import due, observe, pass_time
from rules.rulefile import RuleFileError, load

HOUR, DAY = 3_600, 86_400
MONDAY = 4 * DAY + WEEK * 2_900


def usual(hour: int) -> float:
    """Events in an hour: a peak in the afternoon, and a fifth of it at weekends."""
    peak = 5 + 60 * exp(-((((hour % 24) - 14) / 4) ** 2))
    return peak * (0.2 if hour // 24 % 7 > 4 else 1)


def counted(days: float) -> Counts:
    chance = random.Random(7)
    hours = range(int(days * 24) + 1)
    return Counts(
        MONDAY, {MONDAY + hour * HOUR: sum(chance.random() < usual(hour) / 100 for _ in range(100)) for hour in hours}
    )


def test_nothing_is_said_of_less_than_ten_minutes():
    assert forecast_of(Counts(T0, {T0 // HOUR * HOUR: 50}), T0 + 599) is None
    forecast = forecast_of(Counts(T0, {T0 // HOUR * HOUR: 50}), T0 + 600)
    assert forecast is not None
    low, about, high = forecast.between(T0 + 600, T0 + 1_200)
    assert (low, about) == (0, 50)
    assert 100 < high < 200


@pytest.mark.parametrize(("days", "widest"), [(1, 3.5), (7, 3.5), (14, 2.2), (28, 1.9)])
def test_it_gets_better_by_weeks(days, widest):
    """What comes lies within what was expected, and the range at the peak narrows."""
    forecast = forecast_of(counted(days), MONDAY + days * DAY)
    assert forecast is not None
    after = counted(35).hours
    outside = 0
    for hour in range(28 * 24, 35 * 24):
        start = MONDAY + hour * HOUR
        low, _, high = forecast.between(start, start + HOUR)
        outside += not low <= after[start] <= high
    assert outside <= 2
    peak = MONDAY + (28 * 24 + 14) * HOUR
    assert forecast.between(peak, peak + HOUR).high <= widest * usual(14)


def test_after_weeks_it_knows_nights_and_weekends():
    forecast = forecast_of(counted(28), MONDAY + 28 * DAY)
    assert forecast is not None
    night, noon, saturday = (
        forecast.between(MONDAY + at * HOUR, MONDAY + (at + 1) * HOUR) for at in (3, 14, 5 * 24 + 14)
    )
    assert night.high < noon.low
    assert saturday.about < noon.about / 2


def test_one_outage_does_not_become_what_is_usual():
    counts = counted(28)
    counts.hours[MONDAY + 14 * HOUR] = 50_000
    peak = MONDAY + (28 * 24 + 14) * HOUR
    forecast = forecast_of(counts, MONDAY + 28 * DAY)
    assert forecast is not None
    assert forecast.between(peak, peak + HOUR).high < 3 * usual(14)


@given(st.dictionaries(st.integers(0, 700), st.integers(0, 10**9), max_size=60), st.integers(600, 30 * DAY))
def test_whatever_was_counted_it_is_sound_and_the_same_all_through_an_hour(hours, age):
    counts = Counts(MONDAY, {MONDAY + hour * HOUR: number for hour, number in hours.items()})
    forecast = forecast_of(counts, MONDAY + age)
    assert forecast is not None
    assert len(forecast.rates) == len(forecast.weeks) == HOURS
    low, about, high = forecast.between(MONDAY + age, MONDAY + age + 5 * HOUR)
    assert 0 <= low <= about <= high
    if age >= HOUR:
        assert forecast_of(counts, (MONDAY + age) // HOUR * HOUR + 3_599) == forecast


RULE = "- {name: r, spike: {times: 1.5, at_least: 20, forecast: true}, window: 10m, group_by: service}"
FLAT = "- {name: r, flatline: {below: 20%, at_least: 20, forecast: true}, window: 1h, group_by: service}"


def flat(rate: float, weeks: int = 4) -> Forecast:
    return Forecast([rate] * HOURS, [weeks] * HOURS, 1.0)


class Expecting(Watching):
    """Thresholds with a forecast."""

    forecast: Forecast | None = None

    def take(self, deltas):
        for delta in deltas:
            rule = self.rules.threshold(delta.rule)
            self.states[delta.rule], told = observe(as_stored(self.states.get(delta.rule)), delta, rule, self.forecast)
            self.signals += told

    def wait(self, until, step=60):
        while self._now < T0 + until:
            self._now += step
            for name, state in list(self.states.items()):
                if due(state) <= self._now:
                    after, told = pass_time(as_stored(state), self._now, self.rules.threshold(name), self.forecast)
                    self.signals += told
                    self.states[name] = after
        return self


def test_a_spike_against_the_forecast_says_what_was_expected():
    watching = Expecting(RULE)
    watching.forecast = flat(150)
    watching.feed_in_turn(at(n * 20) for n in range(30))  # 30 in ten minutes, 25 expected
    assert watching.kinds == []
    watching.feed_in_turn(at(600 + n) for n in range(40))
    assert watching.kinds == ["over"]
    assert watching.signals[0].why is not None
    assert watching.signals[0].why.endswith("in 10 min, expected 7–44 at this hour, 1.5 times or more")


def test_what_is_usual_at_this_hour_is_no_spike_though_little_came_before():
    burst = [*(at(n * 30) for n in range(20)), *(at(900 + n * 5) for n in range(120))]
    unknown, known = Expecting(RULE), Expecting(RULE)
    known.forecast = flat(720)
    assert unknown.feed_in_turn(burst).kinds == ["over"], "without a forecast, the time before is what is usual"
    assert known.feed_in_turn(burst).kinds == []


def test_a_flatline_against_the_forecast_begins_and_ends_with_what_is_expected():
    day = [100.0 if slot % 24 < 12 else 0.0 for slot in range(HOURS)]
    watching = Expecting(FLAT)
    watching.forecast = Forecast(day, [4] * HOURS, 1.0)
    watching.feed_in_turn(at(n * 36) for n in range(10))
    watching.wait(2 * DAY)
    assert watching.kinds[:2] == ["over", "under"]
    assert watching.signals[0].why is not None
    assert "0 in 1 h, expected" in watching.signals[0].why


def test_keys_are_those_of_the_thresholds_windows():
    keys = ForecastKeys(load(f"thresholds:\n{RULE}\n- {{name: s, count: 5, window: 1m}}", "rules.yaml"))
    group = GroupRef(group_id="g", fingerprint="f", service="pay,ments", environment="e", title="t")
    assert keys
    assert list(keys.of(group)) == ["rule:r:pay%2Cments"]
    assert not ForecastKeys(load("thresholds: [{name: s, count: 5, window: 1m}]", "rules.yaml"))


@pytest.mark.parametrize("more", ["match: {severity: critical}", "group_by: hostname", "when: 'message != \"\"'"])
def test_a_forecast_is_of_what_minutes_know(more):
    with pytest.raises(RuleFileError, match="a forecast is made of counts by service"):
        load(f"thresholds: [{{name: r, window: 1h, flatline: {{below: 9%, forecast: true}}, {more}}}]", "rules.yaml")


def test_backtest_makes_the_forecasts_that_there_would_have_been():
    """Thirty an hour for a day and a half, an afternoon of many each day, and then as many at night."""
    rules = load(f"thresholds:\n{RULE}", "rules.yaml")
    start = -(-T0 // DAY) * DAY
    seconds = [
        start - T0 + hour * HOUR + n * HOUR / rate
        for hour in range(3 * 24)
        for rate in (720 if hour % 24 == 14 or hour == 51 else 60,)
        for n in range(rate)
    ]
    some = [replace(at(second), offset=n) for n, second in enumerate(seconds)]
    test = Backtest(rules, lambda alert: [])
    test.feed(some, {one.group.group_id: History(0, new=True) for one in some})
    hours = [int(one.at - start) // HOUR for one in test.firings]
    assert hours[:1] == [14], "the first afternoon is news"
    assert 51 in hours
    assert "expected" in test.firings[-1].reasons[0]


def test_hindsight_knows_the_weeks_before():
    hindsight = Hindsight({"rule:r:": counted(14)})
    now = MONDAY + 14 * DAY
    assert hindsight.forecast("rule:r:", now) == forecast_of(counted(14), now)
    assert hindsight.forecast("rule:s:", now) is None
