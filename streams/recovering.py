"""Groups of monitored jobs' errors, resolved once the job is well again, as Sentry's recovery threshold has it.

https://docs.sentry.io/product/monitors-and-alerts/monitors/crons/
"""

from typing import Any

import structlog
from psycopg import AsyncConnection

from models.triage import Action
from rules.triage import RefusedError
from sinks.postgres.recovered import Recovered, forget_recovered, lock_recovered
from streams.job import Job
from triage.acting import NotFoundError, apply

__all__ = ["AT_ONCE", "resolve_recovered"]

log = structlog.get_logger(__name__)

ACTOR = "monitor"
AT_ONCE = 100  # monitors
FORGOTTEN = 3_600.0  # seconds for the error to be stored: a rule may have it left out


async def resolve_recovered(job: Job, now: float) -> int:
    """Resolve what is over; returns how many groups. Raises psycopg's errors: nothing is changed then.

    The error may be on its way yet when its job is well again: it is looked for until it is there.
    """
    async with job.pool.connection() as connection, connection.transaction():
        found = await lock_recovered(connection, AT_ONCE)
        known = [one for one in found if one.group_id is not None]
        for one in known:
            if one.group_status != "ignored":  # who ignores it does not want to hear of the next one
                await _resolve(connection, one, now)
        if found:
            await forget_recovered(connection, [one.id for one in known], now - FORGOTTEN)
    return len(known)


async def _resolve(connection: AsyncConnection[Any], one: Recovered, now: float) -> None:
    try:
        await apply(
            connection,
            Action(kind="resolve", comment="the job is well again"),
            actor=ACTOR,
            at=now,
            group_id=one.group_id,
            request_id=f"{one.error_id}/{one.recovered_at.timestamp():.0f}",
        )
    except (RefusedError, NotFoundError) as error:
        log.info("A group of a monitor stays as it is", group=one.group_id, why=str(error))
