"""Rules as customers ask for them, by their words."""

import msgspec
import pytest
from rule_samples import GROUP, T0, combined
from watching import Watching, at

from models.severity import Severity
from rules import deduping, escalating
from rules.deduping import DedupeConfig
from rules.escalating import EscalateConfig
from rules.rulefile import load


@pytest.mark.parametrize(
    ("seconds", "level", "fires"),
    [
        ((0, 15, 30, 45, 59), Severity.CRITICAL, True),
        ((0, 15, 30, 45), Severity.CRITICAL, False),
        ((0, 30, 60, 90, 120), Severity.CRITICAL, False),
        ((0, 15, 30, 45, 59), Severity.ERROR, False),
    ],
)
def test_5_critical_errors_in_1_minute(seconds: tuple[int, ...], level: Severity, fires: bool) -> None:
    watching = Watching("- {name: r, match: {severity: critical}, count: 5, window: 1m, group_by: service}")
    watching.feed_in_turn(at(second, severity=level) for second in seconds)
    assert watching.kinds == (["over"] if fires else [])


@pytest.mark.parametrize(
    ("environment", "new", "new_type", "fires"),
    [
        ("production", True, True, True),
        ("production", True, False, False),  # of a type that is known there
        ("production", False, False, False),
        ("staging", True, True, False),
    ],
)
def test_new_error_type_in_production(environment: str, new: bool, new_type: bool, fires: bool) -> None:
    rules = load("alerts: [{name: r, on: new_type, match: {environment: production}}]", "rules.yaml")
    record = combined(
        {0: T0}, new=new, new_type=new_type, group=msgspec.structs.replace(GROUP, environment=environment)
    )
    _, signals = deduping.observe(None, record, DedupeConfig.of(rules))
    alerts = [alert for one in signals for alert in escalating.observe(None, one, EscalateConfig.of(rules))[1]]
    assert [(alert.kind, alert.rule) for alert in alerts] == ([("open", "r")] if fires else [])
    if fires:
        assert alerts[0].reasons == ["new type of error in production: ValueError"]


# "Error rate above 1 %": tests/rules/test_traffic.py, and through the running job tests/streams/test_job_thresholds.py.
