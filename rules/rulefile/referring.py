"""Names in a rule file that stand for another part of it: each must be there."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from rules.rulefile.part import listed
from rules.rulefile.policies import OWN_KINDS
from rules.rulefile.problems import Problem
from rules.rulefile.reading import Path, Places

__all__ = ["unknown_names"]

Named = tuple[Path, str, str]  # where, of which section, the name


def unknown_names(data: dict[str, Any], places: Places) -> Iterator[Problem]:
    """Each name of a policy, schedule, user or of times that the file does not have. What is malformed is passed over.

    Args:
        data: the file's values.
        places: where they stand.
    """
    for path, section, name in _names(data):
        known = data.get(section)
        if not isinstance(known, dict) or name not in known:
            near = get_close_matches(name, known, 1) if isinstance(known, dict) else []
            hint = f"; did you mean `{near[0]}`?" if near else ""
            yield Problem(*_place(places, path), f"there is no `{name}` in `{section}`{hint}")


def _place(places: Places, path: Path) -> tuple[int, int]:
    return places.get(path) or places[path[:-1]]  # a single one that stands for a list of one


def _names(data: dict[str, Any]) -> Iterator[Named]:
    yield from _of_routes(data.get("routes"), ("routes",))
    for name, schedule in _mapping(data.get("schedules")):
        yield from _of_schedule(schedule, ("schedules", name))
    for name, policy in _mapping(data.get("policies")):
        yield from _of_policy(policy, ("policies", name))


def _of_routes(routes: Any, path: Path) -> Iterator[Named]:
    for index, route in _items(routes):
        if isinstance(route, dict):
            if isinstance(route.get("policy"), str):
                yield (*path, index, "policy"), "policies", route["policy"]
            yield from _of_routes(route.get("routes"), (*path, index, "routes"))


def _of_schedule(schedule: dict[str, Any], path: Path) -> Iterator[Named]:
    for index, layer in _items(schedule.get("layers")):
        for place, together in _items(layer.get("users") if isinstance(layer, dict) else None):
            yield from _each(together, (*path, "layers", index, "users", place), "users")
    for index, override in _items(schedule.get("overrides")):
        if isinstance(override, dict):
            yield from _each(override.get("users"), (*path, "overrides", index, "users"), "users")


def _of_policy(policy: dict[str, Any], path: Path) -> Iterator[Named]:
    for index, step in _items(policy.get("steps")):
        if not isinstance(step, dict):
            continue
        here = (*path, "steps", index)
        for place, _, target in _each(step.get("notify"), (*here, "notify"), ""):
            kind, colon, name = target.partition(":")
            if colon and kind in OWN_KINDS and name:
                yield place, f"{kind}s", name
        condition = step.get("if")
        if isinstance(condition, dict):
            yield from _each(condition.get("times"), (*here, "if", "times"), "times")


def _each(names: Any, path: Path, section: str) -> Iterator[Named]:
    for index, name in enumerate(listed(names)):
        if isinstance(name, str):
            yield (*path, index), section, name


def _items(value: Any) -> Iterator[tuple[int, Any]]:
    return iter(enumerate(value if isinstance(value, list) else []))


def _mapping(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield from ((name, inner) for name, inner in value.items() if isinstance(inner, dict))
