"""The keyed agents dedupe, rates and escalate: which pure functions over which topics and tables."""

from collections.abc import Mapping

from models.wire import Alert, Combined, RateDelta, Signal
from rules import deduping, escalating, rating
from rules.forecasting import Forecast
from rules.rulefile import ThresholdRule
from streams.job import Job
from streams.keyed import State
from streams.keyed_agent import KeyedStage

__all__ = ["dedupe_stage", "escalate_stage", "rates_stage"]


def dedupe_stage(job: Job) -> KeyedStage[Combined, Signal]:
    """New, regressed, storm, milestone: what is worth saying about a group."""
    book = job.rulebook

    def key(record: Combined) -> str:
        return record.group.group_id

    return KeyedStage(
        name="dedupe",
        topic=job.topics["groups"],
        table="dedupe",
        item_type=Combined,
        key=key,
        observe=lambda state, record: deduping.observe(state, record, book.dedupe),
        pass_time=lambda state, now: deduping.pass_time(state, now, book.dedupe),
        due=deduping.due,
        out_topic=job.topics["signals"],
        out_key=lambda signal: signal.key,
    )


def rates_stage(job: Job) -> KeyedStage[RateDelta, Signal]:
    """Over or back under a threshold."""
    book = job.rulebook

    def key(delta: RateDelta) -> str:
        return rating.alert_key(delta.rule, delta.by)

    def observe(state: State | None, delta: RateDelta) -> tuple[State | None, list[Signal]]:
        rule = book.current.threshold(delta.rule)
        return rating.observe(state, delta, rule, expected(rule, delta.by)) if rule is not None else (state, [])

    def pass_time(state: State, now: float) -> tuple[State | None, list[Signal]]:
        rule = book.current.threshold(state["rule"])
        return rating.pass_time(state, now, rule, expected(rule, state["by"]))

    def expected(rule: ThresholdRule | None, by: Mapping[str, str]) -> Forecast | None:
        if rule is None or rule.plan is None or not rule.plan.forecasting:
            return None
        return job.forecasts.get(rating.alert_key(rule.name, by))

    return KeyedStage(
        name="rates",
        topic=job.topics["rates"],
        table="rates",
        item_type=RateDelta,
        key=key,
        observe=observe,
        pass_time=pass_time,
        due=rating.due,
        out_topic=job.topics["signals"],
        out_key=lambda signal: signal.key,
    )


def escalate_stage(job: Job) -> KeyedStage[Signal, Alert]:
    """Severity by frequency, spread and users; what people are told."""
    book = job.rulebook
    return KeyedStage(
        name="escalate",
        topic=job.topics["signals"],
        table="escalation",
        item_type=Signal,
        key=lambda signal: signal.key,
        observe=lambda state, signal: escalating.observe(state, signal, book.escalate),
        pass_time=lambda state, now: escalating.pass_time(state, now, book.escalate),
        due=escalating.due,
        out_topic=job.topics["alerts"],
        out_key=lambda alert: alert.key,
    )
