"""Which failures of the database and the broker go away by themselves."""

import psycopg
from aiokafka.errors import KafkaError
from psycopg_pool import PoolTimeout

__all__ = ["BACKOFF", "REFUSED", "TRANSIENT", "plain"]

BACKOFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts while the database is away

# A value too long for an index, JSON too deep for a stack: psycopg calls them operational. To be caught before these:
REFUSED = (psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex)

# Anything else is the fault of the data.
TRANSIENT = (
    KafkaError,  # summaries go out within the transaction
    psycopg.OperationalError,  # connection lost, server starting or stopping, disk full, lock and statement time-outs
    psycopg.InterfaceError,
    psycopg.InternalError,
    # A schema that is being restored, is not migrated yet, or whose rights were lost: no record is to blame.
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedObject,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InvalidColumnReference,  # the index that ON CONFLICT needs is not there yet
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ReadOnlySqlTransaction,  # a primary that was just demoted
    PoolTimeout,
    OSError,
    TimeoutError,
)


def plain(exc: BaseException) -> str:
    """An error in one line, without the values that PostgreSQL quotes in its detail."""
    return f"{type(exc).__name__}: {str(exc).splitlines()[0] if str(exc) else ''}"[:300]
