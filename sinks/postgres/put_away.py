"""Groups that people resolved or ignored, and whether what a batch brings makes them new again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from psycopg import AsyncConnection

from models.triage import Ignored, Resolved
from sinks.postgres.arrays import array

__all__ = ["AtOnce", "Judge", "PutAway", "end", "last_hours"]


class Judge(Protocol):
    """Decides. Pure."""

    def came_back(
        self,
        put_away: Ignored | Resolved,
        *,
        service: str,
        releases: Mapping[str | None, float],
        events: int,
        users: int,
        last_hour: int,
    ) -> str | None:
        """Why the group is new again; None where it stays as it is.

        Args:
            put_away: how it was put away.
            service: whose releases are meant.
            releases: release -> its latest event in the batch, epoch seconds.
            events: of the group, ever, the batch included.
            users: likewise.
            last_hour: events of the last hour, where `put_away` asks for them.
        """


class AtOnce:
    """Whatever happens after a group was resolved brings it back; what is ignored stays so."""

    def came_back(
        self,
        put_away: Ignored | Resolved,
        *,
        service: str,
        releases: Mapping[str | None, float],
        events: int,
        users: int,
        last_hour: int,
    ) -> str | None:
        """See Judge."""
        del service, events, users, last_hour
        if isinstance(put_away, Ignored) or max(releases.values()) <= put_away.at:
            return None
        return "back after it was resolved"


@dataclass(slots=True, frozen=True)
class PutAway:
    """A group that was resolved or ignored, as it is before the batch."""

    group_id: str
    service: str
    how: Ignored | Resolved
    events: int
    users: int

    @staticmethod
    def of(row: Mapping[str, Any]) -> "PutAway":
        """From the JSON object that the queries make of a row."""
        if row["status"] == "ignored":
            how: Ignored | Resolved = msgspec.convert({"at": 0.0, **(row["ignored"] or {})}, Ignored)
        else:
            # A group that is resolved without a time is taken as resolved before everything.
            how = msgspec.convert({"at": row["resolved_at"] or 0.0, **(row["resolved_in"] or {})}, Resolved)
        return PutAway(row["id"], row["service"], how, row["events"], row["users"])


async def last_hours(connection: AsyncConnection[Any], groups: Sequence[PutAway]) -> dict[str, int]:
    """Events of the last hour of those groups that are ignored until they escalate, this batch left out."""
    asked = [one.group_id for one in groups if isinstance(one.how, Ignored) and one.how.per_hour is not None]
    if not asked:
        return {}
    cursor = await connection.execute(
        "SELECT group_id::text, sum(occurrences)::int FROM minute_stats"
        " WHERE group_id = ANY (%s::uuid[]) AND minute > now() - interval '1 hour' GROUP BY 1",
        [array(asked)],
    )
    return dict(await cursor.fetchall())


async def end(connection: AsyncConnection[Any], back: Mapping[str, str]) -> None:
    """Make groups new again. `back`: group id -> why."""
    if back:
        await connection.execute(_END, [sorted(back), [back[group_id] for group_id in sorted(back)]])


_END = """
    WITH batch AS (SELECT * FROM unnest(%s::uuid[], %s::text[]) AS batch (id, why)),
    told AS (
        INSERT INTO group_log (group_id, actor, action, detail)
        SELECT id, 'seawall', 'back', jsonb_build_object('why', why) FROM batch
    )
    UPDATE groups SET status = 'new', regressions = regressions + (status = 'resolved')::int, resolved_at = NULL,
        resolved_in = NULL, ignored = NULL, version = version + 1
    FROM batch WHERE groups.id = batch.id"""
