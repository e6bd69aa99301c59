"""A delivery's row in PostgreSQL: taken before the vendor is called, finished or put back after.

The row is `sending`, committed, while the vendor is called: whoever finds it so knows that an earlier attempt may have
reached the vendor. It goes back to `pending` only where the vendor certainly did not take it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from models.severity import Severity
from sinks.contract import Also, Notice, Receipt
from sinks.delivering import split_channel
from sinks.trend import Trend, trend_of

__all__ = ["Taken", "finish", "put_back", "reject", "take", "unfinished"]

Connection = AsyncConnection[Any]
MAX_ALSO = 15  # other incidents that one message names

_SELECT = """
SELECT d.id, d.transition_id, d.incident_id::text, d.channel, d.status, d.attempts, d.attempted_at,
       now() - d.created_at AS age, d.message_id::text, d.grouped,
       l.kind, l.severity, l.at, l.reasons, l.activity, l.event_id::text, l.trace_id,
       i.status AS incident_status, i.title, i.service, i.environment, i.opened_at, i.culprit, i.rule, i.group_id::text,
       g.type AS error_type, g.last_release AS release, m.ref, i.assignee, l.actor, g.suspect, i.facts
  FROM deliveries d
  JOIN incident_log l USING (transition_id)
  JOIN incidents i ON i.id = d.incident_id
  LEFT JOIN groups g ON g.id = i.group_id
  LEFT JOIN channel_messages m ON m.message_id = d.message_id AND m.channel = d.channel
 WHERE d.id = %s
   FOR UPDATE OF d
"""
_SELECT_SUMMARY = """
SELECT d.id, 'summary:' || s.id AS transition_id, s.id::text AS incident_id, d.channel, d.status, d.attempts,
       d.attempted_at, now() - d.created_at AS age, d.message_id::text, d.grouped,
       CASE s.why WHEN 'digest' THEN 'digest' ELSE 'summary' END AS kind,
       'info' AS severity, s.told_at AS at, s.lines AS reasons, '{}'::jsonb AS activity,
       NULL AS event_id, NULL AS trace_id, 'resolved' AS incident_status, s.title, '' AS service, '' AS environment,
       s.since AS opened_at, NULL AS culprit, NULL AS rule, NULL AS group_id, NULL AS error_type, NULL AS release,
       m.ref, NULL AS assignee, 'seawall' AS actor, NULL AS suspect,
       '{}'::jsonb AS facts
  FROM deliveries d
  JOIN summaries s ON s.id = d.summary_id
  LEFT JOIN channel_messages m ON m.message_id = d.message_id AND m.channel = d.channel
 WHERE d.id = %s
   FOR UPDATE OF d
"""
_ALSO = """
SELECT i.id::text AS incident_id, i.title, i.service, i.severity::text, i.status::text,
       coalesce((i.activity->>'total')::bigint, 0) AS total, count(*) OVER () AS others
  FROM bundle_incidents b JOIN incidents i ON i.id = b.incident_id
 WHERE b.message_id = %s AND b.incident_id <> %s AND i.status NOT IN ('resolved', 'ignored')
 ORDER BY i.severity DESC, i.opened_at LIMIT %s
"""
_TRACE = """
SELECT 'cause: ' || cause.service || ': ' || left(cause.title, 150) || ' (' || cause.why || ')'
  FROM incident_causes AS cause WHERE cause.incident_id = %(incident)s
   AND EXISTS (SELECT FROM incident_links WHERE leader_id = %(incident)s AND split_at IS NULL)
 UNION ALL (
SELECT 'fails as well: ' || one.service || ': ' || left(one.title, 150)
       || CASE one.status WHEN 'resolved' THEN ' (over)' ELSE '' END
  FROM incident_links AS link JOIN incidents AS one ON one.id = link.follower_id
 WHERE link.leader_id = %(incident)s AND link.split_at IS NULL ORDER BY link.linked_at LIMIT 8)
"""
_SUPERSEDE = """
UPDATE deliveries d SET status = 'superseded', finished_at = now(),
       reply = CASE l.kind WHEN 'update' THEN 'something newer is shown' ELSE 'it was answered meanwhile' END
  FROM incident_log l JOIN incidents i ON i.id = l.incident_id
 WHERE d.id = %s AND d.status IN ('pending', 'sending') AND l.transition_id = d.transition_id
   AND (l.kind IN ('page', 'unanswered') AND i.status <> 'new'
     OR l.kind = 'remind_acknowledged' AND i.status <> 'acknowledged'
     OR l.kind = 'update'
        AND EXISTS (SELECT FROM deliveries n
                     WHERE n.message_id = d.message_id AND n.incident_id = d.incident_id AND n.channel = d.channel
                       AND n.id > d.id AND n.status <> 'rejected'))
"""
_KIND = """
SELECT coalesce(l.kind, 'summary') FROM deliveries d LEFT JOIN incident_log l USING (transition_id)
 WHERE d.id = %s AND d.status IN ('pending', 'sending')
"""
_TAKE = """
UPDATE deliveries
   SET attempted_at = CASE WHEN status = 'sending' THEN attempted_at ELSE now() END,
       status = 'sending', attempts = attempts + 1
 WHERE id = %s
"""
_FINISH = """
UPDATE deliveries SET status = %s, reply = %s, finished_at = now()
 WHERE id = %s AND attempts = %s AND status = 'sending'
"""
_PUT_BACK = """
UPDATE deliveries SET status = %s, reply = %s WHERE id = %s AND attempts = %s AND status = 'sending'
"""
_REMEMBER = """
INSERT INTO channel_messages (message_id, channel, ref) VALUES (%s, %s, %s)
ON CONFLICT (message_id, channel) DO UPDATE SET ref = EXCLUDED.ref
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A delivery that is ours to attempt. `attempt` counts from 1 and fences older attempts out."""

    attempt: int
    channel: str
    age: timedelta  # since it was decided on
    notice: Notice


async def unfinished(connection: Connection, delivery_id: int) -> str | None:
    """The kind of the transition that is still to be told, or None.

    A plain update whose incident has something newer to show in the channel is finished by this, and so is a page
    whose incident was answered before anybody could be paged.
    """
    await connection.execute(_SUPERSEDE, [delivery_id])
    row = await (await connection.execute(_KIND, [delivery_id])).fetchone()
    return row[0] if row else None


async def take(connection: Connection, delivery_id: int) -> Taken | None:
    """Mark the delivery as being sent, and commit; None where it is finished already, or does not exist."""
    async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(_SELECT, [delivery_id])).fetchone()
        row = row or await (await cursor.execute(_SELECT_SUMMARY, [delivery_id])).fetchone()
        if row is None or row["status"] not in {"pending", "sending"}:
            return None
        await cursor.execute(_TAKE, [delivery_id])
        await cursor.execute(_TRACE, {"incident": row["incident_id"]})
        traced = [next(iter(line.values())) for line in await cursor.fetchall()]
        row["reasons"] = [*traced, *row["reasons"], *_suspect(row["suspect"])]
        trend = await trend_of(connection, row["group_id"], row["at"]) if row["group_id"] else None
        also: list[DictRow] = []
        if row["grouped"]:
            await cursor.execute(_ALSO, [row["message_id"], row["incident_id"], MAX_ALSO])
            also = await cursor.fetchall()
    return Taken(
        attempt=row["attempts"] + 1,
        channel=row["channel"],
        age=row["age"],
        notice=_notice(row, also, trend),
    )


async def finish(connection: Connection, taken: Taken, receipt: Receipt) -> bool:
    """Store that the vendor accepted it; False where a later attempt has taken over."""
    async with connection.transaction():
        status = "sent" if receipt.shown else "superseded"
        if not await _end(connection, taken, status, receipt.reply):
            return False
        if receipt.ref is not None:
            await connection.execute(_REMEMBER, [taken.notice.message, taken.channel, Jsonb(receipt.ref)])
    return True


async def reject(connection: Connection, taken: Taken, reason: str) -> bool:
    """Store that it will never be delivered; False where a later attempt has taken over."""
    return await _end(connection, taken, "rejected", reason)


async def put_back(connection: Connection, taken: Taken, reason: str, *, maybe_accepted: bool) -> None:
    """Store why it must be tried again. A doubt, once there, stays until the delivery is finished."""
    status = "sending" if maybe_accepted or taken.notice.in_doubt else "pending"
    await connection.execute(_PUT_BACK, [status, reason, taken.notice.delivery_id, taken.attempt])


async def _end(connection: Connection, taken: Taken, status: str, reply: str) -> bool:
    cursor = await connection.execute(_FINISH, [status, reply, taken.notice.delivery_id, taken.attempt])
    return cursor.rowcount == 1


def _suspect(suspect: dict[str, Any] | None) -> list[str]:
    """The commit that may have brought it, in a line."""
    if not suspect:
        return []
    return [f"suspect commit: {str(suspect.get('commit'))[:12]} {suspect.get('subject')} ({suspect.get('author')})"]


def _notice(row: DictRow, also: Sequence[DictRow], trend: Trend | None) -> Notice:
    in_doubt = row["status"] == "sending"
    attempted_at: datetime | None = row["attempted_at"]
    return Notice(
        delivery_id=row["id"],
        transition_id=row["transition_id"],
        incident_id=row["incident_id"],
        target=split_channel(row["channel"])[1],
        kind=row["kind"],
        status=row["incident_status"],
        severity=Severity(row["severity"]),
        title=row["title"],
        service=row["service"],
        environment=row["environment"],
        at=row["at"],
        opened_at=row["opened_at"],
        reasons=row["reasons"],
        activity=row["activity"],
        error_type=row["error_type"],
        culprit=row["culprit"],
        release=row["release"],
        rule=row["rule"],
        group_id=row["group_id"],
        event_id=row["event_id"],
        trace_id=row["trace_id"],
        facts=row["facts"],
        trend=trend,
        ref=row["ref"],
        message=row["message_id"],
        grouped=row["grouped"],
        also=[
            Also(
                incident_id=one["incident_id"],
                title=one["title"],
                service=one["service"],
                severity=Severity(one["severity"]),
                status=one["status"],
                total=one["total"],
            )
            for one in also
        ],
        also_more=max(also[0]["others"] - len(also), 0) if also else 0,
        assignee=row["assignee"],
        actor=row["actor"],
        in_doubt=in_doubt,
        attempted_at=attempted_at if in_doubt else None,
    )
