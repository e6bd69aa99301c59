"""A condition's text, read and checked by CEL's own library."""

import re
from difflib import get_close_matches
from typing import Any

from rules.conditions.problem import ConditionError
from rules.conditions.schema import FIELDS, environment, fields_of
from rules.conditions.tree import Tree

__all__ = ["MAX_LENGTH", "check"]

MAX_LENGTH = 2_000  # characters

_PROBLEM = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_UNDEFINED = re.compile(r"undefined field '([^']*)' not found in struct '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '([^']*)'")
_OPERATOR = re.compile(r"^[_@]?(\W+|in)_?(?:\W_)?$")


def check(text: str) -> Tree:
    """The checked condition.

    Raises:
        ConditionError: it is too long, no expression, asks for what is not there, or is neither true nor false.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"the condition is longer than {MAX_LENGTH:,} characters")
    try:
        compiled = environment().compile(text)
    except UnicodeEncodeError:
        raise ConditionError("the condition holds what is no character") from None
    except (RuntimeError, TypeError) as problem:
        raise _worded(str(problem)) from None
    kind = compiled.return_type().name()
    if kind not in {"BOOL", "DYN"}:
        raise ConditionError(f"a condition must be true or false, not {_type(kind)}")
    return Tree(compiled.serialize())


def _worded(problem: str) -> ConditionError:
    """The first of the library's problems, said to a person who knows our fields."""
    found = _PROBLEM.search(problem)
    if found is None or int(found[1]) < 1:
        deep = "recursion" in problem
        return ConditionError("the condition is nested too deeply" if deep else "the condition cannot be read")
    line, column, said = int(found[1]), int(found[2]), found[3].removesuffix(" [INVALID_ARGUMENT]")
    if match := _UNDECLARED.search(said):
        said = f"unknown field or function `{match[1]}`{_near(match[1], FIELDS)}"
        column = max(1, column)
    elif match := _UNDEFINED.search(said):
        said = f"there is no field `{match[1]}` here{_near(match[1], fields_of(match[2]))}"
    elif match := _OVERLOAD.search(said):
        said = f"{_spoken(match[1])} does not go with {_type(match[2])}"
        if "null" in match[2]:
            said += '; a text that is absent is "", a number 0: compare with these, or ask has(…)'
    else:
        said = said.removeprefix("Syntax error: ").split(" expecting ")[0]
    return ConditionError(said, line, column)


def _near(name: str, names: Any) -> str:
    near = get_close_matches(name, list(names), 1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _spoken(function: str) -> str:
    match = _OPERATOR.match(function)
    return f"`{match[1].strip('_') if match else function}`"


def _type(text: str) -> str:
    return text.replace("seawall.", "").lower()
