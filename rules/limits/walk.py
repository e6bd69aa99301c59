"""When what a threshold asks for holds: its windows looked at wherever they change, in the order of time.

Keys of a state, beside those of `rules.rating`:

- `bt`, `bc`: buckets of what the events are a share of; `s`: panes of what is told apart: [[start, values], …] each
- `born`: the first bucket there ever was; `e`: the end that was looked at last
- `p`: since when it holds, or 0; `f`: when it ended, while the threshold is still over
- `hold`: when it was over last
"""

from collections.abc import Iterator
from typing import Any

from rules.limits.plan import Plan
from rules.limits.view import View

__all__ = ["next_look", "rewind", "walk"]

State = dict[str, Any]


def rewind(after: State, touched: int) -> None:
    """What came changed the windows from `touched` on: they are looked at again from there."""
    if touched > after["e"]:
        return
    # Before `hold` lies the last time it was over, which was told.
    after["e"] = max(touched - 1, after["hold"] - 1, 0)
    if after["p"] > after["e"]:
        after["p"] = 0
        if after["over"]:
            after["f"] = max(after["f"], after["over"])


def walk(after: State, view: View, plan: Plan, upto: int) -> Iterator[int]:
    """Look at the windows up to an end; yields when the threshold came to be over, if it did."""
    points = view.points(plan.drops, after["e"], upto)
    if plan.ticking:  # what came may lie before what was looked at
        points.append(upto)
    for point in points:
        yield from _waited(after, plan, point - 1)
        if not plan.holds(view, point):
            if after["p"] and after["over"]:
                after["f"] = point
            after["p"] = 0
        elif not after["p"]:
            after["p"], after["f"] = point, 0
    after["e"] = max(after["e"], upto)
    yield from _waited(after, plan, after["e"])


def _waited(after: State, plan: Plan, end: int) -> Iterator[int]:
    """Whether it has held for long enough by `end`."""
    if after["p"] and not after["over"] and after["p"] + plan.wait <= end:
        after["over"] = after["p"] + plan.wait
        yield after["over"]


def next_look(after: State, view: View, plan: Plan) -> float | None:
    """When to look again though nothing comes; None where nothing can change by itself."""
    if after["p"] and not after["over"]:
        return float(after["p"] + plan.wait + plan.slack)
    if not (after["over"] or plan.ticking):
        return None
    point = view.next_point(plan.drops, after["e"])
    if plan.looks_every:
        point = min(point or after["e"] + plan.looks_every, after["e"] + plan.looks_every)
    return None if point is None else float(point + plan.slack)
