"""How a group's events came in the last hour and day, as a line of blocks that every channel can show."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import AsyncConnection

__all__ = ["DAY", "HOUR", "Trend", "sparkline", "trend_lines", "trend_of"]

BLOCKS = "▁▂▃▄▅▆▇█"
HOUR = (20, 3)  # columns, minutes each
DAY = (24, 60)


class Trend(NamedTuple):
    """Events by columns of time, the last one ending with the message's time."""

    hour: Sequence[int]
    day: Sequence[int]


async def trend_of(connection: AsyncConnection[Any], group_id: str, at: datetime) -> Trend:
    """What was counted of a group, and of those merged into it, in the day up to a time."""
    cursor = await connection.execute(_MINUTES, {"group": group_id, "from": at - timedelta(days=1), "to": at})
    ages = [(int(age), int(events)) for age, events in await cursor.fetchall()]
    return Trend(_columns(ages, *HOUR), _columns(ages, *DAY))


def sparkline(counts: Sequence[int]) -> str:
    """A block a column: the lowest one where there was nothing, the highest where there was most."""
    most = max(counts, default=0)
    return "".join(BLOCKS[-(-count * (len(BLOCKS) - 1) // most) if most else 0] for count in counts)


def trend_lines(trend: Trend | None, recent: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Name and text of each line; none where there was nothing.

    Args:
        trend: of a group.
        recent: of a threshold, `models.wire.Recent` as a mapping.
    """
    if recent is not None and any(recent["counts"]):
        counts, seconds = recent["counts"], recent["seconds"]
        name = f"Last {_span(len(counts) * seconds)}"
        return [(name, f"{sparkline(counts)} up to {max(counts):,} in {_span(seconds)}")]
    if trend is None or not any(trend.day):
        return []
    lines = []
    for name, counts, (_, minutes) in (("Last hour", trend.hour, HOUR), ("Last day", trend.day, DAY)):
        if any(counts):
            span = "an hour" if minutes == DAY[1] else f"{minutes} min"
            lines.append((name, f"{sparkline(counts)} up to {max(counts):,} in {span}"))
    return lines


def _span(seconds: int) -> str:
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _columns(ages: Sequence[tuple[int, int]], columns: int, minutes: int) -> list[int]:
    """Events by column; an age is in minutes before the end."""
    counts = [0] * columns
    for age, events in ages:
        if 0 <= age < columns * minutes:
            counts[columns - 1 - age // minutes] += events
    return counts


# Each minute is looked up by itself: the key begins with it, and a day of all groups' minutes is much to read.
_MINUTES = """
    SELECT extract(epoch FROM date_trunc('minute', %(to)s::timestamptz) - m.minute)::int / 60, counted.events
    FROM generate_series(
        date_trunc('minute', %(from)s::timestamptz), date_trunc('minute', %(to)s::timestamptz), interval '1 minute'
    ) AS m (minute)
    CROSS JOIN LATERAL (
        SELECT sum(occurrences) AS events FROM minute_stats AS stats
        WHERE stats.minute = m.minute AND stats.group_id = ANY (
            ARRAY(SELECT id FROM groups WHERE id = %(group)s::uuid OR root_id = %(group)s::uuid)
        )
    ) AS counted
    WHERE counted.events IS NOT NULL"""
