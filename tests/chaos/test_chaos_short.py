"""A short chaos run: each kind of blow once, and every number agrees. `make chaos` does fifty rounds by chance."""

import pytest

from tests.chaos.run import chaos, options_of


@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_counted_twice_whatever_is_killed(new_folder):
    blows = ["kill a worker", "kill postgres", "freeze a worker", "kill the notifier", "kill the broker"]
    arguments = ["--rate", "150", "--kinds", "6", "--pause", "1", "3", "--sequence", *blows, "terminate a worker"]
    options = options_of(arguments)
    report, wrong = await chaos(options, new_folder)
    assert wrong == [], report
    assert report["distinct events"] > 1000
    assert report["rounds"] == 6
