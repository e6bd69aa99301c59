"""Why an event belongs to its group: what each rule about frames changed, and what every variant is made of."""

from dataclasses import dataclass
from typing import Any

from rules.grouping.grouper import Grouper, Variant
from rules.grouping.grouping import Grouping
from rules.grouping.stacks import StackNote, judge_stack

__all__ = ["Change", "Explanation", "FrameFacts", "explain"]

Draft = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule did to a frame."""

    rule: str
    what: str  # `-app`, `+group`, `category=ui` …


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One frame, as it counts."""

    exception: int
    frame: int
    key: str
    given: bool | None  # whether it is in the app by what its producer, or its language, says
    in_app: bool | None  # and after all rules
    counts: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A group, its variants with the deciding one first, and the frames."""

    grouping: Grouping
    variants: tuple[Variant, ...]
    frames: tuple[FrameFacts, ...]


def explain(grouper: Grouper, draft: Draft) -> Explanation:
    """Why a masked draft belongs to its group; not changed."""
    exceptions: list[Draft] = draft.get("exception") or []
    note = StackNote()
    judge = grouper.ruleset(draft.get("service") or "").judge
    judged = judge_stack(exceptions, draft.get("language"), judge, note)
    frames = [
        FrameFacts(
            index,
            at,
            looked.key.text,
            exceptions[index]["frames"][at].get("in_app"),
            judged.in_app[index][at],
            judged.counted[index][at],
            tuple(Change(rule, what) for place, frame, rule, what in note.changes if (place, frame) == (index, at)),
        )
        for index, stack in enumerate(judged.looked)
        for at, looked in enumerate(stack)
    ]
    return Explanation(grouper.group(draft), tuple(grouper.variants(draft)), tuple(frames))
