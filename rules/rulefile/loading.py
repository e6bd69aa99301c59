"""Text -> RuleFile, or every problem with its file, line and column."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from rules.rulefile.document import Document, Source
from rules.rulefile.model import RuleFile
from rules.rulefile.problems import Problem, RuleFileError
from rules.rulefile.reading import Path
from rules.rulefile.referring import unknown_names
from rules.rulefile.validating import validated

__all__ = ["load", "load_all", "load_default"]


def load(text: str, name: str) -> RuleFile:
    """The rules that `text` holds.

    Args:
        text: The file, YAML.
        name: What to call the file in messages.

    Raises:
        RuleFileError: Something is wrong with it; it names every problem that was found.
    """
    return load_all([Source(name, text)])


def load_all(sources: Sequence[Source]) -> RuleFile:
    """The rules that several files hold together.

    Args:
        sources: at least one; what their lists hold keeps their order.

    Raises:
        RuleFileError: something is wrong with them; it names every problem that was found, by its file.
    """
    document = Document.of(sources)
    problems = list(document.problems)
    rules = None
    if document.places:
        problems.extend(_repeated_names(document))
        problems.extend(unknown_names(document.data, document.places))
        rules, found = validated(RuleFile, document.data, document.places)
        # What YAML could not read was reported already, and fails here for want of a value.
        told = {(problem.line, problem.column) for problem in problems}
        problems.extend(problem for problem in found if (problem.line, problem.column) not in told)
    if problems or rules is None:
        raise RuleFileError(sources[0].name, [document.told(problem) for problem in sorted(set(problems))])
    return rules


@cache
def load_default() -> RuleFile:
    """The built-in rules: they hold where there is no rule file. They come with the code, as a constant would."""
    text = files("rules").joinpath("default_rules.yaml").read_text(encoding="utf-8")
    return load(text, "default_rules.yaml")


def _repeated_names(document: Document) -> Iterator[Problem]:
    """An incident is known by its rule's name, and a drop by its filter's, so that a name must stand for one rule."""
    data = document.data
    yield from _repeated(document, {("alerts",): data.get("alerts"), ("thresholds",): data.get("thresholds")})
    filters = data.get("filters")
    if isinstance(filters, dict):
        yield from _repeated(document, {("filters", part): filters.get(part) for part in ("presets", "rules")})


def _repeated(document: Document, sections: dict[Path, Any]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for path, rules in sections.items():
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            name = rule.get("name") if isinstance(rule, dict) else rule
            if not isinstance(name, str):
                continue
            line, column = document.places.get((*path, index, "name")) or document.places[(*path, index)]
            if name in seen:
                yield Problem(line, column, f"the name `{name}` is taken by the rule in {document.line(seen[name])}")
            seen.setdefault(name, line)
