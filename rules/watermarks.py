"""Counting each source offset once, however often and in whatever batches it is told."""

from models.wire import Part, Run, Source

__all__ = ["Watermarks", "advance"]

Watermarks = dict[str, list[int]]  # source key -> [generation, highest offset counted]


def advance(marks: Watermarks, source: Source, parts: list[Part]) -> tuple[Watermarks, list[tuple[int, int]]]:
    """What of `parts` was not counted yet, and the watermarks after it.

    A newer generation of the source's topic starts over; an older one counts nothing.

    Returns:
        New watermarks and (bucket, events) for each part that holds something new; the given watermarks and an empty
        list if none does.
    """
    generation, mark = marks.get(source.key, (-1, -1))
    if source.generation > generation:
        mark = -1
    elif source.generation < generation:
        return marks, []
    fresh: list[tuple[int, int]] = []
    highest = mark
    for part in parts:
        events = 0
        for run in part.runs:
            events += _above(run, mark)
            highest = max(highest, run[0] + run[1] - 1)
        if events:
            fresh.append((part.bucket, events))
    if not fresh:
        return marks, fresh
    return {**marks, source.key: [source.generation, highest]}, fresh


def _above(run: Run, mark: int) -> int:
    first, offsets, each = run
    return max(first + offsets - 1 - max(mark, first - 1), 0) * each
