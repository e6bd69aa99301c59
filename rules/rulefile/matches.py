"""Matches: which events, groups or alerts a rule is for, field by field."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from models.severity import Severity
from rules.matching import severities
from rules.rulefile.part import Part, Pattern, Patterns, listed, one_or_more

__all__ = ["GroupedMatch", "Levels", "Match"]


def _levels_known(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            severities([pattern])
        except ValueError:
            msg = f"`{pattern}` is no severity: {', '.join(Severity)}, or such as >=error"
            raise ValueError(msg) from None
    return patterns


def _one_or_more_levels(schema: dict[str, Any]) -> None:
    schema["items"] = {"enum": [*map(str, Severity), *(f">={level}" for level in Severity)]}
    one_or_more(schema)


Levels = Annotated[
    tuple[Pattern, ...],
    BeforeValidator(listed),
    AfterValidator(_levels_known),
    Field(min_length=1, max_length=10, json_schema_extra=_one_or_more_levels),
]


class Match(Part):
    """What the matches of all sections have."""

    service: Patterns = Field((), description="the service's name")
    environment: Patterns = Field((), description="production, staging …")
    severity: Levels = Field((), description="a level, several, or a level and above: `>=error`")
    type: Patterns = Field((), description="the error's type, such as ValueError")
    release: Patterns = Field((), description="the release that raised it")

    def patterns(self) -> dict[str, tuple[str, ...]]:
        """Field -> patterns, of the fields that the file gives; severity first, since it decides fastest."""
        given = {name: getattr(self, name) for name in ("severity", *type(self).model_fields)}
        return {name: patterns for name, patterns in given.items() if patterns}


class GroupedMatch(Match):
    """What is known once an event has its group."""

    title: Patterns = Field((), description="the group's title")
