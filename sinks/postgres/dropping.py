"""Where the records lie that filters dropped: written in the batch's transaction, read to send them again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from models.occurrence import Dropped
from models.reasons import DropReason

__all__ = ["DroppedFilter", "DroppedRecords", "add_dropped_records", "find_dropped", "mark_replayed"]

Source = tuple[str, int, int]  # topic, partition, generation
Run = tuple[int, int]  # the first offset, and the one after the last
_Kind = tuple[str, str, tuple[int, ...]]  # rule, reason, ordinals; without any: all events of the records

_REPLAYABLE = frozenset({DropReason.FILTERED, DropReason.SAMPLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFilter:
    """Which of the dropped records."""

    rule: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    waiting_only: bool = False  # leave out what was sent again before


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedRecords:
    """Records of one batch that one filter dropped."""

    id: int
    topic: str
    partition: int
    generation: int
    rule: str
    reason: str
    runs: tuple[Run, ...]  # ascending
    records: int
    ordinals: tuple[int, ...] | None  # which of the records' events; None: all of them
    at: datetime


async def add_dropped_records(connection: AsyncConnection[Any], source: Source, dropped: Sequence[Dropped]) -> None:
    """Note what filters dropped of a batch, one row a rule.

    Args:
        connection: in the batch's transaction.
        source: where the batch lies.
        dropped: all that was passed over; what no filter dropped is left out.
    """
    by_kind = _by_kind(item for item in dropped if item.reason in _REPLAYABLE and item.rule)
    if not by_kind:
        return
    rows = [
        (rule, reason, _multirange(offsets), len(offsets), _array(ordinals))
        for (rule, reason, ordinals), offsets in sorted(by_kind.items())
    ]
    await connection.execute(_ADD, [*source, *(list(column) for column in zip(*rows, strict=True))])


def _by_kind(dropped: Iterable[Dropped]) -> dict[_Kind, list[int]]:
    """Kind -> offsets, ascending."""
    records: dict[tuple[int, str, str], list[Dropped]] = defaultdict(list)
    for item in dropped:
        records[item.offset, item.rule, item.reason.value].append(item)
    made: dict[_Kind, list[int]] = defaultdict(list)
    for (offset, rule, reason), items in sorted(records.items()):
        ordinals = () if all(item.alone for item in items) else tuple(sorted(item.ordinal for item in items))
        made[rule, reason, ordinals].append(offset)
    return made


def _multirange(offsets: Sequence[int]) -> str:
    """Ascending offsets as PostgreSQL writes an int8multirange."""
    runs: list[list[int]] = []
    for offset in offsets:
        if runs and runs[-1][1] == offset:
            runs[-1][1] = offset + 1
        else:
            runs.append([offset, offset + 1])
    return "{" + ",".join(f"[{first},{after})" for first, after in runs) + "}"


def _array(ordinals: tuple[int, ...]) -> str | None:
    return "{" + ",".join(map(str, ordinals)) + "}" if ordinals else None


async def find_dropped(connection: AsyncConnection[Any], which: DroppedFilter) -> list[DroppedRecords]:
    """What the filter asks for, the oldest first."""
    cursor = await connection.execute(
        _FIND,
        {
            "rule": which.rule,
            "reason": which.reason,
            "since": which.since,
            "until": which.until,
            "waiting_only": which.waiting_only,
        },
    )
    return [
        DroppedRecords(
            id=row[0],
            topic=row[1],
            partition=row[2],
            generation=row[3],
            rule=row[4],
            reason=row[5],
            runs=tuple((one.lower, one.upper) for one in row[6]),
            records=row[7],
            ordinals=tuple(row[8]) if row[8] is not None else None,
            at=row[9],
        )
        async for row in cursor
    ]


async def mark_replayed(connection: AsyncConnection[Any], ids: Sequence[int]) -> None:
    """Note that these were sent again."""
    await connection.execute(
        "UPDATE seawall.dropped_records SET replayed_at = now() WHERE id = ANY (%s::bigint[])", [list(ids)]
    )


_ADD = """
    INSERT INTO seawall.dropped_records (topic, partition, generation, rule, reason, offsets, records, ordinals)
    SELECT %s, %s, %s, rule, reason, offsets::int8multirange, records, ordinals::smallint[]
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
        AS batch (rule, reason, offsets, records, ordinals)"""

_FIND = """
    SELECT id, topic, partition, generation, rule, reason, offsets, records, ordinals, at
    FROM seawall.dropped_records
    WHERE (%(rule)s::text IS NULL OR rule = %(rule)s)
        AND (%(reason)s::text IS NULL OR reason = %(reason)s)
        AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
        AND NOT (%(waiting_only)s AND replayed_at IS NOT NULL)
    ORDER BY at, id"""
