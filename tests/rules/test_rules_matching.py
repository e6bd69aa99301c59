"""Matches: what fits what."""

from typing import Any

import pytest
from rule_samples import occurrence

from models.severity import Severity
from rules.matching import FACT_FIELDS, OCCURRENCE_FIELDS, compile_match, severities


@pytest.mark.parametrize(
    ("match", "facts", "fits"),
    [
        ({}, {}, True),
        ({"service": ("payments",)}, {"service": "payments"}, True),
        ({"service": ("payments",)}, {"service": "Payments"}, True),
        ({"service": ("payments",)}, {"service": "payments-eu"}, False),
        ({"service": ("payments-*",)}, {"service": "payments-eu"}, True),
        ({"service": ("payments-*",)}, {"service": "my-payments-eu"}, False),
        ({"service": ("cart", "pay*")}, {"service": "payments"}, True),
        ({"service": ("cart", "search?")}, {"service": "search1"}, True),
        ({"service": ("*",)}, {"service": None}, False),
        ({"service": ("*",)}, {}, False),
        ({"service": ("a",), "type": ("b",)}, {"service": "a", "type": "c"}, False),
        ({"title": ("*card*",)}, {"title": "no such\ncard here"}, True),
        ({"severity": (">=error",)}, {"severity": Severity.ERROR}, True),
        ({"severity": (">=error",)}, {"severity": "critical"}, True),
        ({"severity": (">=error",)}, {"severity": Severity.WARNING}, False),
        ({"severity": ("debug", "critical")}, {"severity": "critical"}, True),
    ],
)
def test_match(match: dict[str, Any], facts: dict[str, Any], fits: bool) -> None:
    assert compile_match(match, FACT_FIELDS)(facts) is fits


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"service": ("payments",)}, True),
        ({"environment": ("prod*",), "severity": ("critical",)}, True),
        ({"hostname": ("web-*",)}, True),
        ({"hostname": ("db-*",)}, False),
        ({"type": ("ValueError",)}, True),
        ({"release": ("1.*",)}, False),
    ],
)
def test_match_of_an_occurrence(match: dict[str, Any], fits: bool) -> None:
    assert compile_match(match, OCCURRENCE_FIELDS)(occurrence(hostname="web-1")) is fits


def test_levels() -> None:
    assert severities([">=error"]) == {Severity.ERROR, Severity.CRITICAL}
    assert severities(["INFO", ">= critical"]) == {Severity.INFO, Severity.CRITICAL}
    assert severities(["*"]) == set(Severity)
    with pytest.raises(ValueError):
        severities(["fatal"])
