"""What is kept for so many days and lies in tables without partitions: removed a bounded number of rows at a time."""

from typing import Any, Final

from psycopg import AsyncConnection

__all__ = ["remove_expired"]

ROWS = 5_000  # in one statement, so that no lock is held for long
STATEMENTS = 20  # for each kind of rows and call; the next one goes on
KEPT_DEAD_DAYS = 90  # at least: the dead-letter topic as we make it holds the records themselves for 30
KEPT_RELEASES = 50  # of a service and environment, however old: what comes after which is read off them


async def remove_expired(connection: AsyncConnection[Any], retention_days: int) -> int:
    """Remove what is older, and needed by nothing that is still live. The connection must be in autocommit.

    Incidents, their histories and what was delivered stay: analysts ask for years of them, and they are few.

    Returns:
        Rows removed, those that others refer to not counted.
    """
    removed = 0
    values = {
        "days": retention_days,
        "dead_days": max(retention_days, KEPT_DEAD_DAYS),
        "rows": ROWS,
        "kept": KEPT_RELEASES,
    }
    for statement in _STATEMENTS:
        for _ in range(STATEMENTS):
            cursor = await connection.execute(statement, values)
            removed += cursor.rowcount
            if cursor.rowcount < ROWS:
                break
    return removed


# Rows are locked first, and passed over where somebody works with them just now.
_STATEMENTS: Final = (
    """
    DELETE FROM dropped_records WHERE id IN (
        SELECT id FROM dropped_records WHERE at < now() - make_interval(days => %(days)s) LIMIT %(rows)s)""",
    # What stays of a flood of them would otherwise be there for ever.
    """
    DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM dead_letters WHERE received_at < now() - make_interval(days => %(dead_days)s)
        LIMIT %(rows)s))""",
    """
    DELETE FROM held_back WHERE id IN (
        SELECT id FROM held_back WHERE at < now() - make_interval(days => %(days)s) LIMIT %(rows)s)""",
    # No route counts for longer: see rules.rulefile.routing.
    """
    DELETE FROM route_messages WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM route_messages WHERE at < now() - interval '1 day' LIMIT %(rows)s))""",
    """
    DELETE FROM traffic WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM traffic WHERE minute < now() - make_interval(days => %(days)s) LIMIT %(rows)s))""",
    """
    DELETE FROM feedback WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM feedback WHERE at < now() - make_interval(days => %(days)s) LIMIT %(rows)s))""",
    """
    DELETE FROM check_ins WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM check_ins
        WHERE started_at < now() - make_interval(days => %(days)s) AND status <> 'in_progress' LIMIT %(rows)s))""",
    """
    DELETE FROM silences WHERE id IN (
        SELECT id FROM silences WHERE ends_at < now() - make_interval(days => %(days)s) LIMIT %(rows)s)""",
    # A bundle goes when all that was told in it has long been over; what comes to it later makes it anew.
    """
    WITH gone AS (
        SELECT id FROM bundles
        WHERE NOT EXISTS (
            SELECT FROM bundle_incidents AS member JOIN incidents ON incidents.id = member.incident_id
            WHERE member.bundle_id = bundles.id AND (incidents.resolved_at IS NULL
                OR incidents.resolved_at >= now() - make_interval(days => %(days)s)
                OR incidents.updated_at >= now() - make_interval(days => %(days)s)))
            AND coalesce(flushed_at, '-infinity') < now() - make_interval(days => %(days)s)
            AND coalesce(flush_at, '-infinity') < now() - make_interval(days => %(days)s)
        LIMIT %(rows)s FOR UPDATE SKIP LOCKED
    ), members AS (
        DELETE FROM bundle_incidents USING gone WHERE bundle_id = gone.id RETURNING message_id
    ), messages AS (
        DELETE FROM channel_messages USING members WHERE channel_messages.message_id = members.message_id
    )
    DELETE FROM bundles USING gone WHERE bundles.id = gone.id""",
    """
    WITH gone AS (
        SELECT id FROM summaries WHERE told_at < now() - make_interval(days => %(days)s)
        LIMIT %(rows)s FOR UPDATE SKIP LOCKED
    ), told AS (
        DELETE FROM deliveries USING gone WHERE summary_id = gone.id
    ), collected AS (
        UPDATE deliveries SET digest_id = NULL FROM gone WHERE digest_id = gone.id
    ), about AS (
        DELETE FROM summary_incidents USING gone WHERE summary_id = gone.id
    )
    DELETE FROM summaries USING gone WHERE summaries.id = gone.id""",
    """
    DELETE FROM releases WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM (
            SELECT ctid, at,
                row_number() OVER (PARTITION BY service, environment ORDER BY at DESC, revision DESC) AS age
            FROM releases) AS one
        WHERE at < now() - make_interval(days => %(days)s) AND age > %(kept)s LIMIT %(rows)s))""",
    # What goes would be new again: while a group is seen in a release, that is noted anew each day.
    """
    DELETE FROM group_releases WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM group_releases WHERE seen_at < now() - make_interval(days => %(days)s)
        LIMIT %(rows)s FOR UPDATE SKIP LOCKED))""",
)
