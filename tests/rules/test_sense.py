"""Rules that are right as they are written and cannot be meant."""

from pathlib import Path

import pytest

from models.severity import Severity
from rules.rulefile import Source, load, load_default
from rules.rulefile.sense import doubts

NEVER = "can never fire: "
BELOW = f"{NEVER}events below warning are not stored (SEAWALL_MINIMUM_SEVERITY)"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{name: a, window: 1m, count: 1}", ["2:3: always fires: one event of any kind is enough"]),
        ("{name: a, window: 1m, count: 1, match: {service: shop}}", []),
        ("{name: a, window: 1m, count: 2}", []),
        ("{name: a, window: 1m, count: 5, match: {severity: [info, debug]}}", [f"2:53: {BELOW}"]),
        ("{name: a, window: 1m, count: 5, match: {severity: [info, error]}}", []),
        ("{name: a, window: 1m, count: 5, when: severity == 'info'}", [f"2:41: {BELOW}"]),
        ("{name: a, window: 1m, count: 5, when: severity >= 'info'}", []),
        (
            "{name: a, window: 1m, count: 5, match: {service: cart*}, when: service == 'shop'}",
            [f"2:66: {NEVER}it asks for a service that `match` does not let through"],
        ),
        ("{name: a, window: 1m, count: 5, match: {service: sh*}, when: service == 'shop'}", []),
        ("{name: a, window: 1m, count: 5, match: {service: cart}, when: service == 'shop' || tags.a == 'b'}", []),
        (
            "{name: a, window: 1m, count: 5, match: {severity: critical}, when: severity == 'error'}",
            [f"2:70: {NEVER}it asks for a severity that `match` does not let through"],
        ),
        ("{name: a, window: 1m, count: 5, when: 1 > 2}", [f"2:41: {NEVER}the condition is never true"]),
        ("{name: a, window: 1m, count: 5, when: 1 < 2}", ["2:41: is true of every event"]),
        (
            "{name: a, window: 1m, group_by: service, distinct: {of: service, count: 3}}",
            [f"2:3: {NEVER}counted apart by service, there is only one"],
        ),
        ("{name: a, window: 1m, group_by: service, distinct: {of: user_id, count: 3}}", []),
        (
            "{name: a, window: 1m, rate: {above: 10%, of: errors}}",
            ["2:3: always fires: without `match` and `when` it is about all errors, which are 100% of themselves"],
        ),
        (
            "{name: a, window: 1m, match: {type: A}, rate: {above: 100%, of: errors}}",
            [f"2:3: {NEVER}no share of all errors is above 100%"],
        ),
        ("{name: a, window: 1m, match: {type: A}, rate: {above: 10%, of: errors}}", []),
        ("{name: a, window: 1m, count: 5, mute: true}", ["2:3: is muted for good: nobody is ever told"]),
    ],
)
def test_a_threshold(rule: str, said: list[str]) -> None:
    text = f"thresholds:\n- {rule}"
    found = doubts([Source("rules.yaml", text)], load(text, "rules.yaml"), Severity.WARNING)
    assert [f"{one.line}:{one.column}: {one.message}" for one in found] == said


def test_an_alert_rule_behind_one_that_takes_all() -> None:
    text = (
        "alerts:\n- {name: all, on: [new, storm]}\n- {name: shop, on: new, match: {service: shop}}\n"
        "- {name: back, on: regressed}\n- {name: quiet, on: regressed, match: {severity: debug}}"
    )
    found = doubts([Source("rules.yaml", text)], load(text, "rules.yaml"), Severity.WARNING)
    assert [(one.line, one.message) for one in found] == [
        (3, "never gives an incident its name: `all` takes all of them before"),
        (5, BELOW),
        (5, "never gives an incident its name: `back` takes all of them before"),
    ]


def test_the_built_in_rules_make_sense() -> None:
    text = Path("rules.yaml").read_text()
    assert doubts([Source("rules.yaml", text)], load_default(), Severity.WARNING) == []
