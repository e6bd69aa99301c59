"""Which groups were seen in which releases, and which release came before an event."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection

__all__ = ["Began", "add_group_releases", "fill_group_releases", "last_releases", "seen_before"]

FILL_DAYS = 7  # of minute counts that are looked through where nobody kept the releases of groups before


class Began(NamedTuple):
    """A group, and the time of its first event in a batch, epoch seconds."""

    group_id: str
    service: str
    environment: str
    at: float


async def add_group_releases(
    connection: AsyncConnection[Any], pairs: Collection[tuple[str, str]], made: Collection[str]
) -> set[tuple[str, str]]:
    """Note groups and releases; returns those that are new: nothing shown as the group was seen in the release.

    What is known already is noted to be seen still, once a day.

    Args:
        connection: in the batch's transaction, which has locked the groups: of two workers one finds them new.
        pairs: group id and release.
        made: ids of groups that the batch made.
    """
    if not pairs:
        return set()
    ordered = sorted(pairs)
    cursor = await connection.execute(
        _ADD,
        {"ids": [one for one, _ in ordered], "releases": [one for _, one in ordered], "made": list(made)},
    )
    return {(row[0], row[1]) for row in await cursor.fetchall()}


async def fill_group_releases(connection: AsyncConnection[Any]) -> None:
    """Note what the last days' counts say, so that what was there before a rule asked for it is not taken for new."""
    await connection.execute(_FILL, [FILL_DAYS])


async def last_releases(
    connection: AsyncConnection[Any], began: Sequence[Began], within: int
) -> dict[str, tuple[str, float]]:
    """The newest release of each group's service before its time, and how many seconds before; at most `within`."""
    if not began:
        return {}
    cursor = await connection.execute(
        _LAST,
        {
            "id": [one.group_id for one in began],
            "service": [one.service for one in began],
            "environment": [one.environment for one in began],
            "at": [datetime.fromtimestamp(one.at, UTC) for one in began],
            "within": within,
        },
    )
    return {row[0]: (row[1], row[2]) for row in await cursor.fetchall()}


async def seen_before(connection: AsyncConnection[Any], at: datetime) -> dict[str, set[str]]:
    """The releases that groups were seen in before a time, as far back as minutes are kept."""
    cursor = await connection.execute(_SEEN, [at])
    return {row[0]: set(row[1]) for row in await cursor.fetchall()}


_ADD = """
    WITH pairs AS (SELECT * FROM unnest(%(ids)s::uuid[], %(releases)s::text[]) AS pairs (group_id, release)),
    added AS (
        INSERT INTO group_releases (group_id, release)
        SELECT group_id, release FROM pairs ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING group_id, release
    ), seen AS (
        SELECT group_id, release FROM group_releases JOIN pairs USING (group_id, release)
        WHERE seen_at < now() - interval '1 day' FOR UPDATE OF group_releases SKIP LOCKED
    ), again AS (
        UPDATE group_releases AS known SET seen_at = now() FROM seen
        WHERE known.group_id = seen.group_id AND known.release = seen.release
    )
    SELECT group_id::text, release FROM added
    WHERE NOT EXISTS (
        SELECT FROM groups AS member JOIN group_releases AS known ON known.group_id = member.id
        WHERE member.root_id = added.group_id AND known.release = added.release
    ) AND NOT EXISTS (
        SELECT FROM groups WHERE id = added.group_id AND first_release = added.release AND id <> ALL (%(made)s::uuid[])
    )"""

_FILL = """
    INSERT INTO group_releases (group_id, release)
    SELECT coalesce(root_id, id), release
    FROM (
        SELECT DISTINCT group_id, release FROM minute_stats
        WHERE minute > now() - make_interval(days => %s) AND release <> ''
    ) AS seen JOIN groups ON groups.id = seen.group_id
    ORDER BY 1, 2 ON CONFLICT DO NOTHING"""

_LAST = """
    SELECT began.id, newest.release, extract(epoch FROM began.at - newest.at)::float8
    FROM unnest(%(id)s::text[], %(service)s::text[], %(environment)s::text[], %(at)s::timestamptz[])
        AS began (id, service, environment, at)
    CROSS JOIN LATERAL (
        SELECT release, at FROM releases
        WHERE releases.service = began.service AND releases.environment IN ('', began.environment)
            AND releases.at BETWEEN began.at - make_interval(secs => %(within)s) AND began.at
        ORDER BY at DESC LIMIT 1
    ) AS newest"""

_SEEN = """
    SELECT group_id::text, array_agg(DISTINCT release) FROM minute_stats
    WHERE minute < %s AND release <> '' GROUP BY group_id"""
