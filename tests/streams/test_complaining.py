"""Conditions that fail are counted once."""

import orjson
from prometheus_client import REGISTRY

from models.event import Origin
from models.occurrence import Occurrence
from models.severity import Severity
from rules.feeding import Thresholds
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare
from rules.rulefile import load
from streams.complaining import Complaints

RULE = "thresholds: [{name: strange, when: extra.answer > 5, count: 5, window: 1m}]"


def event(answer: object) -> Occurrence:
    config = PrepareConfig(masker=Masker(), minimum_severity=Severity.DEBUG, lateness=9e9, retention=9e9, hash_key=b"k")
    value = orjson.dumps({"service": "s", "message": "m", "extra": {"answer": answer}})
    origin = Origin.model_construct(topic="errors", partition=0, offset=0)
    (found,) = prepare(value, {}, origin, 1_763_900_000.0, config)
    assert isinstance(found, Occurrence)
    return found


def counted() -> float:
    return REGISTRY.get_sample_value("seawall_conditions_failed_total", {"rule": "strange"}) or 0.0


def test_each_failure_is_counted_once_also_after_the_rules_changed() -> None:
    first, complaints, before = Thresholds(load(RULE, "r")), Complaints(), counted()
    for answer in ("many", 7, "few"):
        first.feeds(event(answer))
    assert complaints.look(first) == {"strange": 2}
    assert complaints.look(first) == {}
    first.feeds(event("some"))
    assert complaints.look(first) == {"strange": 1}
    second = Thresholds(load(RULE, "r"))
    second.feeds(event("none"))
    assert complaints.look(second) == {"strange": 1}
    assert counted() - before == 4
