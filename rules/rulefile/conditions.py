"""Conditions as they stand in the rule file: checked when it is read, every mistake at its line and column."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from rules.conditions import Condition, ConditionError

__all__ = ["When"]

_LONGEST = 2_000


def _checked(text: str) -> str:
    try:
        Condition(text)
    except ConditionError as problem:
        where = {"said": problem.message, "line": problem.line, "column": problem.column}
        raise PydanticCustomError("within_text", "{said}", where) from None
    return text


When = Annotated[
    str,
    AfterValidator(_checked),
    Field(min_length=1, max_length=_LONGEST, json_schema_extra={"examples": ['error_type == "TimeoutError"']}),
]
"""A condition in CEL about an event's fields, such as `error_type == "TimeoutError" && tags.region == "eu"`."""
