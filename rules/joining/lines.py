"""Lines of many sources made into groups, each of which is one trace."""

from collections.abc import Iterable
from typing import NamedTuple

from rules.joining.marks import Mark, mark_of
from rules.joining.traces import Line, Trace

__all__ = ["GAP", "Joined", "Line", "join"]

GAP = 2.0  # seconds at most between two lines of a trace
_FIRST = frozenset({Mark.MENTION, Mark.HEADER, Mark.BEGIN, Mark.TRACE, Mark.RUBY})  # with which a trace may begin
_RULER = "=" * 18  # above the reports of sanitizers and of Go's race detector
_INTRODUCED = _FIRST - {Mark.MENTION}


class Joined(NamedTuple):
    """Indexes that belong together, in their order; see the package."""

    groups: list[list[int]]
    open: list[list[int]]


def join(lines: Iterable[Line], *, ended: bool = False) -> Joined:
    """Find the traces in lines that are in order.

    Args:
        lines: of any sources.
        ended: whether no more will come, so that nothing stays open.
    """
    joined = Joined([], [])
    traces: dict[str, Trace] = {}
    latest = 0.0
    for line in lines:
        latest = max(latest, line.at)
        if line.source:
            _take(line, traces, joined.groups)
    for trace in traces.values():
        if ended or latest - trace.last > GAP or trace.full:
            _close(trace, joined.groups)
        else:
            joined.open.append([*trace.indexes, *(one.number for one in trace.waiting)])
    joined.groups.sort()
    joined.open.sort()
    return joined


def _take(line: Line, traces: dict[str, Trace], groups: list[list[int]]) -> None:
    mark = mark_of(line.text)
    trace = traces.get(line.source)
    before: Line | None = None
    if trace is not None:
        near = abs(line.at - trace.last) <= GAP
        if near and not trace.full and trace.take(line, mark):
            return
        _close(trace, groups)
        del traces[line.source]
        before = trace.waiting[-1] if near and trace.waiting else None
    if before is not None and mark in _INTRODUCED and (before.told or mark_of(before.text) is Mark.MENTION):
        made = traces[line.source] = Trace(before, Mark.MENTION)  # it waited for the trace above, and is of this one
        made.take(line, mark)
    elif mark in _FIRST or (line.told and mark is Mark.OTHER):
        traces[line.source] = Trace(line, mark)
    elif line.text.startswith(_RULER):
        traces[line.source] = Trace(line, Mark.BEGIN)


def _close(trace: Trace, groups: list[list[int]]) -> None:
    if trace.is_one and len(trace.indexes) > 1:
        groups.append(trace.indexes)
