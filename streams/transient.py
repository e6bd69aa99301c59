"""Which failures of the database and the broker go away by themselves."""

import psycopg
from aiokafka.errors import KafkaError
from psycopg_pool import PoolTimeout

from sinks.postgres.claiming import ClaimsOutdatedError

__all__ = ["BACKOFF", "TRANSIENT", "plain"]

BACKOFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts while the database is away

# Anything else is the fault of the data.
TRANSIENT = (
    KafkaError,  # summaries go out within the transaction
    psycopg.OperationalError,  # connection lost, server starting or stopping, disk full, lock and statement time-outs
    psycopg.InterfaceError,
    psycopg.InternalError,
    psycopg.errors.UndefinedTable,  # a database that is being restored
    psycopg.errors.ReadOnlySqlTransaction,  # a primary that was just demoted
    PoolTimeout,
    ClaimsOutdatedError,
    OSError,
    TimeoutError,
)


def plain(exc: BaseException) -> str:
    """An error in one line, without the values that PostgreSQL quotes in its detail."""
    return f"{type(exc).__name__}: {str(exc).splitlines()[0] if str(exc) else ''}"[:300]
