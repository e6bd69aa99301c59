"""Raw frames as the schema has them."""

from __future__ import annotations

import itertools
from types import CodeType
from typing import Any

from seawall_client.events.bounds import MAX_LINE, MAX_NAME
from seawall_client.events.chains import Raised, RawFrame
from seawall_client.events.places import Place, Places
from seawall_client.events.source import context_of

__all__ = ["exceptions_of"]

_Json = dict[str, Any]


def exceptions_of(raised: list[Raised], places: Places, around: int) -> list[_Json]:
    """The exceptions of an event, with `around` source lines before and after; below zero there are none."""
    made = []
    for one in raised:
        frames = [frame for raw in one.frames if (frame := _frame(raw, places, around)) is not None]
        exception: _Json = {"type": one.type, "value": one.value, "frames": frames}
        if one.module:
            exception["module"] = one.module
        if len(raised) > 1:
            exception["id"] = one.id
            if one.parent is not None:
                exception["parent"] = one.parent
                exception["relation"] = one.relation
        if one.is_group:
            exception["is_group"] = True
        made.append(exception)
    return made


def _frame(raw: RawFrame, places: Places, around: int) -> _Json | None:
    path, function = raw.code.co_filename, raw.code.co_name
    module = raw.globals.get("__name__")
    module = module if isinstance(module, str) else None
    place = places.of(path, module)
    if place.ours:
        return None
    made: _Json = {"function": function[:MAX_NAME], "file": place.file[:MAX_LINE], "line": raw.line}
    if module:
        made["module"] = module[:MAX_NAME]
    if path != place.file:
        made["abs_path"] = path[:MAX_LINE]
    _put_place(made, place)
    context = context_of(path, raw.line, raw.globals, around)
    if context is not None:
        made["context"] = context
    column = _column(raw.code, raw.instruction) if place.in_app else None
    if column is not None:
        made["column"] = column
    if raw.locals:
        made["locals"] = raw.locals
    return made


def _put_place(made: _Json, place: Place) -> None:
    if place.in_app is not None:
        made["in_app"] = place.in_app
    if place.package:
        made["package"] = place.package


def _column(code: CodeType, instruction: int) -> int | None:
    """The column that was executed, from 1 on: Python 3.11 and newer know it (PEP 657)."""
    positions = getattr(code, "co_positions", None)
    if positions is None or instruction < 0:
        return None
    position = next(itertools.islice(positions(), instruction // 2, None), None)
    column = position[2] if position else None
    return None if column is None else column + 1
