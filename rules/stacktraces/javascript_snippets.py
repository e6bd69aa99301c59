"""The line of source that engines print with an error: above it (Node, Bun) or below its message (Deno)."""

import re
from typing import Any

from rules.stacktraces.parsed import MAX_LINE_READ, frame, number

__all__ = ["add_source", "below_message", "take_above", "thrown_value"]

_PLACE = re.compile(r"(\S.{0,1000}):(\d{1,9})$")
_NUMBERED = re.compile(r"\s{0,6}(\d{1,9}) \| (.*)$")  # Bun
_CARETS = frozenset(" \t^~")
_MOST = 8  # lines of source that Bun prints
_UNTRACED = "(Use `node --trace-uncaught ...` to show where the exception was thrown)"

Snippet = tuple[str | None, int | None, str]  # file, line, source


def _is_caret(line: str) -> bool:
    return "^" in line and _CARETS.issuperset(line)


def take_above(before: list[str]) -> Snippet | None:
    """The source that ends a text in front of an error, taken off it."""
    while before and not before[-1].strip():
        before.pop()
    if len(before) >= 2 and _is_caret(before[-1]) and (numbered := _NUMBERED.match(before[-2][:MAX_LINE_READ])):  # noqa: PLR2004
        before.pop()
        while before and len(before) and _NUMBERED.match(before[-1][:MAX_LINE_READ]):
            before.pop()
        return None, number(numbered[1]), numbered[2].strip()
    if before and before[-1].startswith("wasm:") and (place := _PLACE.match(before[-1][:MAX_LINE_READ])):
        del before[-1]
        return place[1], number(place[2]), ""
    for height in range(3, 6):  # place, source (of several lines at times), carets
        if len(before) >= height and (place := _PLACE.match(before[-height][:MAX_LINE_READ])):
            if not _is_caret(before[-1]) and before[-1].strip():
                return None
            source = before[1 - height].strip()
            del before[-height:]
            return place[1], number(place[2]), source
    return None


def below_message(header: str) -> tuple[str, str | None]:
    """A header without the line of source and the carets at its end, and that line."""
    said = header.split("\n")
    if len(said) > 2 and _is_caret(said[-1]):  # noqa: PLR2004 message, source, carets
        return "\n".join(said[:-2]), said[-2].strip()
    return header, None


def add_source(frames: list[dict[str, Any]], snippet: Snippet, *, raises: bool) -> None:
    """Give the source to its frame.

    Args:
        frames: the innermost first.
        snippet: from above the error.
        raises: whether its place becomes a frame where none of the calls is there: a file with bad syntax, say. Of
            other errors it is where they were thrown again.
    """
    file, line, source = snippet
    for one in frames:
        if one.get("line") == line and (file is None or one.get("file", "").endswith(file)):
            if source:
                one["context"] = {"line": source}
            return
    if raises and file is not None and ("/" in file or "\\" in file) and not file.startswith(("node:", "wasm:")):
        made = frame(file=file, line=line)
        frames.insert(0, made | ({"context": {"line": source}} if source else {}))


def thrown_value(lines: list[str]) -> tuple[int, int, str, Snippet] | None:
    """A value without a stack that was thrown and not caught: where it is told, the value, and its place."""
    end = next((at for at, line in enumerate(lines) if line.strip() == _UNTRACED), None)
    if end is None:
        return None
    for at in range(end - 1, max(end - 30, 1), -1):
        if _is_caret(lines[at][:MAX_LINE_READ]) and (place := _PLACE.match(lines[at - 2][:MAX_LINE_READ])):
            value = "\n".join(lines[at + 1 : end]).strip()
            return at - 2, end + 1, value, (place[1], number(place[2]), lines[at - 1].strip())
    return None
