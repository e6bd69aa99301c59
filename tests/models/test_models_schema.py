"""The published schema is the model's, and what it promises is taken."""

from pathlib import Path

import jsonschema
import orjson
import pytest

from models.schema import ALIASES, error_event_schema
from rules.normalizing import normalize

PUBLISHED = Path(__file__).parents[2] / "docs/schema/error-event.schema.json"
PLAIN = {"tags": {"a": "b"}, "extra": {"a": 1}, "line_number": 7, "severity": "critical", "timestamp": 1_700_000_000.0}


def test_the_published_schema_is_current():
    """Otherwise: python -m models.schema > docs/schema/error-event.schema.json."""
    assert orjson.loads(PUBLISHED.read_bytes()) == error_event_schema()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(error_event_schema())


def test_a_small_event_is_valid_and_an_empty_one_is_not():
    validator = jsonschema.Draft202012Validator(error_event_schema())
    assert validator.is_valid({"message": "no money left", "service": "shop"})
    assert validator.is_valid({"errorMessage": "x", "error_type": "ValueError"})
    assert not validator.is_valid({"service": "shop"})


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in ALIASES.items() for name in names])
def test_every_alias_that_it_names_is_taken(field, name):
    if field == "exception":
        value, expected = [{"type": "ValueError", "value": "x"}], [{"type": "ValueError", "value": "x"}]
    else:
        value = expected = PLAIN.get(field, "some-value")
    required = {"error_type": "ValueError"} if field == "message" else {"message": "no money left"}
    (draft,) = normalize(orjson.dumps({**required, name: value}), {})
    assert draft[field] == expected
