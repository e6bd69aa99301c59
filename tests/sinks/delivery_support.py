"""Incidents with deliveries, as the stream job writes them."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from models.severity import Severity
from sinks.jobs import defer_delivery, defer_only_app
from sinks.postgres.connecting import connect
from sinks.postgres.incidents import IncidentRow, LogEntry, add_delivery, write_transition

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
            status="open",
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
        ids = []
        async with self._connection.transaction():
            await write_transition(self._connection, self.row, entry)
            for channel in channels:
                delivery = await add_delivery(self._connection, entry.transition_id, self.row.id, channel)
                assert delivery is not None
                assert await defer_delivery(
                    APP,
                    self._connection,
                    delivery_id=delivery,
                    transition_id=entry.transition_id,
                    incident_id=self.row.id,
                    channel=channel,
                )
                ids.append(delivery)
        return ids

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
