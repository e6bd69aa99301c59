"""Incidents with deliveries, as the stream job writes them."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from models.severity import Severity
from sinks.jobs import defer_deliveries, defer_only_app
from sinks.postgres.connecting import connect
from sinks.postgres.incidents import Delivery, IncidentRow, LogEntry, add_deliveries, write_incidents

SLACK, PAGERDUTY = "slack:#payments", "pagerduty:default"
APP = defer_only_app()


class Incident:
    """One incident, moved on by a test."""

    def __init__(self, connection: AsyncConnection[Any], title: str = "KeyError: 'user'") -> None:
        now = datetime.now(UTC)
        self._connection = connection
        self.row = IncidentRow(
            id=str(uuid.uuid4()),
            alert_key=f"group:{uuid.uuid4()}",
            status="new",
            severity=Severity.ERROR,
            title=title,
            service="payments",
            environment="production",
            opened_at=now,
            updated_at=now,
        )

    async def go(self, kind: str, channels: Sequence[str] = (SLACK, PAGERDUTY), **changes: Any) -> list[int]:
        """Make a transition and defer its deliveries; their ids."""
        self.row = replace(self.row, **changes)
        entry = LogEntry(
            transition_id=f"{self.row.id}/{uuid.uuid4()}", kind=kind, at=datetime.now(UTC), severity=self.row.severity
        )
        wanted = [
            Delivery(transition_id=entry.transition_id, incident_id=self.row.id, channel=c, message_id=self.row.id)
            for c in channels
        ]
        async with self._connection.transaction():
            await write_incidents(self._connection, [self.row], [(self.row.id, entry)])
            deliveries = await add_deliveries(self._connection, wanted)
            await defer_deliveries(APP, self._connection, deliveries)
        by_channel = {delivery.channel: number for number, delivery in deliveries.items()}
        return [by_channel[channel] for channel in channels]

    async def deliveries(self, channel: str) -> list[tuple[str, str]]:
        """Kind and status of each delivery to a channel, the oldest first."""
        cursor = await self._connection.execute(
            "SELECT l.kind, d.status::text FROM deliveries d JOIN incident_log l USING (transition_id)"
            " WHERE d.incident_id = %s AND d.channel = %s ORDER BY d.id",
            [self.row.id, channel],
        )
        return await cursor.fetchall()

    async def unfinished(self) -> int:
        cursor = await self._connection.execute(
            "SELECT count(*) FROM deliveries WHERE incident_id = %s AND status IN ('pending', 'sending')", [self.row.id]
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[AsyncConnection[Any]]:
    connection = await connect(database_url, application_name="test")
    try:
        yield connection
    finally:
        await connection.close()
