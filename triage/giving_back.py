"""Acknowledgements that their policy takes for gone after a while: given back, as if somebody had done it."""

from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from models.triage import Action
from rules.rulefile.durations import say_duration
from rules.triage import RefusedError
from sinks.postgres.escalations import overdue_acknowledgements
from triage.acting import ConflictError, NotFoundError, apply

__all__ = ["give_back"]


async def give_back(connection: AsyncConnection[Any], bundle_id: str, at: float) -> int:
    """Give back what was acknowledged too long ago; how many.

    Not in the transaction that looks at the bundle: whoever changes incidents locks them before their bundles.

    Args:
        connection: in autocommit.
        bundle_id: the bundle.
        at: now, epoch seconds.

    Raises psycopg.Error.
    """
    given = 0
    for row in await overdue_acknowledgements(connection, bundle_id, datetime.fromtimestamp(at, UTC)):
        action = Action(kind="unacknowledge", comment=f"acknowledged {say_duration(row['after'].total_seconds())} ago")
        request = f"overdue:{row['id']}:{row['since'].timestamp():.6f}"
        try:
            await apply(
                connection,
                action,
                actor="seawall",
                at=at,
                incident_id=row["id"],
                version=row["version"],
                request_id=request,
            )
        except (RefusedError, ConflictError, NotFoundError):
            continue  # somebody did something to it meanwhile: the bundle is looked at again for that
        given += 1
    return given
