"""What the fingerprints of version 1 are made of."""

from collections.abc import Sequence
from typing import Any

from rules.grouping.version1.frames import clean_type, collapse, relevant_frames
from rules.grouping.version1.parameters import parametrize

__all__ = ["message_parts", "stack_parts"]

Draft = dict[str, Any]


def stack_parts(exceptions: list[Draft], frame_keys: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Of the types and frames of a chain; nothing where no frame counts.

    Args:
        exceptions: of the draft.
        frame_keys: `frame_key` of each exception's frames.
    """
    count = relevant_frames(exceptions)
    parts: list[str] = []
    frames = False
    for exception, known in zip(exceptions, frame_keys, strict=True):
        kind = exception.get("type")
        if kind:
            parts.append(f"type:{clean_type(kind)}")
        keys = _keys(exception, known, count)
        frames = frames or bool(keys)
        parts += keys
    return tuple(parts) if frames else ()


def message_parts(draft: Draft) -> tuple[str, ...]:
    """Of the type and the message, of an event without a stack."""
    exceptions = draft.get("exception") or []
    raised = exceptions[-1] if exceptions else {}
    kind = raised.get("type") or draft.get("error_type")
    parts = (f"type:{clean_type(kind)}",) if kind else ()
    text = parametrize(draft.get("message_template") or raised.get("value") or draft.get("message") or "")
    return (*parts, f"message:{text}") if text else parts


def _keys(exception: Draft, known: Sequence[str], count: bool | None) -> list[str]:  # noqa: FBT001 three-valued
    frames = exception.get("frames")
    if not frames:
        return []
    if count is False:
        return collapse(list(known))
    if count:
        return collapse([key for key, frame in zip(known, frames, strict=True) if frame.get("in_app")])
    return collapse([key for key, frame in zip(known, frames, strict=True) if frame.get("in_app") is not False])
