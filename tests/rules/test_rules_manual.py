"""The manual's examples are rules that load."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.routing import Router
from rules.rulefile import load
from rules.times import Windows

TEXT = (Path(__file__).parents[2] / "docs" / "alerting.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_loads(example: str) -> None:
    load(example, "docs/alerting.md")


def test_the_examples_make_one_file() -> None:
    rules = load("\n".join(EXAMPLES), "docs/alerting.md")
    assert (len(rules.alerts), len(rules.thresholds), len(rules.escalation.ladder), len(rules.routes)) == (4, 7, 6, 3)
    assert (len(rules.times), len(rules.inhibitions), len(rules.maintenance)) == (1, 1, 1)


WORKED = [
    ({"service": "payments-eu", "severity": "critical"}, ["pagerduty:default", "slack:#shop", "slack:#money"]),
    ({"service": "cart", "environment": "staging", "severity": "error"}, ["slack:#staging"]),
    ({"service": "search", "environment": "production", "severity": "error"}, ["slack:#alerts"]),
    ({"service": "search", "environment": "test", "severity": "error"}, ["slack:#alerts"]),
]


@pytest.mark.parametrize(("facts", "channels"), WORKED)
def test_the_routes_do_what_the_page_says(facts: dict[str, str | None], channels: list[str]) -> None:
    router = Router(load("\n".join(EXAMPLES), "docs/alerting.md"))
    assert router.channels(facts) == channels


def test_the_window_is_on_the_first_sunday_by_the_clock_in_berlin() -> None:
    [maintenance] = load("\n".join(EXAMPLES), "docs/alerting.md").maintenance
    windows = Windows(maintenance)
    for opens in (datetime(2026, 2, 1, 1, tzinfo=UTC), datetime(2026, 7, 5, 0, tzinfo=UTC)):
        at = opens.timestamp()
        assert (windows.at(at - 1), windows.at(at), windows.at(at + 7200)) == (None, (at, at + 7200), None)
    assert windows.at(datetime(2026, 2, 8, 1, tzinfo=UTC).timestamp()) is None
