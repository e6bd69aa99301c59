"""The texts of a frame but its locals: names, paths and source lines."""

from typing import Any

from models import bounds

__all__ = ["FRAME_NAMES", "context_lines", "frame_text", "put_context"]

Frame = dict[str, Any]

FRAME_NAMES = {
    "function": bounds.MAX_NAME,
    "module": bounds.MAX_NAME,
    "file": bounds.MAX_LINE,
    "package": bounds.MAX_LINE,
    "abs_path": bounds.MAX_LINE,
    "address": bounds.MAX_NAME,
}
"""Each with how long it may be."""


def frame_text(frame: Frame) -> str:
    """All texts of a frame but its locals, a line each."""
    get = frame.get
    context = get("context")
    names = f"{get('function')}\n{get('module')}\n{get('file')}\n{get('package')}"
    if "abs_path" in frame or "address" in frame:
        names = f"{names}\n{get('abs_path')}\n{get('address')}"
    if not context:
        return names
    lines = "\n".join(context_lines(context))
    return f"{names}\n{lines}"


def context_lines(context: dict[str, Any]) -> list[str]:
    """The source lines around a frame's line, in order."""
    line = context.get("line")
    return [*(context.get("before") or ()), *(() if line is None else (line,)), *(context.get("after") or ())]


def put_context(context: dict[str, Any], lines: list[str]) -> None:
    """Put lines back to where `context_lines` took them from."""
    before = len(context.get("before") or ())
    if before:
        context["before"] = lines[:before]
    if context.get("line") is not None:
        context["line"] = lines[before]
        before += 1
    if context.get("after"):
        context["after"] = lines[before:]
