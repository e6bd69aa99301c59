"""The section `thresholds` of the rule file: too much of something within a window."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from models.severity import Severity
from rules.rulefile.conditions import When
from rules.rulefile.durations import Duration
from rules.rulefile.matches import GroupedMatch
from rules.rulefile.part import Name, Part, Patterns, listed, one_or_more
from rules.windows import MAX_WINDOW

__all__ = ["EventMatch", "GroupBy", "ThresholdRule", "Window"]

Window = Annotated[Duration, Field(ge=1, le=MAX_WINDOW)]
GroupBy = Literal["service", "environment", "severity", "type", "hostname", "release", "title", "group"]


class EventMatch(GroupedMatch):
    """Which events a threshold counts: all fields must fit, each one of its values (`*` and `?` are wild)."""

    hostname: Patterns = Field((), description="the host that raised it")


class ThresholdRule(Part):
    """Too many events within a window: `count` or more within `window`, counted apart by `group_by`."""

    name: Name = Field(description="shown with the alert")
    match: EventMatch = Field(EventMatch(), description="only these events")
    when: When | None = Field(None, description="only events for which this is true: a condition in CEL")
    count: int = Field(ge=1, le=1_000_000_000, description="this many, or more")
    window: Window = Field(description="within this time, by the events' own clock; at most 24h")
    group_by: Annotated[tuple[GroupBy, ...], BeforeValidator(listed)] = Field(
        (), max_length=5, json_schema_extra=one_or_more, description="count apart by these fields; none: all together"
    )
    severity: Severity = Field(Severity.CRITICAL, description="of the alert")
    hold: Window | None = Field(None, description="over only when it stayed below for so long; default: the window")

    @property
    def calm_after(self) -> int:
        """Seconds below the count after which it is over."""
        return self.window if self.hold is None else self.hold
