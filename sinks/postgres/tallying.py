"""The statements of a batch's transaction, in the order in which they must run.

Rows are passed as array literals in text: arrays of general adapters cost ten times the CPU. Every statement takes its
locks in the order of its arrays, which the caller has sorted; new keys are inserted before known ones are locked, so
that two workers can never wait for each other.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, AsyncCursor

from models.occurrence import Dropped
from sinks.postgres.arrays import array
from sinks.postgres.copying import unix_micros
from sinks.postgres.counting import GroupSum, MinuteKey
from sinks.postgres.merged import PUT_AWAY, GroupFacts, facts_of_merged
from sinks.postgres.put_away import Judge, PutAway, end, last_hours

__all__ = ["add_drops", "add_groups", "add_minutes", "add_users"]


@dataclass(slots=True, frozen=True)
class _Locked:
    """Groups that are locked."""

    count: int  # how many there are
    put_away: list[PutAway]  # those that are resolved or ignored; without those in `roots`
    roots: dict[str, str]  # of those merged with others: the group that they are shown as


async def add_users(connection: AsyncConnection[Any], sums: Sequence[GroupSum]) -> None:
    """Note the users of each group, and set each sum's `new_users`."""
    pairs = [(index, user) for index, total in enumerate(sums) for user in sorted(total.users)]
    if not pairs:
        return
    cursor = await connection.execute(
        _ADD_USERS,
        [array(sums[index].group.group_id for index, _ in pairs), array(user.hex() for _, user in pairs)],
    )
    new = dict(await cursor.fetchall())
    for total in sums:
        total.new_users = new.get(total.group.group_id, 0)


async def add_groups(
    connection: AsyncConnection[Any], sums: Sequence[GroupSum], known: set[str], judge: Judge
) -> dict[str, GroupFacts]:
    """Make the groups that are missing, and add to the counters of all.

    Args:
        connection: in the batch's transaction.
        sums: sorted by group id.
        known: ids of groups that surely exist, to spare asking; a wrong one costs an extra round.
        judge: decides what brings back a group that was put away.
    """
    made = await _make_groups(connection, [total for total in sums if total.group.group_id not in known])
    locked = await _lock_groups(connection, sums)
    if locked.count < len(sums):  # deleted since it was known
        known.clear()
        made |= await _make_groups(connection, sums)
        locked = await _lock_groups(connection, sums)
    cursor = await connection.execute(_UPDATE_GROUPS, _update_arguments(sums), binary=True)
    figures = {sums[number - 1].group.group_id: (total, users) for number, total, users in await cursor.fetchall()}
    back = await _judge(connection, locked.put_away, sums, judge) if locked.put_away else {}
    facts = {
        group_id: GroupFacts(total, users, group_id in made, back.get(group_id))
        for group_id, (total, users) in figures.items()
    }
    if locked.roots:
        facts |= await facts_of_merged(connection, locked.roots, sums, judge)
    return facts


async def _judge(
    connection: AsyncConnection[Any], put_away: Sequence[PutAway], sums: Sequence[GroupSum], judge: Judge
) -> dict[str, str]:
    """Which groups are new again, and why."""
    totals, hours = {total.group.group_id: total for total in sums}, await last_hours(connection, put_away)
    back = {}
    for one in put_away:
        total = totals[one.group_id]
        why = judge.came_back(
            one.how,
            service=one.service,
            releases=total.releases,
            events=one.events + total.occurrences,
            users=one.users + total.new_users,
            last_hour=hours.get(one.group_id, 0) + total.occurrences,
        )
        if why:
            back[one.group_id] = why
    await end(connection, back)
    return back


async def add_minutes(connection: AsyncConnection[Any], minutes: Sequence[tuple[MinuteKey, int]]) -> None:
    """Add to the per-minute counts; `minutes` is sorted by its key."""
    releases, indexes = _distinct(release for (_, _, release), _ in minutes)
    await connection.execute(
        _ADD_MINUTES,
        {
            "releases": releases,
            "minute": array(str(minute) for (minute, _, _), _ in minutes),
            "id": array(group_id for (_, group_id, _), _ in minutes),
            "release": indexes,
            "n": array(str(count) for _, count in minutes),
        },
    )


async def add_drops(connection: AsyncConnection[Any], dropped: Sequence[Dropped]) -> None:
    """Count what was passed over, by day, reason, rule and service."""
    counts = sorted(Counter((item.reason.value, item.rule, item.service) for item in dropped).items())
    if counts:
        reasons, rules, services = (list(column) for column in zip(*(key for key, _ in counts), strict=True))
        await connection.execute(_ADD_DROPS, [reasons, rules, services, [count for _, count in counts]])


async def _make_groups(connection: AsyncConnection[Any], sums: Sequence[GroupSum]) -> set[str]:
    if not sums:
        return set()
    cursor = await connection.execute(
        _MAKE_GROUPS,
        {
            "id": array(total.group.group_id for total in sums),
            "fingerprint": [total.group.fingerprint for total in sums],
            "title": [total.group.title for total in sums],
            "culprit": [total.group.culprit for total in sums],
            "type": [total.group.error_type for total in sums],
            "service": [total.group.service for total in sums],
            "environment": [total.group.environment for total in sums],
            "severity": array(total.severity for total in sums),
            "first": array(str(unix_micros(total.first_at)) for total in sums),
            "last": array(str(unix_micros(total.last_at)) for total in sums),
            "release": [total.first_release for total in sums],
            "owner": [total.group.owner for total in sums],
            "team": [total.group.team for total in sums],
        },
    )
    return {row[0] for row in await cursor.fetchall()}


async def _lock_groups(connection: AsyncConnection[Any], sums: Sequence[GroupSum]) -> _Locked:
    cursor: AsyncCursor[Any] = await connection.execute(
        _LOCK_GROUPS, [array(total.group.group_id for total in sums)], binary=True
    )
    row = await cursor.fetchone()
    assert row is not None  # an aggregate
    count, put_away, merged, roots = row
    return _Locked(
        count, [PutAway.of(one) for one in put_away or ()], dict(zip(merged or (), roots or (), strict=True))
    )


def _update_arguments(sums: Sequence[GroupSum]) -> dict[str, Any]:
    # The ends' releases share one list, so that most batches pass a single text.
    releases, indexes = _distinct(
        release for total in sums for release in (total.first_release or "", total.last_release or "")
    )
    return {
        "releases": releases,
        "ends": indexes,
        "id": array(total.group.group_id for total in sums),
        "n": array(str(total.occurrences) for total in sums),
        "users": array(str(total.new_users) for total in sums),
        "first": array(str(unix_micros(total.first_at)) for total in sums),
        "last": array(str(unix_micros(total.last_at)) for total in sums),
        "severity": array(total.severity for total in sums),
        "event": array(total.last_event_id.hex() for total in sums),
    }


def _distinct(values: Iterable[str]) -> tuple[list[str], str]:
    """The distinct values, and for each value its 1-based place among them, as an array literal."""
    places: dict[str, int] = {}
    indexes = [str(places.setdefault(value, len(places) + 1)) for value in values]
    return list(places), array(indexes)


_ADD_USERS = """
    WITH added AS (
        INSERT INTO group_users (group_id, user_key)
        SELECT id, decode(key, 'hex') FROM unnest(%s::uuid[], %s::text[]) AS pairs (id, key)
        ON CONFLICT DO NOTHING RETURNING group_id
    )
    SELECT group_id::text, count(*) FROM added GROUP BY group_id"""

_MAKE_GROUPS = """
    INSERT INTO groups (id, fingerprint, title, culprit, type, service, environment, severity, first_seen, last_seen,
        first_release, owner, team)
    SELECT id, fingerprint, title, culprit, type, service, environment, severity,
        timestamptz 'epoch' + first * interval '1 microsecond', timestamptz 'epoch' + last * interval '1 microsecond',
        release, owner, team
    FROM unnest(%(id)s::uuid[], %(fingerprint)s::text[], %(title)s::text[], %(culprit)s::text[], %(type)s::text[],
        %(service)s::text[], %(environment)s::text[], %(severity)s::severity[], %(first)s::bigint[], %(last)s::bigint[],
        %(release)s::text[], %(owner)s::text[], %(team)s::text[])
        AS batch (id, fingerprint, title, culprit, type, service, environment, severity, first, last, release, owner,
            team)
    ON CONFLICT DO NOTHING RETURNING id::text"""

_LOCK_GROUPS = f"""
    WITH locked AS MATERIALIZED (
        SELECT *, root_id IS NOT NULL OR members > 0 AS merged
        FROM groups WHERE id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE
    )
    SELECT count(*), json_agg({PUT_AWAY}) FILTER (WHERE status IN ('resolved', 'ignored') AND NOT merged),
        array_agg(id::text) FILTER (WHERE merged), array_agg(coalesce(root_id, id)::text) FILTER (WHERE merged)
    FROM locked"""  # noqa: S608 -- a constant of ours

_UPDATE_GROUPS = """
    UPDATE groups SET
        occurrences = groups.occurrences + batch.n,
        users = groups.users + batch.users,
        severity = greatest(groups.severity, batch.severity),
        first_seen = least(groups.first_seen, batch.first),
        first_release = CASE WHEN batch.first < groups.first_seen
            THEN nullif(batch.first_release, '') ELSE groups.first_release END,
        last_seen = greatest(groups.last_seen, batch.last),
        last_release = CASE WHEN batch.last >= groups.last_seen
            THEN coalesce(nullif(batch.last_release, ''), groups.last_release) ELSE groups.last_release END,
        last_event_id = CASE WHEN batch.last >= groups.last_seen THEN batch.event ELSE groups.last_event_id END
    FROM (
        SELECT id, n, users, severity, event, number,
            timestamptz 'epoch' + first * interval '1 microsecond' AS first,
            timestamptz 'epoch' + last * interval '1 microsecond' AS last,
            (%(releases)s::text[])[(%(ends)s::int[])[number * 2 - 1]] AS first_release,
            (%(releases)s::text[])[(%(ends)s::int[])[number * 2]] AS last_release
        FROM unnest(%(id)s::uuid[], %(n)s::bigint[], %(users)s::bigint[], %(first)s::bigint[], %(last)s::bigint[],
            %(severity)s::severity[], %(event)s::uuid[])
            WITH ORDINALITY AS rows (id, n, users, first, last, severity, event, number)
    ) AS batch
    WHERE groups.id = batch.id
    RETURNING batch.number, groups.occurrences, groups.users"""

_ADD_MINUTES = """
    INSERT INTO minute_stats (minute, group_id, release, occurrences)
    SELECT to_timestamp(minute), id, (%(releases)s::text[])[release], n
    FROM unnest(%(minute)s::bigint[], %(id)s::uuid[], %(release)s::int[], %(n)s::int[])
        AS batch (minute, id, release, n)
    ON CONFLICT (minute, group_id, release) DO UPDATE SET
        occurrences = minute_stats.occurrences + excluded.occurrences"""

_ADD_DROPS = """
    INSERT INTO drop_stats (day, reason, rule, service, records)
    SELECT (now() AT TIME ZONE 'UTC')::date, reason, rule, service, records
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS batch (reason, rule, service, records)
    ON CONFLICT (day, reason, rule, service) DO UPDATE SET records = drop_stats.records + excluded.records"""
