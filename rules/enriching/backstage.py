"""Backstage's catalog-info.yaml: its components as services, with what their systems and groups add.

https://backstage.io/docs/features/software-catalog/descriptor-format
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rules.enriching.catalogue import Facts
from rules.rulefile.problems import Problem, RuleFileError
from rules.rulefile.reading import read

__all__ = ["Entity", "parse_entities", "services_of"]

_DIVIDER = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_KINDS = frozenset({"Component", "System", "Group", "User"})
_HOSTS = {"github.com/project-slug": "https://github.com/", "gitlab.com/project-slug": "https://gitlab.com/"}
_LONGEST = 500  # characters of one text
_MOST = 100  # dependencies or links of one service
_MAX_DOCUMENTS = 5_000


class Entity(NamedTuple):
    """One document of a file: what of it is of use here."""

    kind: str
    namespace: str
    name: str
    title: str | None
    spec: Mapping[str, Any]
    annotations: Mapping[str, Any]
    links: tuple[Mapping[str, Any], ...]


def parse_entities(text: str, name: str) -> list[Entity]:
    """The entities of a file, of the kinds that say something of services.

    Args:
        text: the file, YAML, of one or more documents.
        name: what to call it in messages.

    Raises:
        RuleFileError: it is no YAML, or an entity has no kind or name.
    """
    entities: list[Entity] = []
    problems: list[Problem] = []
    for number, (line, document) in enumerate(_documents(text)):
        if number >= _MAX_DOCUMENTS:
            problems.append(Problem(line + 1, 1, f"more than {_MAX_DOCUMENTS:,} documents"))
            break
        data, _, found = read(document)
        made = _entity(data) if not found else None
        if isinstance(made, str):
            found = [Problem(1, 1, made)]
        elif made is not None:
            entities.append(made)
        problems += [Problem(line + problem.line, problem.column, problem.message) for problem in found]
    if problems:
        raise RuleFileError(name, problems)
    return entities


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document with the number of the lines before it."""
    begin = 0
    for match in [*_DIVIDER.finditer(text), None]:
        document = text[begin : match.start() if match else len(text)]
        if _says_something(document):
            yield text.count("\n", 0, begin), document
        begin = match.end() if match else 0


def _says_something(document: str) -> bool:
    lines = (line.strip() for line in document.splitlines())
    return any(line and not line.startswith(("#", "%")) and line != "..." for line in lines)


def _entity(data: Any) -> Entity | str | None:
    """The entity, what is wrong with it, or None where it is of a kind that says nothing of services."""
    if not isinstance(data, dict):
        return "an entity must be a mapping with `kind:` and `metadata:`"
    kind, metadata = data.get("kind"), _mapping(data.get("metadata"))
    if not isinstance(kind, str):
        return "`kind` is missing"
    if kind not in _KINDS:
        return None
    name = metadata.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"`metadata.name` of a {kind} is missing, or no name"
    links = metadata.get("links")
    return Entity(
        kind=kind,
        namespace=_text(metadata.get("namespace")) or "default",
        name=name,
        title=_text(metadata.get("title"))
        or _text(_mapping(_mapping(data.get("spec")).get("profile")).get("displayName")),
        spec=_mapping(data.get("spec")),
        annotations=_mapping(metadata.get("annotations")),
        links=tuple(link for link in links[:_MOST] if isinstance(link, dict)) if isinstance(links, list) else (),
    )


def services_of(entities: Iterable[Entity]) -> dict[str, Facts]:
    """The components among the entities of all files, as services."""
    known = {(one.kind, one.namespace, one.name): one for one in entities}
    return {one.name: _service(one, known) for one in known.values() if one.kind == "Component"}


_Known = dict[tuple[str, str, str], Entity]


def _service(component: Entity, known: _Known) -> Facts:
    spec = component.spec
    system = known.get(_reference(spec.get("system"), "System", component.namespace))
    facts: Facts = {
        **_ownership(component, system, known),
        "tier": _tier(component.annotations.get("seawall/tier")),
        "system": (system.title or system.name) if system else _name_in(spec.get("system")),
        "lifecycle": _text(spec.get("lifecycle")),
        "repository": _repository(component.annotations),
        **_links(component),
        "dependencies": _dependencies(spec),
    }
    return {name: value for name, value in facts.items() if value}


def _ownership(component: Entity, system: Entity | None, known: _Known) -> Facts:
    """The team, and where a person owns the component, that person as well."""
    given = component.spec.get("owner") or (system.spec.get("owner") if system else None)
    reference = _reference(given, "Group", component.namespace)
    kind, namespace, name = reference
    if not name:
        return {}
    found = known.get(reference)
    if kind != "User":
        return {"team": (found.title if found else None) or name}
    groups = found.spec.get("memberOf") if found else None
    first = _reference(groups[0], "Group", namespace) if isinstance(groups, list) and groups else ("", "", "")
    group = known.get(first)
    return {"owner": f"@{name}", "team": (group.title if group else None) or first[2]}


def _reference(given: Any, kind: str, namespace: str) -> tuple[str, str, str]:
    """`[<kind>:][<namespace>/]<name>`: https://backstage.io/docs/features/software-catalog/references."""
    text = _text(given) or ""
    before, colon, rest = text.partition(":")
    rest = rest if colon else before
    space, slash, name = rest.partition("/")
    return before.capitalize() if colon else kind, space if slash else namespace, name if slash else space


def _name_in(given: Any) -> str:
    return _reference(given, "", "")[2]


def _tier(value: Any) -> int | str | None:
    text = str(value) if isinstance(value, int) else _text(value)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 3 else text  # noqa: PLR2004 a small number


def _repository(annotations: Mapping[str, Any]) -> str | None:
    location = _text(annotations.get("backstage.io/source-location"))
    if location:
        return location.removeprefix("url:").rstrip("/")
    slugs = ((host, _text(annotations.get(name))) for name, host in _HOSTS.items())
    return next((f"{host}{slug}" for host, slug in slugs if slug), None)


def _links(component: Entity) -> Facts:
    """The links by their titles; that to the runbook by itself."""
    links: dict[str, str] = {}
    runbook = None
    for link in component.links:
        url, title = _text(link.get("url")), _text(link.get("title")) or _text(link.get("type"))
        if not url:
            continue
        if "runbook" in f"{title} {link.get('type')}".lower():
            runbook = runbook or url
        links[title or url] = url
    return {"runbook": runbook, "links": links}


def _dependencies(spec: Mapping[str, Any]) -> list[str]:
    given = [one for key in ("dependsOn", "consumesApis") if isinstance(spec.get(key), list) for one in spec[key]]
    return list(dict.fromkeys(name for one in given[:_MOST] if (name := _name_in(one))))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None
