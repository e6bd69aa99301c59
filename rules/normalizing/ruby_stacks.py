"""Backtraces of Ruby as lists of lines: `file:line:in 'method'`."""

from typing import Any

from models import bounds
from rules.stacktraces.ruby import namespace, owner_and_method

__all__ = ["ruby_exception", "ruby_frames", "split_backtrace"]

_LONGEST = 2_048
_IN = ":in "


def ruby_frames(lines: list[Any]) -> list[dict[str, Any]]:
    """The frames of a backtrace, outermost call first; what is no frame is left out."""
    ends = (
        lines
        if len(lines) <= bounds.MAX_FRAMES
        else [*lines[: bounds.MAX_FRAMES // 2], *lines[-bounds.MAX_FRAMES // 2 :]]
    )
    return [frame for line in reversed(ends) if isinstance(line, str) and (frame := _frame(line)) is not None]


def _frame(line: str) -> dict[str, Any] | None:
    """A frame; None where the line is none. Ruby 3.4 quotes methods and names their class."""
    place, _, method = line[:_LONGEST].strip().removeprefix("from ").partition(_IN)
    file, _, number = place.rpartition(":")
    if not file or not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 digits of a line
        return None
    made: dict[str, Any] = {"file": file, "line": int(number)}
    function = method.strip("`'\"")
    if function:
        owner, made["function"] = owner_and_method(function)
        if owner:
            made["module"] = owner
    return made


def split_backtrace(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text above a backtrace, and its frames; none where the text has none."""
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if index and _IN in line and _frame(line)), len(lines))
    return "\n".join(lines[:first]), ruby_frames([line for line in lines[first:] if _IN in line])


def ruby_exception(name: Any, value: Any, frames: list[dict[str, Any]]) -> dict[str, Any]:
    """An exception whose type is `Module::Class`, as Ruby and all notifiers for it name it."""
    module = namespace(name) if isinstance(name, str) else None
    exception = {"type": name, "value": value, "frames": frames}
    return {**exception, "module": module} if module else exception
