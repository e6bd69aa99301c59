"""Text -> RuleFile, or every problem with its line and column."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from rules.rulefile.model import RuleFile
from rules.rulefile.problems import Problem, RuleFileError
from rules.rulefile.reading import Path, Places, read
from rules.rulefile.referring import unknown_names
from rules.rulefile.validating import validated

__all__ = ["load", "load_default"]


def load(text: str, name: str) -> RuleFile:
    """The rules that `text` holds.

    Args:
        text: The file, YAML.
        name: What to call the file in messages.

    Raises:
        RuleFileError: Something is wrong with it; it names every problem that was found.
    """
    data, places, problems = read(text)
    if not problems and not isinstance(data, dict):
        problems.append(Problem(1, 1, "the file must be a mapping with keys such as `alerts:` and `routes:`"))
    rules = None
    if isinstance(data, dict):
        problems.extend(_repeated_names(data, places))
        problems.extend(unknown_names(data, places))
        rules, found = validated(RuleFile, data, places)
        # What YAML could not read was reported already, and fails here for want of a value.
        told = {(problem.line, problem.column) for problem in problems}
        problems.extend(problem for problem in found if (problem.line, problem.column) not in told)
    if problems or rules is None:
        raise RuleFileError(name, list(dict.fromkeys(problems)))
    return rules


@cache
def load_default() -> RuleFile:
    """The built-in rules: they hold where there is no rule file. They come with the code, as a constant would."""
    text = files("rules").joinpath("default_rules.yaml").read_text(encoding="utf-8")
    return load(text, "default_rules.yaml")


def _repeated_names(data: dict[str, Any], places: Places) -> Iterator[Problem]:
    """An incident is known by its rule's name, and a drop by its filter's, so that a name must stand for one rule."""
    yield from _repeated(places, {("alerts",): data.get("alerts"), ("thresholds",): data.get("thresholds")})
    filters = data.get("filters")
    if isinstance(filters, dict):
        yield from _repeated(places, {("filters", part): filters.get(part) for part in ("presets", "rules")})


def _repeated(places: Places, sections: dict[Path, Any]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for path, rules in sections.items():
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            name = rule.get("name") if isinstance(rule, dict) else rule
            if not isinstance(name, str):
                continue
            line, column = places.get((*path, index, "name")) or places[(*path, index)]
            if name in seen:
                yield Problem(line, column, f"the name `{name}` is taken by the rule in line {seen[name]}")
            seen.setdefault(name, line)
