"""Requests that Prometheus tells of, as what they add to a threshold; and that it does not tell of them any more."""

from collections.abc import Mapping, Sequence
from typing import Final

from models.severity import Severity
from models.traffic import Traffic
from models.wire import GroupRef, RateDelta, Signal, Source
from rules.rulefile import RuleFile, ThresholdRule
from rules.rulefile.durations import say_duration
from rules.traffic import delta_of

__all__ = ["MINUTE", "asking", "failing_signal", "query_of", "requests_of"]

MINUTE: Final = 60
Sample = tuple[int, float]  # the end of a minute in epoch seconds, requests a second in it


def query_of(rule: ThresholdRule) -> str | None:
    """What a threshold asks Prometheus."""
    return next((one.rate.prometheus for one in rule.asked if one.rate is not None and one.rate.prometheus), None)


def asking(rules: RuleFile) -> dict[str, ThresholdRule]:
    """The thresholds that ask Prometheus, by their names."""
    return {rule.name: rule for rule in rules.thresholds if query_of(rule)}


def requests_of(rule: ThresholdRule, labels: Mapping[str, str], samples: Sequence[Sample]) -> RateDelta | None:
    """What one series adds to its threshold; None: it has nothing.

    Each minute has a number of its own as its offset, so that it counts once, however often it is asked for.

    Args:
        rule: the threshold.
        labels: of the series.
        samples: its values.

    Raises:
        ValueError: the series has no label that the threshold is grouped by.
    """
    missing = [field for field in rule.group_by if field not in labels]
    if missing:
        raise ValueError(f"its answer has no label `{missing[0]}`, which the rule is grouped by")
    told = [
        Traffic(
            offset=end // MINUTE,
            service=labels.get("service", ""),
            environment=labels.get("environment", ""),
            requests=round(value * MINUTE),
            start=float(end - MINUTE),
            end=float(end),
        )
        for end, value in samples
    ]
    if not told or rule.plan is None:
        return None
    # One partition a series: the highest minute that was counted is kept by it.
    by: dict[str, str] = {field: labels[field] for field in rule.group_by}
    return delta_of(rule.name, by, told, Source(topic=f"prometheus:{rule.name}", partition=0), rule.plan.span.pane)


def failing_signal(rule: ThresholdRule, since: float, at: float, problem: str | None) -> Signal:
    """That a threshold cannot be answered for, for whoever would hear of it; without a problem: that it can again."""
    key = f"asking:{rule.name}"
    said = say_duration(max(at - since, 0))
    return Signal(
        id=f"{key}:{'over' if problem else 'under'}:{int(since)}{f':{int(at)}' if problem else ''}",
        kind="over" if problem else "under",
        key=key,
        at=at,
        severity=Severity.WARNING,
        group=GroupRef(
            group_id="",
            fingerprint="",
            service=_plain(rule.match.service) or "seawall",
            environment=_plain(rule.match.environment) or "production",
            title=f"{rule.name} cannot be answered: Prometheus does not tell of requests",
        ),
        rule=rule.name,
        value=1.0,
        why=f"the threshold stands still for {said}: {problem}" if problem else None,
    )


def _plain(patterns: Sequence[str]) -> str | None:
    """The only value that a match lets through, where it is one."""
    return patterns[0] if len(patterns) == 1 and not set("*?[") & set(patterns[0]) else None
