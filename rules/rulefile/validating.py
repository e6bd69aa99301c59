"""Values read from YAML, made into a model; every mistake in plain words, at its line and column."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rules.rulefile.problems import Problem
from rules.rulefile.reading import KEY, TEXT, Path, Places
from rules.rulefile.wording import word

__all__ = ["validated"]

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], data: Any, places: Places) -> tuple[Model | None, list[Problem]]:
    """The model, or what is wrong.

    Args:
        model: what the file is to be.
        data: its values, from `rules.rulefile.reading`.
        places: where they stand.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as exc:
        errors = [error for error in exc.errors(include_url=False) if not _follows(error)]
        return None, [Problem(*_find(places, error), word(error, model)) for error in errors]


def _find(places: Places, error: Any) -> tuple[int, int]:
    """The place of an error: the key's for an unknown key, else the value's, else that of what encloses it."""
    path: Path = ()
    for part in error["loc"]:
        if (*path, part) in places:  # what is not in the file is pydantic's own, or a missing key
            path = (*path, part)
    if error["type"] == "within_text" and (*path, TEXT) in places:
        line, column = places[(*path, TEXT)]
        within = error["ctx"]
        # Only a block has several lines, and each of them is indented as the first.
        return line + within["line"] - 1, column + within["column"] - 1
    if error["type"] == "extra_forbidden" or error["input"] is None:
        return places.get((*path, KEY), places[path])
    return places[path]


def _follows(error: Any) -> bool:
    """Whether an error only follows from others: a list that is too short without its invalid items."""
    return error["type"] == "too_short" and bool(len(error["input"]) >= error["ctx"]["min_length"])
