"""What a threshold may ask for: one of these, or several of them together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from rules.rulefile.durations import Duration
from rules.rulefile.numbers import Amount, Share
from rules.rulefile.part import Part
from rules.windows import MAX_WINDOW

__all__ = ["KINDS", "Asked", "Asking", "Distinct", "Flatline", "Rate", "Silent", "Spike", "Window"]

Window = Annotated[Duration, Field(ge=1, le=MAX_WINDOW)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]

_FIELDS = ("user_id", "hostname", "service", "environment", "release", "type", "group")
_TAG = r"tags?\.[^\s]{1,100}"


def _known(of: str) -> str:
    tag = of.removeprefix("tags.").removeprefix("tag.")
    if tag != of:
        return f"tags.{tag}"
    if of not in _FIELDS:
        msg = f"`{of}` is none of {', '.join(_FIELDS)}, and no tag such as tag.region"
        raise ValueError(msg)
    return of


class Distinct(Part):
    """Distinct values of a field: users, hosts, services."""

    of: Annotated[
        str,
        AfterValidator(_known),
        Field(
            max_length=200,
            json_schema_extra={
                "anyOf": [{"enum": list(_FIELDS)}, {"pattern": rf"^{_TAG}$"}],
                "examples": ["user_id", "tag.region"],
            },
        ),
    ] = Field(description="what is told apart; events without it do not count")
    count: Count = Field(description="this many, or more")


class Rate(Part):
    """A share of all requests, or of all errors."""

    above: Share = Field(description="more than this")
    of: Literal["traffic", "errors"] = Field(
        "traffic",
        description="traffic: requests, as told of on the topic `traffic`; errors: all with the same `group_by` values",
    )
    at_least: Amount = Field(100, description="with fewer requests, or errors, in the window nothing is said")
    prometheus: str | None = Field(
        None,
        min_length=1,
        max_length=5_000,
        description="PromQL that tells requests a second in the minute before, with the `group_by` fields as labels; "
        "asked for each minute, instead of the topic `traffic`",
    )

    @model_validator(mode="after")
    def _asks_for_traffic(self) -> "Rate":
        if self.prometheus is not None and self.of != "traffic":
            msg = "`prometheus` tells of traffic, not of errors"
            raise ValueError(msg)
        return self


Forecast = Annotated[
    bool,
    Field(
        description="compare with what is expected at this hour of the week, once anything is known of it; until then "
        "with the time before"
    ),
]


class Spike(Part):
    """Many times as many events as before."""

    times: float = Field(gt=1, le=1_000_000, description="this many times, or more")
    window: Window | None = Field(None, description="the time before that it is compared with; default: the rule's own")
    at_least: Amount = Field(20, description="events in the rule's window; with fewer nothing is said")
    forecast: Forecast = False


class Flatline(Part):
    """Far fewer events than before."""

    below: Share = Field(description="this share of what there was, or less")
    window: Window | None = Field(None, description="the time before that it is compared with; default: the rule's own")
    at_least: Amount = Field(20, description="events in the time before; with fewer nothing is said")
    forecast: Forecast = False


class Silent(Part):
    """Nothing at all of what used to come."""

    wait: Window = Field(alias="for", description="for this long, or longer")
    of: Literal["traffic", "errors"] = Field("errors", description="of what there is nothing")


KINDS = ("count", "distinct", "rate", "spike", "flatline", "silent")


class Asking(Part):
    """What may be asked for. Which of it is given, and what goes together, is seen to by those who inherit it."""

    count: Count | None = Field(None, description="this many events, or more")
    distinct: Distinct | None = Field(None, description="this many users, hosts or others")
    rate: Rate | None = Field(None, description="more than a share of all requests, or of all errors")
    spike: Spike | None = Field(None, description="many times as many events as before")
    flatline: Flatline | None = Field(None, description="far fewer events than before")
    silent: Silent | None = Field(None, description="nothing at all of what used to come")

    @property
    def kinds(self) -> list[str]:
        """Those that are given."""
        return [name for name in KINDS if getattr(self, name) is not None]


class Asked(Asking):
    """One of several conditions: exactly one key."""

    @model_validator(mode="after")
    def _one(self) -> "Asked":
        if len(self.kinds) != 1:
            msg = f"needs exactly one of {', '.join(KINDS[:-2])} and {KINDS[-2]}"
            raise ValueError(msg)
        if self.silent:
            msg = "`silent` stands alone: it has no window to share with others"
            raise ValueError(msg)
        return self
