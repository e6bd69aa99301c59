"""The section `filters` of the rule file: which errors are passed over, thinned out or lowered."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from models.severity import Severity
from rules.conditions import Condition
from rules.filtering.presets import PRESETS
from rules.rulefile.conditions import When
from rules.rulefile.matches import Match
from rules.rulefile.part import Name, Part, Pattern, Patterns, listed, one_or_more

__all__ = ["FilterMatch", "FilterRule", "FilterRules", "PresetUse"]

MESSAGES, RELEASES = "messages", "releases"  # what the filters of these names are called where drops are counted


class FilterMatch(Match):
    """Which events a filter is for: all fields must fit, each one of its values (`*` and `?` are wild)."""

    hostname: Patterns = Field((), description="the host that raised it")
    logger: Patterns = Field((), description="the logger that wrote it")
    transaction: Patterns = Field((), description="the route, job or command that failed")
    message: Patterns = Field((), description="the message, as it came")
    url: Patterns = Field((), description="the URL of the request")


def _known_then(text: str) -> str:
    if "enrichment" in Condition(text).fields:
        where = {"said": "`enrichment` is not known yet when filters decide", "line": 1, "column": 1}
        raise PydanticCustomError("within_text", "{said}", where)
    return text


class FilterRule(Part):
    """One filter of your own."""

    name: Name = Field(description="its drops are counted, and replayed, by this name")
    match: FilterMatch = Field(FilterMatch(), description="only these events")
    when: Annotated[When, AfterValidator(_known_then)] | None = Field(
        None, description="only events for which this is true: a condition in CEL"
    )
    do: Literal["drop", "sample", "lower"] = Field(
        description="drop: pass over; sample: keep a share; lower: give a lower severity"
    )
    rate: float | None = Field(None, ge=0, le=1, description="of `sample`: the share that is kept, 0.1 is one in ten")
    to: Severity | None = Field(None, description="of `lower`: the severity; what is lower already stays so")

    @model_validator(mode="after")
    def _holds_together(self) -> "FilterRule":
        for key, action, value in (("rate", "sample", self.rate), ("to", "lower", self.to)):
            if (value is not None) != (self.do == action):
                msg = f"`do: {action}` needs `{key}`" if self.do == action else f"`{key}` goes with `do: {action}` only"
                raise ValueError(msg)
        if not self.when and not self.match.patterns():
            msg = "a filter needs `match` or `when`: without them it would be for every event"
            raise ValueError(msg)
        return self


class PresetUse(Part):
    """A filter that comes with Seawall, for some services."""

    name: Literal[tuple(PRESETS)] = Field(description="which one")  # type: ignore[valid-type]
    service: Patterns = Field((), description="only these services")


def _named(value: Any) -> Any:
    return [{"name": item} if isinstance(item, str) else item for item in listed(value)]


def _presets_schema(schema: dict[str, Any]) -> None:
    names = {"enum": list(PRESETS)}
    schema["items"] = {"anyOf": [names, schema["items"]]}
    schema["description"] = "; ".join(f"{name}: {preset.about}" for name, preset in PRESETS.items())


class FilterRules(Part):
    """What is not worth storing, or not as severe as it says."""

    presets: Annotated[tuple[PresetUse, ...], BeforeValidator(_named)] = Field(
        (), max_length=50, json_schema_extra=_presets_schema, description="filters that come with Seawall"
    )
    releases: Annotated[tuple[Pattern, ...], BeforeValidator(listed)] = Field(
        (), max_length=100, json_schema_extra=one_or_more, description="drop errors of these releases"
    )
    messages: Annotated[tuple[Pattern, ...], BeforeValidator(listed)] = Field(
        (), max_length=100, json_schema_extra=one_or_more, description="drop errors with these messages"
    )
    rules: tuple[FilterRule, ...] = Field(
        (), max_length=500, description="filters of your own, after those above; the first that drops an event decides"
    )

    def builtin(self) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
        """The filters that need no rule: name, and patterns of fields as a match has them."""
        for preset in self.presets:
            yield preset.name, {"service": preset.service} if preset.service else {}
        if self.releases:
            yield RELEASES, {"release": self.releases}
        if self.messages:
            yield MESSAGES, {"message": self.messages}
