"""Until the errors are stored that alerts tell of: agents decide on them a moment before their transaction ends."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from models.wire import Alert
from sinks.postgres.connecting import Pool
from sinks.postgres.tracing import stored_events
from triage.correlating import WITHIN

__all__ = ["until_stored"]

PATIENCE = 2.0  # seconds; an error may have been refused, or be gone with a backup that was restored
LOOK_EVERY = 0.05  # seconds


async def until_stored(pool: Pool, alerts: Iterable[Alert], now: float) -> None:
    """Wait, for a while, for the errors of alerts that may open an incident which others of its trace are one with.

    Args:
        pool: of the store, with no transaction of the caller's: nothing is locked while this waits.
        alerts: what is about to be applied.
        now: epoch seconds.

    Raises psycopg.Error.
    """
    since = now - WITHIN.total_seconds()
    missing = {
        str(UUID(alert.event_id))
        for alert in alerts
        if alert.kind == "open" and alert.trace_id and alert.event_id and alert.at >= since
    }
    for _ in range(round(PATIENCE / LOOK_EVERY)):
        if not missing:
            return
        async with pool.connection() as connection:
            missing -= await stored_events(connection, missing, datetime.fromtimestamp(since, UTC))
        if missing:
            await asyncio.sleep(LOOK_EVERY)
