"""The service catalogue: what is known of each service, from a file of one's own and from Backstage's."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from rules.rulefile.part import Part, listed, one_or_more
from rules.rulefile.problems import Problem, RuleFileError
from rules.rulefile.reading import read
from rules.rulefile.validating import validated

__all__ = ["Catalogue", "Facts", "merged", "parse_catalogue"]

Facts = dict[str, Any]
"""What is known of a service, under the names of `Service`, without what is not known."""

_KNOWN = 4_096  # services remembered
Text = Annotated[str, Field(min_length=1, max_length=500)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(max_length=100, json_schema_extra=one_or_more)]


class Service(Part):
    """One service."""

    team: Text | None = Field(None, description="who runs it")
    owner: Text | None = Field(None, description="who is asked first")
    tier: Annotated[int | Text, Field()] | None = Field(None, description="how much depends on it; 1 is most")
    system: Text | None = Field(None, description="what it is a part of")
    lifecycle: Text | None = Field(None, description="experimental, production, deprecated …")
    language: Text | None = Field(None, description="what it is mostly written in")
    runbook: Text | None = Field(None, description="where it says what to do")
    repository: Text | None = Field(None, description="where its code is: a URL")
    clone: Text | None = Field(
        None, description="a clone of it on this machine, for suspect commits; not shown with errors"
    )
    folder: Text | None = Field(None, description="its folder within the repository")
    dependencies: Texts = Field((), description="what it calls")
    links: Mapping[Text, Text] = Field({}, max_length=50, description="name and URL: dashboards, logs …")


class _File(Part):
    services: Mapping[Text, Service] = Field({}, max_length=10_000)


class Catalogue:
    """All services that are known."""

    HIDDEN: Final = frozenset({"clone", "folder"})

    def __init__(self, services: Mapping[str, Facts] | None = None) -> None:
        """Args: services: by name; `*` and `?` in one are wild, and letter case does not count."""
        self._exact: dict[str, Facts] = {}
        self._wild: list[tuple[re.Pattern[str], Facts]] = []
        for name, facts in (services or {}).items():
            if any(char in name for char in "*?["):
                self._wild.append((re.compile(translate(name.lower())), facts))
            else:
                self._exact.setdefault(name.lower(), facts)
        self._known: dict[str, Facts] = {}
        self.has_clones = any(facts.get("clone") for facts in (services or {}).values())

    def __len__(self) -> int:
        return len(self._exact) + len(self._wild)

    def find(self, service: str) -> Facts:
        """What is known of a service; nothing where it is not known."""
        found = self._known.get(service)
        return self._find(service) if found is None else found

    def _find(self, service: str) -> Facts:
        low = service.lower()
        found = self._exact.get(low)
        if found is None:
            found = next((facts for pattern, facts in self._wild if pattern.match(low)), {})
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known[service] = found
        return found


def parse_catalogue(text: str, name: str) -> dict[str, Facts]:
    """The services of a catalogue file.

    Args:
        text: the file, YAML: `services:` with a mapping of names to `Service`.
        name: what to call it in messages.

    Raises:
        RuleFileError: something is wrong with it.
    """
    data, places, problems = read(text)
    file: _File | None = None
    if not problems and not isinstance(data, dict):
        problems = [Problem(1, 1, "the file must be a mapping with the key `services:`")]
    if not problems:
        file, problems = validated(_File, data, places)
    if problems or file is None:
        raise RuleFileError(name, problems)
    return {service: _facts(found) for service, found in file.services.items()}


def _facts(service: Service) -> Facts:
    made = service.model_dump(exclude_none=True)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in made.items() if value}


def merged(catalogues: Iterable[Mapping[str, Facts]]) -> Catalogue:
    """One catalogue of several; what an earlier one says of a service stands, and later ones add to it."""
    services: dict[str, Facts] = {}
    for catalogue in catalogues:
        for name, facts in catalogue.items():
            services[name] = {**facts, **services.get(name, {})}
    return Catalogue(services)
