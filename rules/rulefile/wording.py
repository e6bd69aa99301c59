"""Validation errors in plain words."""

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from rules.rulefile.durations import say_duration

__all__ = ["word"]

DURATIONS = (
    "window",
    "hold",
    "for",
    "after",
    "up_to",
    "calm",
    "resolve_after",
    "activity_every",
)  # keys whose limits are durations


def word(error: Any, root: type[BaseModel]) -> str:  # noqa: C901, PLR0911, PLR0912 - a table, one line an error
    """One of pydantic's errors, said to a person who knows YAML and not Python. `root` is the model of the file."""
    kind, loc, value, context = error["type"], error["loc"], error["input"], error.get("ctx", {})
    match kind:
        case "missing":
            return f"`{loc[-1]}` is missing"
        case "extra_forbidden":
            return _unknown_key(loc, root)
        case "within_text":
            return str(context["said"])
        case "value_error":
            return str(context["error"])
        case "literal_error" | "enum":
            return _none_of(value, context["expected"])
        case "string_type":
            return f"must be text, not {_shown(value)}" + (
                "; write it in quotes" if isinstance(value, int | float) else ""
            )
        case "string_pattern_mismatch" if loc[-1] == "name":
            return f"{_shown(value)} is no name: letters, digits, `.`, `_` and `-`"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"must be a mapping (`key: value`), not {_shown(value)}"
        case "tuple_type" | "list_type":
            return f"must be a list, not {_shown(value)}"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"must be a whole number, not {_shown(value)}"
        case "too_short":
            return "must not be empty"
        case "greater_than_equal":
            return f"must be {_limit(loc[-1], context['ge'])} or more"
        case "greater_than":
            return f"must be more than {_limit(loc[-1], context['gt'])}"
        case "less_than_equal":
            return f"must be {_limit(loc[-1], context['le'])} or less"
        case "bool_type" | "bool_parsing":
            return f"must be true or false, not {_shown(value)}"
    return str(error["msg"]).replace("Input should", "must").replace("should", "must")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return f"`{str(value)[:60]}`"


def _limit(key: str | int, limit: float) -> str:
    return say_duration(limit) if key in DURATIONS else str(limit).removesuffix(".0")


def _none_of(value: Any, expected: str) -> str:
    choices = [choice.strip(" '\"") for part in expected.split(" or ") for choice in part.split(",")]
    near = get_close_matches(str(value).lower(), choices, 1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"{_shown(value)} is none of {', '.join(choices)}{hint}"


def _unknown_key(loc: tuple[str | int, ...], root: type[BaseModel]) -> str:
    key = str(loc[-1])
    near = get_close_matches(key.lower(), _keys_at(loc[:-1], root), 1, 0.5)
    return f"unknown key `{key}`" + (f"; did you mean `{near[0]}`?" if near else "")


def _keys_at(loc: tuple[str | int, ...], root: type[BaseModel]) -> list[str]:
    """The keys that may stand in the mapping at `loc`."""
    model = root
    for part in loc:
        for name, field in model.model_fields.items():
            if part in (name, field.alias) and (inner := _model_in(field.annotation)):
                model = inner
                break
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
