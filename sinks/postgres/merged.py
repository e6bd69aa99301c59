"""Groups that were merged: each is counted by itself, and all of them are shown, resolved and alerted on as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from models.wire import GroupRef
from sinks.postgres.arrays import array
from sinks.postgres.counting import GroupSum
from sinks.postgres.put_away import Judge, PutAway, end, last_hours

__all__ = ["PUT_AWAY", "GroupFacts", "facts_of_merged"]


@dataclass(slots=True, frozen=True)
class GroupFacts:
    """A group in the store, after the batch."""

    total: int  # occurrences
    users_total: int  # distinct users
    new: bool  # the batch made it
    back: str | None  # why it is new again: it was resolved, or ignored
    shown: GroupRef | None = None  # the group that it is merged with others as; the figures are of that


PUT_AWAY = """json_build_object('id', id, 'status', status, 'service', service, 'events', occurrences, 'users', users,
    'resolved_at', extract(epoch FROM resolved_at), 'resolved_in', resolved_in, 'ignored', ignored)"""


async def facts_of_merged(
    connection: AsyncConnection[Any], roots: Mapping[str, str], sums: Sequence[GroupSum], judge: Judge
) -> dict[str, GroupFacts]:
    """The facts of merged groups, once the batch has added to their counters.

    Args:
        connection: in the batch's transaction.
        roots: group id -> id of the group that it is shown as.
        sums: the batch's, of these groups at least.
        judge: decides what brings back a group that was put away.
    """
    wanted = sorted(set(roots.values()))
    # Those that the batch does not touch itself are locked only now, and so perhaps out of order: a deadlock between
    # two workers is broken by the server, and the batch that it refuses is tried again.
    await connection.execute("SELECT 1 FROM groups WHERE id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE", [array(wanted)])
    cursor = await connection.execute(_SHOWN, [array(wanted)])
    rows = await cursor.fetchall()
    put_away = [PutAway.of(row[0]) for row in rows if row[0]["status"] in ("resolved", "ignored")]
    hours = await last_hours(connection, put_away)
    back = {}
    for one in put_away:
        mine = [total for total in sums if roots.get(total.group.group_id) == one.group_id]
        why = judge.came_back(
            one.how,
            service=one.service,
            releases=_releases(mine),
            events=one.events,
            users=one.users,
            last_hour=hours.get(one.group_id, 0) + sum(total.occurrences for total in mine),
        )
        if why:
            back[one.group_id] = why
    await end(connection, back)
    shown = {row[0]["id"]: _facts(row, back.get(row[0]["id"])) for row in rows}
    return {group_id: shown[root] for group_id, root in roots.items()}


def _releases(sums: Sequence[GroupSum]) -> dict[str | None, float]:
    latest: dict[str | None, float] = {}
    for total in sums:
        for release, at in total.releases.items():
            latest[release] = max(at, latest.get(release, 0.0))
    return latest


def _facts(row: Any, back: str | None) -> GroupFacts:
    figures, fingerprint, environment, title, error_type, culprit, release = row
    group = GroupRef(
        group_id=figures["id"],
        fingerprint=fingerprint,
        service=figures["service"],
        environment=environment,
        title=title,
        error_type=error_type,
        culprit=culprit,
        release=release,
    )
    return GroupFacts(figures["events"], figures["users"], new=False, back=back, shown=group)


_SHOWN = f"""
    SELECT {PUT_AWAY}, fingerprint, environment, title, type, culprit, last_release
    FROM shown_groups WHERE id = ANY (%s::uuid[])"""  # noqa: S608 -- a constant of ours
