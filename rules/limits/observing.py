"""A threshold with a plan: (state, rate delta) -> (state, signals), as `rules.rating` for plain counts.

A state has the keys that are told there and in `rules.limits.walk`.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from models.wire import LATE, RateDelta, Signal
from rules.limits.plan import Plan
from rules.limits.spread import Seen, merged
from rules.limits.view import View
from rules.limits.walk import next_look, rewind, walk
from rules.repeating import kept_for
from rules.telling import HEARTBEAT, threshold_signal
from rules.watermarks import advance
from rules.windows import Window

if TYPE_CHECKING:
    from rules.rulefile import ThresholdRule

__all__ = ["observe", "pass_time"]

State = dict[str, Any]

BEHIND = 600  # seconds that one partition may be read behind another without a burst being missed
MAX_BUCKETS = 240
MAX_PANES = 30
IDLE = 3_600  # seconds after which a state that is not over is forgotten
MISSED = 7 * 86_400  # seconds after which what fell silent is taken as gone for good


def observe(state: State | None, delta: RateDelta, rule: "ThresholdRule", plan: Plan) -> tuple[State, list[Signal]]:
    """Take in what a batch adds, and say when the threshold is over."""
    before = {**_EMPTY, **(state or {})}
    marks, fresh, base = _fresh(before, delta)
    if not (fresh or base):
        return state if state is not None else before, []
    after = {**before, "w": marks, "at": max(before["at"], delta.last_at), "rule": rule.name, "by": delta.by}
    if fresh or not before["group"]:
        after["group"] = msgspec.to_builtins(delta.group)
    after["n"] += sum(events for _, events in fresh)
    touched = [*_add(after, ("t", "c"), fresh, plan), *_add(after, ("bt", "bc"), base, plan)]
    if fresh:
        touched += _see(after, delta.seen)
    if not touched:
        after["d"] = _due(after, View(after), plan, rule)
        return after, []
    after["born"] = min(after["born"] or touched[0], *after["t"][:1], *after["bt"][:1])
    if plan.backward:
        rewind(after, min(touched))
    _prune(after, plan)
    return _look(after, plan, rule, max((after["e"], *after["t"][-1:], *after["bt"][-1:])), after["at"])


def pass_time(state: State, now: float, rule: "ThresholdRule", plan: Plan) -> tuple[State | None, list[Signal]]:
    """What became of a threshold while nothing came; see `rules.rating.pass_time`."""
    if now < state["d"]:
        return state, []
    after = {**_EMPTY, **state}
    after, signals = _look(after, plan, rule, max(int(now) - plan.slack, after["e"]), now)
    if after["over"] and after["f"] and now >= after["f"] + rule.calm_after:
        signals.append(threshold_signal(after, "under", str(after["over"]), now, severity=rule.severity))
        after["over"], after["hold"], after["f"] = 0, after["f"], 0
    elif after["over"] and now >= _forgotten(after, plan, rule):
        return None, [threshold_signal(after, "under", str(after["over"]), now, severity=rule.severity)]
    if not after["over"] and now >= _forgotten(after, plan, rule):
        return None, signals
    after["d"] = max(_due(after, View(after), plan, rule), now + 1)
    return after, signals


_EMPTY: State = {
    "n": 0, "w": {}, "t": [], "c": [], "bt": [], "bc": [], "s": {}, "born": 0, "e": 0, "p": 0, "f": 0,
    "over": 0, "hold": 0, "told": 0, "beat": 0.0, "at": 0.0, "by": {}, "group": {}, "rule": "", "d": 0.0,
}  # fmt: skip


def _fresh(before: State, delta: RateDelta) -> tuple[Any, list[tuple[int, int]], list[tuple[int, int]]]:
    """Watermarks, and what of the delta's events and base was not counted yet."""
    marks, fresh = advance(before["w"], delta.source, delta.parts)
    if not delta.base:
        return marks, fresh, []
    based, base = advance(before["w"], delta.source, delta.base)
    newer = max(marks.get(delta.source.key, [-1, -1]), based.get(delta.source.key, [-1, -1]))
    return {**marks, delta.source.key: newer} if fresh or base else marks, fresh, base


def _add(after: State, names: tuple[str, str], fresh: list[tuple[int, int]], plan: Plan) -> list[int]:
    """Count into buckets; returns those that changed."""
    grain = plan.span.grain if names == ("t", "c") else plan.span.pane
    live = [(bucket - bucket % grain, events) for bucket, events in fresh if bucket != LATE]
    if live:
        window = Window.of(after, *names)
        for bucket, events in live:
            window.add(bucket, events)
        after[names[0]], after[names[1]] = window.starts, window.counts
    return [bucket for bucket, _ in live]


def _see(after: State, seen: dict[str, list[tuple[int, Seen]]]) -> list[int]:
    """Take in values that are told apart; returns the panes that they lie in."""
    for of, panes in seen.items():
        known: dict[int, Seen] = dict(after["s"].get(of, ()))
        for start, values in panes:
            known[start] = merged(known[start], values) if start in known else values
        newest = sorted(known)[-MAX_PANES:]
        after["s"] = {**after["s"], of: [[start, known[start]] for start in newest]}
    return [start for panes in seen.values() for start, _ in panes]


def _prune(after: State, plan: Plan) -> None:
    """Forget what no window needs; a little more where it is little, since partitions are read apart in time."""
    newest = max((*after["t"][-1:], *after["bt"][-1:]))
    for starts, counts in (("t", "c"), ("bt", "bc")):
        window = Window.of(after, starts, counts)
        oldest = newest - plan.keep
        if len(window.starts) <= MAX_BUCKETS:
            oldest -= BEHIND
        elif plan.before > plan.span.window:
            window.coarsen(newest - plan.span.window - plan.span.grain, max(plan.before // PAST, plan.span.grain))
        window.prune(min(oldest, window.newest))
        after[starts], after[counts] = window.starts, window.counts


PAST = 60  # buckets that the time before is kept in, where it is long


def _look(after: State, plan: Plan, rule: "ThresholdRule", upto: int, at: float) -> tuple[State, list[Signal]]:
    """Look at the windows up to an end, and say what there is to say."""
    view, was = View(after), after["over"]
    over, mark, end = next(iter(list(walk(after, view, plan, upto))), 0), "", upto
    if over:
        mark, end, after["told"] = str(over), over, 0
    elif was:
        value = plan.value(view, upto)
        if after["told"] and value >= 2 * after["told"]:
            mark = f"{was}:{value:.10g}"
        elif at >= after["beat"] + HEARTBEAT:
            mark = f"{was}:{int(at)}"
    after["d"] = _due(after, view, plan, rule)
    if not mark:
        return after, []
    shown = upto if plan.holds(view, upto) else end
    value, words = plan.value(view, shown), plan.words(view, shown)
    after["told"], after["beat"] = max(after["told"], value), at
    after["d"] = _due(after, view, plan, rule)
    signal = threshold_signal(
        after, "over", mark, at, severity=rule.severity, value=value, why=words, window=rule.window
    )
    return after, [signal]


def _due(after: State, view: View, plan: Plan, rule: "ThresholdRule") -> float:
    times = [_forgotten(after, plan, rule)]
    if (look := next_look(after, view, plan)) is not None:
        times.append(look)
    if after["over"]:
        times.append(after["beat"] + HEARTBEAT)
        if after["f"]:
            times.append(float(after["f"] + rule.calm_after))
    return min(times)


def _forgotten(after: State, plan: Plan, rule: "ThresholdRule") -> float:
    keep = MISSED if rule.silent or plan.looks_every or after["over"] else max(IDLE, kept_for(after))
    return float(max(after["at"] + rule.window, after["hold"]) + keep)
