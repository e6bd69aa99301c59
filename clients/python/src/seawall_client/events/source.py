"""The lines of source around a frame's line."""

from __future__ import annotations

import linecache
from typing import Any

from seawall_client.events.bounds import MAX_LINE

__all__ = ["context_of"]

_MAX_WIDTH = min(400, MAX_LINE)  # a longer line is data, not code


def context_of(path: str, line: int, module_globals: dict[str, Any], around: int) -> dict[str, Any] | None:
    """The line with `around` lines before and after it; None where the source is not there."""
    if line <= 0 or around < 0:
        return None
    linecache.lazycache(path, module_globals)  # of what lies in archives the module's loader has the source
    lines = linecache.getlines(path, module_globals)
    if line > len(lines):
        return None
    made: dict[str, Any] = {"line": _clean(lines[line - 1])}
    if around:
        made["before"] = [_clean(one) for one in lines[max(line - 1 - around, 0) : line - 1]]
        made["after"] = [_clean(one) for one in lines[line : line + around]]
    return made


def _clean(line: str) -> str:
    return line.rstrip()[:_MAX_WIDTH]
