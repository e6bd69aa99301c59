"""When a threshold is over, and under again: (state, rate delta) -> (state, signals).

A state is JSON-able, bounded and never changed in place; the given one itself comes back where nothing changed. Keys:

- `n`: events counted; `w`: watermarks a source partition, so that none is counted twice
- `t`, `c`: buckets of the window (starts, counts)
- `over`: the bucket in which the count was reached, or 0; `hold`: when the window falls below it
- `told`: the count told last; `beat`: when it was
- `at`: the newest event; `by`, `group`: to show; `d`: when `pass_time` has something to do

The window slides over event time in whole buckets: of 1 s up to two minutes, else of a 120th of it, rounded up to 10 s.
It never misses a burst; events up to one bucket further apart than the window may count as one burst.
"""

from typing import Any

import msgspec

from models.severity import Severity
from models.wire import LATE, RateDelta, Signal
from rules.feeding import Thresholds
from rules.forecasting.forecast import Forecast
from rules.limits import observing
from rules.repeating import kept_for, told
from rules.rulefile import ThresholdRule
from rules.telling import HEARTBEAT, alert_key, threshold_signal
from rules.watermarks import advance
from rules.windows import Window, grain_for

__all__ = ["HEARTBEAT", "Thresholds", "alert_key", "due", "observe", "pass_time"]

State = dict[str, Any]

BEHIND = 600  # seconds that one partition may be read behind another without a burst being missed
MAX_BUCKETS = 240
IDLE = 3_600  # seconds after which a state that is not over is forgotten


def observe(
    state: State | None, delta: RateDelta, rule: ThresholdRule, forecast: Forecast | None = None
) -> tuple[State, list[Signal]]:
    """Count what a batch adds to a window, and say when it is over its threshold.

    Args:
        state: The window's.
        delta: What the batch adds.
        rule: The threshold.
        forecast: What is expected of the window, where the threshold asks for that and it is known.
    """
    if rule.plan is not None:
        after, signals = observing.observe(state, delta, rule, rule.plan.expecting(forecast))
    else:
        after, signals = _count(state, delta, rule)
    return told(after, signals, rule) if signals and rule.quiet else (after, signals)


def _count(state: State | None, delta: RateDelta, rule: ThresholdRule) -> tuple[State, list[Signal]]:
    before = state if state is not None else _empty()
    marks, fresh = advance(before["w"], delta.source, delta.parts)
    if not fresh:
        return before, []
    after = {
        **before,
        "w": marks,
        "n": before["n"] + sum(events for _, events in fresh),
        "at": max(before["at"], delta.last_at),
        "rule": rule.name,
        "by": delta.by,
        "group": msgspec.to_builtins(delta.group),
    }
    grain, window = grain_for(rule.window), Window.of(before)
    live = [(bucket - bucket % grain, events) for bucket, events in fresh if bucket != LATE]
    for bucket, events in live:
        window.add(bucket, events)
    after["t"], after["c"] = window.starts, window.counts
    signals = _reach(after, window, min(bucket for bucket, _ in live), rule) if live else []
    _prune(window, rule.window)
    after["d"] = _due(after, rule)
    return after, signals


def pass_time(
    state: State, now: float, rule: ThresholdRule | None, forecast: Forecast | None = None
) -> tuple[State | None, list[Signal]]:
    """What became of a window while nothing came. None instead of a state: forget it.

    Args:
        state: The window's.
        now: Epoch seconds. It must not run ahead of records that are still to come.
        rule: None where the rule file holds it no more: what was over is over now.
        forecast: As of `observe`.
    """
    if rule is None:
        return None, [threshold_signal(state, "under", str(state["over"]), now, severity=Severity.INFO)] if state[
            "over"
        ] else []
    if rule.plan is not None:
        after, signals = observing.pass_time(state, now, rule, rule.plan.expecting(forecast))
    else:
        after, signals = _wait(state, now, rule)
    if not (signals and rule.quiet):
        return after, signals
    marked, signals = told(state if after is None else after, signals, rule)
    return None if after is None else marked, signals


def _wait(state: State, now: float, rule: ThresholdRule) -> tuple[State | None, list[Signal]]:
    if now < state["d"]:
        return state, []
    if not state["over"]:
        return None, []
    after = {**state}
    if now >= after["hold"] + rule.calm_after:
        signal = threshold_signal(after, "under", str(after["over"]), now, severity=rule.severity)
        after["over"] = 0
    else:
        window = Window.of(after)
        after["beat"] = now
        count = window.since(int(now) - rule.window)
        mark = f"{after['over']}:{int(now)}"
        signal = threshold_signal(after, "over", mark, now, severity=rule.severity, value=count, window=rule.window)
    after["d"] = max(_due(after, rule), now + 1)
    return after, [signal]


def due(state: State) -> float:
    """The epoch second at which `pass_time` has something to do."""
    return float(state["d"])


def _empty() -> State:
    return {
        "n": 0, "w": {}, "t": [], "c": [], "over": 0, "hold": 0, "told": 0, "beat": 0.0,
        "at": 0.0, "by": {}, "group": {}, "rule": "", "d": 0.0,
    }  # fmt: skip


def _prune(window: Window, span: int) -> None:
    """Forget what no window needs; a little more where it is little, since partitions are read apart in time."""
    window.prune(window.newest - max(span, BEHIND))
    if len(window.starts) > MAX_BUCKETS:
        window.prune(window.newest - span)


def _reach(after: State, window: Window, touched: int, rule: ThresholdRule) -> list[Signal]:
    """Whether the count is reached, or has doubled since it was told. `touched` is the oldest bucket that changed."""
    limit, reach, signals = rule.count or 1, rule.window, list[Signal]()
    count, mark = window.within(window.newest, reach), ""
    if not after["over"]:
        # Before `hold` lies the last time it was over, which was told.
        reached = window.reached(limit, reach, max(touched, after["hold"]))
        if reached is None:
            return signals
        after["over"], after["told"] = reached, 0
        count, mark = max(count, window.within(reached, reach)), str(reached)
    elif count >= 2 * after["told"]:
        mark = f"{after['over']}:{count}"
    elif after["at"] >= after["beat"] + HEARTBEAT:
        mark = f"{after['over']}:{int(after['at'])}"
    if mark:
        after["told"], after["beat"] = max(after["told"], count), after["at"]
        signals.append(
            threshold_signal(after, "over", mark, after["at"], severity=rule.severity, value=count, window=rule.window)
        )
    after["hold"] = max(after["hold"], window.held_until(limit, reach, grain_for(reach)))
    return signals


def _due(state: State, rule: ThresholdRule) -> float:
    if state["over"]:
        return float(min(state["hold"] + rule.calm_after, state["beat"] + HEARTBEAT))
    return float(max(state["at"] + rule.window, state["hold"]) + max(IDLE, kept_for(state)))
