"""Marks: hashes by which frames, stacks and chains of exceptions are known again, by masking and by grouping.

They are of this process alone: Python keys its string hashes anew in each. 64 bits, and nobody outside can make two
texts of one mark, so a mark stands for its texts without keeping them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["chain_mark", "frame_mark", "stack_mark"]

Frame = dict[str, Any]


def frame_mark(frame: Frame) -> int:
    """Of everything in a frame that is masked or grouped by, but its locals."""
    get = frame.get
    context = get("context")
    if not context:
        return hash(
            (get("function"), get("module"), get("file"), get("package"), get("in_app"), get("abs_path"),
             get("address"))
        )  # fmt: skip
    within = context.get
    before, after = within("before"), within("after")
    lines = (*(before or ()), None, *(after or ())) if before or after else None
    return hash(
        (get("function"), get("module"), get("file"), get("package"), get("in_app"), get("abs_path"), get("address"),
         within("line"), lines)
    )  # no names for the parts: this runs for every frame  # fmt: skip


def stack_mark(frames: Sequence[Frame]) -> int:
    """Of all frames of an exception."""
    return hash(tuple([frame_mark(frame) for frame in frames]))


def chain_mark(exceptions: Iterable[dict[str, Any]]) -> int:
    """Of the types and stacks of a chain."""
    return hash(tuple([(one.get("type"), stack_mark(one.get("frames") or ())) for one in exceptions]))
