"""The rule file: what to alert on, how severity moves, where alerts go. Each description is its documentation."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from models.severity import Severity
from rules.rulefile.channels import ChannelName
from rules.rulefile.conditions import When
from rules.rulefile.durations import Duration
from rules.rulefile.enriching import EnrichmentRules
from rules.rulefile.filtering import FilterRules
from rules.rulefile.grouping import GroupingRules
from rules.rulefile.links import Link
from rules.rulefile.masking import MaskingRules
from rules.rulefile.matches import GroupedMatch
from rules.rulefile.oncall import Schedule, User
from rules.rulefile.part import Name, Part, listed, one_or_more
from rules.rulefile.policies import Policy
from rules.rulefile.routing import Inhibition, Maintenance, Route, TimeRange
from rules.rulefile.thresholds import EventMatch, ThresholdRule
from rules.windows import MAX_WINDOW

__all__ = [
    "AlertRule",
    "Escalation",
    "EventMatch",
    "GroupMatch",
    "LadderStep",
    "RuleFile",
    "Storm",
    "ThresholdRule",
]


class GroupMatch(GroupedMatch):
    """Which groups an alert rule is for: all fields must fit, each one of its values (`*` and `?` are wild)."""


class AlertRule(Part):
    """When a group of errors is worth an alert of its own."""

    name: Name = Field(description="shown with the alert")
    on: Annotated[
        tuple[Literal["new", "new_type", "new_in_release", "regressed", "storm", "milestone", "raised"], ...],
        BeforeValidator(listed),
    ] = Field(
        min_length=1,
        json_schema_extra=one_or_more,
        description="new: first ever seen; new_type: the first of its type in its environment; new_in_release: not "
        "seen in this release before; regressed: back after it was resolved; storm: see `storm`; milestone: the 10th, "
        "100th, 1000th …; raised: the escalation ladder raised its severity",
    )
    match: GroupMatch = Field(GroupMatch(), description="only these groups; `severity` is the one after the ladder")
    after_release: Duration | None = Field(
        None, ge=1, le=MAX_WINDOW, description="of what is new: only within this time after a release of its service"
    )

    @model_validator(mode="after")
    def _after_release_of_what_is_new(self) -> "AlertRule":
        if self.after_release is not None and not all(kind.startswith("new") for kind in self.on):
            msg = "`after_release` goes with `new`, `new_type` and `new_in_release` only"
            raise ValueError(msg)
        return self


_CONDITIONS = ("count", "hosts", "users", "regions", "paid_users", "total")


class LadderStep(Part):
    """One condition and what it does to a group's severity."""

    count: int | None = Field(None, ge=1, description="events within `window`")
    window: Literal["1m", "5m", "1h"] = Field("1m", description="of `count`")
    hosts: int | None = Field(None, ge=1, le=50, description="distinct hosts within 1 h; at most 50 are told apart")
    users: int | None = Field(None, ge=1, description="distinct users within 1 h")
    regions: int | None = Field(None, ge=2, le=50, description="distinct regions within 1 h; see `region`")
    paid_users: int | None = Field(None, ge=1, le=50, description="distinct users who pay within 1 h; see `paid`")
    total: int | None = Field(None, ge=1, description="events in all")
    severity: Severity | None = Field(None, description="raise to this level")
    up: int | None = Field(None, alias="raise", ge=1, le=4, description="raise by this many levels")

    @model_validator(mode="after")
    def _one_of_each(self) -> "LadderStep":
        given = [name for name in _CONDITIONS if getattr(self, name) is not None]
        if len(given) != 1:
            msg = f"a step needs exactly one condition: {', '.join(_CONDITIONS[:-1])} or {_CONDITIONS[-1]}"
            raise ValueError(msg)
        if "window" in self.model_fields_set and self.count is None:
            msg = "`window` goes with `count` only"
            raise ValueError(msg)
        if (self.severity is None) == (self.up is None):
            msg = "a step needs either `severity` (raise to it) or `raise` (by so many levels)"
            raise ValueError(msg)
        return self


class Escalation(Part):
    """How severity moves with frequency, spread and impact, and when an alert is over."""

    ladder: tuple[LadderStep, ...] = Field((), max_length=50, description="steps, taken in their order")
    region: str = Field(
        "tags.region",
        pattern=r"^(tags|enrichment)\.[^\s]{1,100}$",
        description="where an event says its region: a tag, or what enrichment knows, such as enrichment.geo.country",
    )
    paid: When | None = Field(
        None, description='which events hit a user who pays: `enrichment.user.plan in ["pro", "team"]`'
    )
    calm: Duration = Field(600, ge=10, le=MAX_WINDOW, description="lowered only when it stayed below for so long")
    resolve_after: Duration = Field(1_800, ge=60, le=7 * MAX_WINDOW, description="over when nothing came for so long")

    @model_validator(mode="after")
    def _knows_who_pays(self) -> "Escalation":
        if self.paid is None and any(step.paid_users is not None for step in self.ladder):
            msg = "`paid_users` needs `paid`: which events hit a user who pays"
            raise ValueError(msg)
        return self


class Storm(Part):
    """From when on a group of errors is a storm."""

    count: int = Field(100, ge=2, description="this many, or more; below half of it the storm is over")
    window: Duration = Field(60, ge=20, le=3_600, description="within this time")


Digest = Annotated[Duration, Field(ge=60, le=MAX_WINDOW)]


class RuleFile(Part):
    """The whole file. What it leaves out has the value given here; the built-in rules are not added to it."""

    version: Literal[1] = Field(1, description="of this format")
    grouping: GroupingRules = Field(GroupingRules(), description="which errors are the same")
    masking: MaskingRules = Field(MaskingRules(), description="what is taken out of errors before they are stored")
    filters: FilterRules = Field(FilterRules(), description="which errors are passed over, thinned out or lowered")
    enrichment: EnrichmentRules = Field(EnrichmentRules(), description="where more about an error is looked up")
    alerts: tuple[AlertRule, ...] = Field((), max_length=500, description="when a group is worth an alert")
    thresholds: tuple[ThresholdRule, ...] = Field((), max_length=500, description="too many events within a window")
    escalation: Escalation = Field(Escalation(), description="how severity moves, and when an alert is over")
    storm: Storm = Field(Storm(), description="from when on a group is a storm")
    activity_every: Duration = Field(
        5, ge=1, le=60, description="how often, at most, a group's counts are looked at while events come"
    )
    routes: tuple[Route, ...] = Field((), max_length=500, description="where alerts go, first match first")
    default_route: Annotated[tuple[ChannelName, ...], BeforeValidator(listed)] = Field(
        (),
        max_length=20,
        json_schema_extra=one_or_more,
        description="for alerts that no route took, or whose routes all said `continue`",
    )

    links: tuple[Link, ...] = Field((), max_length=100, description="where messages lead: logs, traces, runbooks")
    digests: dict[ChannelName, Digest] = Field(
        {}, max_length=100, description="e-mail channels whose mails are collected for so long and told in one"
    )
    times: dict[Name, tuple[TimeRange, ...]] = Field({}, max_length=100, description="times that routes can be mute at")
    inhibitions: tuple[Inhibition, ...] = Field((), max_length=200, description="what explains what")
    maintenance: tuple[Maintenance, ...] = Field((), max_length=200, description="windows in which nothing is told")
    users: dict[Name, User] = Field({}, max_length=1_000, description="who can be paged, and how")
    schedules: dict[Name, Schedule] = Field({}, max_length=200, description="who is on call when")
    policies: dict[Name, Policy] = Field({}, max_length=200, description="whom to ask until somebody acknowledges")

    @model_validator(mode="after")
    def _times_exist(self) -> "RuleFile":
        for route in _all_routes(self.routes):
            for name in (*route.mute, *route.only):
                if name not in self.times:
                    msg = f"there are no `times` of the name `{name}`"
                    raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> "RuleFile":
        if not all(route.to or route.policy for route in self.routes):
            msg = "each of `routes` must say `to`; only routes within it may leave that out"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _digests_are_mails(self) -> "RuleFile":
        for name in self.digests:
            if not name.startswith("email:"):
                msg = f"`digests` are of e-mail: `{name}` is none"
                raise ValueError(msg)
        return self

    def threshold(self, name: str) -> ThresholdRule | None:
        """The threshold of that name, if there is one."""
        return next((rule for rule in self.thresholds if rule.name == name), None)


def _all_routes(routes: Iterable[Route]) -> Iterator[Route]:
    for route in routes:
        yield route
        yield from _all_routes(route.routes)
