"""Groups that were merged: each is counted by itself, and all of them are shown, resolved and alerted on as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from models.wire import GroupRef

__all__ = ["GroupFacts", "array", "facts_of_merged"]

MICROS = 1_000_000


@dataclass(slots=True, frozen=True)
class GroupFacts:
    """A group in the store, after the batch."""

    total: int  # occurrences
    users_total: int  # distinct users
    new: bool  # the batch made it
    regressed: bool  # it was resolved, and something happened later than that
    shown: GroupRef | None = None  # the group that it is merged with others as; the figures are of that


def array(items: Iterable[str]) -> str:
    """An array literal of values that need no quoting: numbers, ids, hex digits, enum labels."""
    return f"{{{','.join(items)}}}"


async def facts_of_merged(
    connection: AsyncConnection[Any], roots: Mapping[str, str], last: Mapping[str, float]
) -> dict[str, GroupFacts]:
    """The facts of merged groups, once the batch has added to their counters.

    Args:
        connection: in the batch's transaction.
        roots: group id -> id of the group that it is shown as.
        last: group id -> the latest event of the batch, epoch seconds.
    """
    newest: dict[str, float] = {}
    for group_id, root in roots.items():
        newest[root] = max(newest.get(root, 0.0), last[group_id])
    wanted = sorted(newest)
    # Those that the batch does not touch itself are locked only now, and so perhaps out of order: a deadlock between
    # two workers is broken by the server, and the batch that it refuses is tried again.
    await connection.execute("SELECT 1 FROM groups WHERE id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE", [array(wanted)])
    back = await connection.execute(
        _REGRESS, [array(wanted), array(str(round(newest[root] * MICROS)) for root in wanted)]
    )
    regressed = {row[0] for row in await back.fetchall()}
    cursor = await connection.execute(_SHOWN, [array(wanted)])
    shown = {row[0]: _facts(row, row[0] in regressed) for row in await cursor.fetchall()}
    return {group_id: shown[root] for group_id, root in roots.items()}


def _facts(row: Any, regressed: bool) -> GroupFacts:  # noqa: FBT001 -- of the row beside it
    group_id, fingerprint, service, environment, title, error_type, culprit, release, total, users = row
    group = GroupRef(
        group_id=group_id,
        fingerprint=fingerprint,
        service=service,
        environment=environment,
        title=title,
        error_type=error_type,
        culprit=culprit,
        release=release,
    )
    return GroupFacts(total, users, new=False, regressed=regressed, shown=group)


# A group that is resolved without a time is taken as resolved before everything.
_REGRESS = """
    UPDATE groups SET status = 'new', resolved_at = NULL, regressions = regressions + 1
    FROM unnest(%s::uuid[], %s::bigint[]) AS batch (root, last)
    WHERE id = root AND status = 'resolved'
        AND timestamptz 'epoch' + last * interval '1 microsecond' > coalesce(resolved_at, timestamptz 'epoch')
    RETURNING id::text"""

_SHOWN = """
    SELECT id::text, fingerprint, service, environment, title, type, culprit, last_release, occurrences, users
    FROM shown_groups WHERE id = ANY (%s::uuid[])"""
