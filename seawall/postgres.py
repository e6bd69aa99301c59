"""One connection to PostgreSQL for a command, with errors that say what to do."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from seawall.errors import PostgresAwayError, SeawallError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from psycopg import AsyncConnection

    from seawall.settings import Settings

__all__ = ["connected"]


@asynccontextmanager
async def connected(settings: "Settings") -> "AsyncIterator[AsyncConnection[Any]]":
    """A connection in autocommit.

    Raises:
        NothingRunsError: no database is known.
        PostgresAwayError: it could not be reached, or did not let us in.
        SeawallError: its schema is missing, or older than this version.
    """
    import psycopg  # noqa: PLC0415 -- start-up time of the other commands

    from sinks.postgres.connecting import connect  # noqa: PLC0415

    try:
        connection = await connect(settings.postgres(), application_name="seawall command")
    except psycopg.OperationalError as error:
        raise PostgresAwayError(f"PostgreSQL cannot be reached: {_first_line(error)}") from error
    async with connection:
        try:
            yield connection
        except psycopg.errors.UndefinedTable as error:
            raise SeawallError("the database has no schema of this version yet: run `seawall migrate`") from error
        except psycopg.OperationalError as error:
            raise PostgresAwayError(f"PostgreSQL went away: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
