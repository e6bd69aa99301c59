"""What rules would have said of the past: stored occurrences through the job's stages, by the events' own clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from models.occurrence import Occurrence
from models.severity import Severity
from models.traffic import Traffic
from models.wire import Alert, Combined, GroupRef, RateDelta, Signal, Source
from rules import deduping, escalating, rating
from rules.combining import combine, combine_rates
from rules.deduping import DedupeConfig
from rules.escalating import EscalateConfig
from rules.feeding import Thresholds
from rules.forecasting import Forecast, ForecastKeys, Hindsight
from rules.impact import Impact
from rules.noticing import Noticed, Wanted
from rules.oncall.paging import Paged
from rules.rulefile import RuleFile, ThresholdRule
from rules.stage_in_memory import Stage
from rules.telling import alert_key
from rules.traffic import TrafficThresholds

__all__ = ["Asked", "Backtest", "Firing", "History"]

MOST_MOVES = 100  # of the severity of one incident that are remembered
Route = Callable[[Alert], Sequence[str]]
Released = Callable[[str, str, float], tuple[str, float] | None]
"""The newest release of a service in an environment before a time, and how many seconds before."""

_ERRORS = Source(topic="errors", partition=0)
_TRAFFIC = Source(topic="traffic", partition=0)


class Asked(NamedTuple):
    """Requests that a threshold asked for itself."""

    end: float  # of their time, epoch seconds
    delta: RateDelta


@dataclass(slots=True, kw_only=True)
class Firing:
    """An incident that there would have been. Times are epoch seconds."""

    rule: str
    key: str
    at: float
    until: float | None = None  # None: it was not over at the end
    severity: Severity  # the worst
    reasons: list[str]
    group: GroupRef
    by: Mapping[str, str]
    told: list[str]  # channels, in the order in which they were told of it first
    alerts: list[Alert]  # that opened it and moved its severity
    paged: list[Paged] = field(default_factory=list)  # had nobody acknowledged it
    messages: int = 1  # that open it, tell of it anew, raise it or end it, to each channel


@dataclass(slots=True)
class History:
    """What is known of a group: as the store would have said when it stored a batch."""

    total: int  # occurrences before the first that is replayed
    new: bool  # the first one that is replayed made it
    first_of_type: bool = False  # and its type was new in its environment
    releases: set[str] = field(default_factory=set)  # that it was seen in
    users_total: int = 0
    back: str | None = None
    shown: GroupRef | None = None


@dataclass(slots=True)
class Backtest:
    """Replays occurrences and traffic in the order of their time."""

    rules: RuleFile
    route: Route
    released: Released = lambda service, environment, at: None  # noqa: ARG005 - no release is known
    hindsight: Hindsight = field(default_factory=lambda: Hindsight({}))
    firings: list[Firing] = field(default_factory=list)
    _now: float = 0.0
    _offset: int = 0
    _groups: dict[str, History] = field(default_factory=dict)
    _open: dict[str, Firing] = field(default_factory=dict)
    _dedupe: Stage[Combined, Signal] = field(init=False)
    _rates: Stage[RateDelta, Signal] = field(init=False)
    _escalate: Stage[Signal, Alert] = field(init=False)
    thresholds: Thresholds = field(init=False)
    impact: Impact = field(init=False)
    _traffic: TrafficThresholds = field(init=False)
    _wanted: Wanted = field(init=False)
    _forecasting: frozenset[str] = field(init=False)  # names of thresholds that ask for a forecast

    def __post_init__(self) -> None:
        """Compile the rules."""
        rules, dedupe, escalate = self.rules, DedupeConfig.of(self.rules), EscalateConfig.of(self.rules)
        self.thresholds, self._traffic = Thresholds(rules), TrafficThresholds(rules)
        self.impact = Impact(rules)
        self._wanted = Wanted.of(rules)
        self._forecasting = frozenset(rule.name for rule in ForecastKeys(rules).rules)
        by_name = {rule.name: rule for rule in rules.thresholds}
        self._dedupe = Stage(
            lambda state, item: deduping.observe(state, item, dedupe),
            lambda state, now: deduping.pass_time(state, now, dedupe),
        )
        self._rates = Stage(
            lambda state, item: rating.observe(
                state, item, by_name[item.rule], self._expected(by_name[item.rule], item.by, self._now)
            ),
            lambda state, now: rating.pass_time(
                state, now, by_name[state["rule"]], self._expected(by_name[state["rule"]], state["by"], now)
            ),
        )
        self._escalate = Stage(
            lambda state, item: escalating.observe(state, item, escalate),
            lambda state, now: escalating.pass_time(state, now, escalate),
        )

    def feed(self, occurrences: Sequence[Occurrence], groups: Mapping[str, History]) -> None:
        """Occurrences in the order of their time; second by second, as workers that keep up read them.

        Args:
            occurrences: offsets must rise over all that is fed.
            groups: what is known of their groups; it is counted on.
        """
        for second, some in groupby(occurrences, lambda one: int(one.occurred_at)):
            batch = list(some)
            self.pass_time(second)
            self._count(batch, groups)
            for record in combine(batch, groups, _ERRORS, self._notice(batch, groups), self.impact):
                self._signal(self._dedupe.take(record.group.group_id, record))
            for one in batch:
                groups[one.group.group_id].new = groups[one.group.group_id].first_of_type = False
            self._rate(combine_rates(batch, self.thresholds, _ERRORS))

    def tell(self, requests: Sequence[Traffic | Asked]) -> None:
        """Requests, in the order of the ends of their times."""
        for one in requests:
            self.pass_time(one.end)
            self._rate([one.delta] if isinstance(one, Asked) else self._traffic.deltas([one], _TRAFFIC, 0.0))

    def pass_time(self, until: float) -> None:
        """Let time pass, stopping wherever there is something to do."""
        while (due := min(self._dedupe.next_due(), self._rates.next_due(), self._escalate.next_due())) <= until:
            now = max(due, self._now)
            self._signal(self._dedupe.pass_time(now))
            self._signal(self._rates.pass_time(now))
            self._alert(self._escalate.pass_time(now))
            self._now = now
        self._now = max(self._now, until)

    def _notice(self, batch: Sequence[Occurrence], groups: Mapping[str, History]) -> Noticed:
        """What the store would have said of the batch's groups."""
        firsts = {one.group.group_id for one in batch if groups[one.group.group_id].first_of_type}
        in_release: dict[str, list[str]] = {}
        released: dict[str, tuple[str, float]] = {}
        for one in batch if self._wanted.in_release or self._wanted.after_release else ():
            group_id, known = one.group.group_id, groups[one.group.group_id].releases
            if self._wanted.in_release and one.release and one.release not in known:
                known.add(one.release)
                in_release.setdefault(group_id, []).append(one.release)
            if groups[group_id].new or group_id in in_release:
                found = self.released(one.group.service, one.group.environment, one.occurred_at)
                if found is not None and found[1] <= self._wanted.after_release:
                    released.setdefault(group_id, found)
        return Noticed(firsts, in_release, released)

    def _count(self, batch: Sequence[Occurrence], groups: Mapping[str, History]) -> None:
        for one in batch:
            groups[one.group.group_id].total += 1

    def _expected(self, rule: ThresholdRule, by: Mapping[str, str], now: float) -> Forecast | None:
        if rule.name not in self._forecasting:
            return None
        return self.hindsight.forecast(alert_key(rule.name, by), now)

    def _rate(self, deltas: Sequence[RateDelta]) -> None:
        for delta in deltas:
            if delta.rule in self._forecasting:
                self.hindsight.add(delta)
            self._signal(self._rates.take(alert_key(delta.rule, delta.by), delta))

    def _signal(self, signals: Iterator[Signal] | Sequence[Signal]) -> None:
        for signal in signals:
            self._alert(self._escalate.take(signal.key, signal))

    def _alert(self, alerts: Iterator[Alert] | Sequence[Alert]) -> None:
        for alert in alerts:
            firing = self._open.get(alert.key)
            if alert.kind == "open" or firing is None:
                self._begin(alert)
            elif alert.kind == "resolve":
                firing.until = alert.at
                firing.messages += 1
                del self._open[alert.key]
            else:
                self._go_on(firing, alert)

    def _begin(self, alert: Alert) -> None:
        if alert.kind == "resolve":
            return
        firing = Firing(
            rule=alert.rule or "", key=alert.key, at=alert.at, severity=alert.severity, reasons=alert.reasons,
            group=alert.group, by=alert.by, told=list(self.route(alert)), alerts=[alert],
        )  # fmt: skip
        self._open[alert.key] = firing
        self.firings.append(firing)

    def _go_on(self, firing: Firing, alert: Alert) -> None:
        if alert.severity is not firing.alerts[-1].severity and len(firing.alerts) < MOST_MOVES:
            firing.alerts.append(alert)
        if alert.severity.rank > firing.severity.rank:
            firing.severity = alert.severity
        if alert.kind == "escalate":
            firing.told.extend(channel for channel in self.route(alert) if channel not in firing.told)
        firing.messages += alert.kind == "escalate" or alert.again
