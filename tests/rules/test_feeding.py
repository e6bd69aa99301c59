"""Which events a threshold counts, by its condition."""

from typing import Any

import orjson
import pytest
from rule_samples import occurrence

from models.occurrence import Occurrence
from models.severity import Severity
from rules.feeding import Thresholds
from rules.rulefile import RuleFileError, load

EVENT = {
    "service": "payments",
    "environment": "production",
    "error_type": "TimeoutError",
    "severity": "critical",
    "message": "provider did not answer within 30 s",
    "logger": "pay.card",
    "tags": {"region": "eu"},
    "enrichment": {"tier": 1},
    "request": {"url": "https://shop.example/pay", "headers": {"X-Tenant": "7"}},
}


def event(**fields: Any) -> Occurrence:
    return occurrence(error_type="TimeoutError", payload=orjson.dumps({**EVENT, **fields}))


def rule(when: str, more: str = "") -> Thresholds:
    return Thresholds(load(f"thresholds:\n- name: r\n  count: 5\n  window: 1m\n{more}  when: '{when}'", "rules.yaml"))


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ('logger == "pay.card"', True),
        ('logger == "pay.cash"', False),
        ('error_type == "TimeoutError" && tags.region == "eu"', True),
        ('error_type == "KeyError" && tags.region == "eu"', False),
        ('error_type == "KeyError" || tags.region == "eu"', True),
        ("enrichment.tier == 1", True),
        ("enrichment.tier == 2", False),
        ('severity >= "error"', True),
        ('message.matches("within [0-9]+ s")', True),
        ('request.headers["x-tenant"] == "7"', True),
        ('user_id == ""', True),
        ('user_id != ""', False),
        ('release == ""', True),  # the event has none, though its group may
        ('release == "1.20"', False),
    ],
)
def test_a_condition_may_ask_for_any_field(when: str, counts: bool) -> None:
    assert bool(rule(when).feeds(event())) is counts


def test_match_and_condition_must_both_hold() -> None:
    both = rule('tags.region == "eu"', "  match: {service: payments, severity: critical}\n")
    assert both.feeds(event())
    assert not both.feeds(event(tags={"region": "us"}))
    assert not both.feeds(occurrence(service="cart", payload=orjson.dumps(EVENT)))
    assert not both.feeds(occurrence(severity=Severity.ERROR, payload=orjson.dumps(EVENT)))


def test_each_occurrence_is_asked_by_its_own_event() -> None:
    eu = rule('tags.region == "eu"')
    asked = [event(tags={"region": region}) for region in ("eu", "us", "eu")]
    assert [bool(eu.feeds(one)) for one in asked] == [True, False, True]


def test_what_cannot_be_answered_counts_for_nothing_and_is_said() -> None:
    strange = rule("extra.answer > 5")
    assert strange.failures() == {}
    assert not strange.feeds(event(extra={"answer": "many"}))
    assert strange.failures() == {"r": 1}
    assert strange.feeds(event(extra={"answer": 7}))


def test_a_mistake_is_told_where_it_stands() -> None:
    text = "thresholds:\n- name: r\n  count: 5\n  window: 1m\n  when: |\n    true &&\n      tag.x == 'a'"
    with pytest.raises(RuleFileError) as refused:
        load(text, "rules.yaml")
    assert refused.value.lines() == ["rules.yaml:7:10: unknown field or function `tag.x`; did you mean `tags`?"]
