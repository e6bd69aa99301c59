"""The section `enrichment` of the rule file: where to look up what producers do not know."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from rules.enriching.ownership import parse_ownership
from rules.rulefile.part import Part, Patterns, listed, one_or_more

__all__ = ["CodeOwnersFile", "EnrichmentRules", "UserLookup"]

_MAX_PATH = 1_000
_MAX_RULES = 2_000

FilePath = Annotated[str, Field(min_length=1, max_length=_MAX_PATH)]
Files = Annotated[tuple[FilePath, ...], BeforeValidator(listed), Field(max_length=200, json_schema_extra=one_or_more)]
Prefixes = Annotated[tuple[FilePath, ...], BeforeValidator(listed), Field(max_length=50, json_schema_extra=one_or_more)]


def _lines(value: Any) -> Any:
    """A text as its lines; a list of lines stays one."""
    return value.splitlines() if isinstance(value, str) else value


def _readable(lines: tuple[str, ...]) -> tuple[str, ...]:
    _, problems = parse_ownership(lines)
    if problems:
        raise ValueError("; ".join(f"line {problem.line} of it: {problem.message}" for problem in problems))
    return lines


def _text_or_list(schema: dict[str, Any]) -> None:
    item = schema.pop("items")
    schema["anyOf"] = [{"type": "string"}, {"type": schema.pop("type"), "items": item}]


OwnerLines = Annotated[
    tuple[str, ...],
    BeforeValidator(_lines),
    AfterValidator(_readable),
    Field(max_length=_MAX_RULES, json_schema_extra=_text_or_list),
]


class CodeOwnersFile(Part):
    """A CODEOWNERS file, and how the paths of frames become those of its repository."""

    file: FilePath = Field(description="where it lies; relative to the rule file")
    service: Patterns = Field((), description="only for errors of these services")
    syntax: Literal["github", "gitlab"] | None = Field(
        None, description="how it is read; unset: gitlab where it has sections"
    )
    strip: Prefixes = Field(
        (), description="what is taken off the beginning of frames' paths: `/app/`; the longest that fits"
    )
    prefix: Annotated[str, Field(max_length=_MAX_PATH)] = Field(
        "", description="what is put before them then: `backend/` where the service is a folder of its repository"
    )


def _web(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        where = {"said": "must begin with http:// or https://", "line": 1, "column": 1}
        raise PydanticCustomError("within_text", "{said}", where)
    return url


class UserLookup(Part):
    """A service of yours that knows users: asked once for all users of a batch, never waited for longer than said."""

    url: Annotated[str, AfterValidator(_web), Field(max_length=_MAX_PATH)] = Field(
        description='gets a POST of {"ids": […]} and answers {"users": {"<id>": {…}}}'
    )
    fields: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
        BeforeValidator(listed),
        Field(min_length=1, max_length=20, json_schema_extra=one_or_more),
    ] = Field(description="what is kept of the answer, and stored with errors: `plan`, `country`; all else is left out")
    timeout_ms: int = Field(300, ge=10, le=5_000, description="so long a batch waits for the answer, in milliseconds")


class EnrichmentRules(Part):
    """Where services, owners, places and users are looked up. Files are read again when they change."""

    services: FilePath | None = Field(None, description="the service catalogue: a YAML file of your own")
    backstage: Files = Field((), description="Backstage's catalog-info.yaml files; `*` is wild")
    codeowners: tuple[CodeOwnersFile, ...] = Field((), max_length=200, description="whose code it is")
    owners: OwnerLines = Field(
        (), description="rules about owners, a line each: `path:src/payments/* @payments`; the last that fits decides"
    )
    geoip: FilePath | None = Field(None, description="a MaxMind database (.mmdb) of cities or countries")
    users: UserLookup | None = Field(None, description="where users are looked up")

    @property
    def files(self) -> Sequence[str]:
        """All files that are named, as they stand in the rule file."""
        named = (self.services, *self.backstage, *(one.file for one in self.codeowners), self.geoip)
        return [file for file in named if file]
