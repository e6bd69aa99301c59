"""Bring a database to the schema of this version: our SQL files by yoyo, and the job queue's own by procrastinate.

Each step and its mark commit together, so a killed run leaves nothing half done; two runs at once wait for each other.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import default_migration_table

__all__ = ["SCHEMA", "MigrationError", "migrate", "pending"]

log = logging.getLogger(__name__)

SCHEMA = "seawall"
MINIMUM_SERVER = 160_000
_FOLDER = Path(__file__).with_name("migrations")
_ANALYST = Path(__file__).with_name("analyst.sql")
_LOCK_KEY = 0x5EA3A110001  # any number that no one else uses for an advisory lock
_LOCK_WAIT = "300s"
_QUEUE_PREFIX = "procrastinate/"


class MigrationError(Exception):
    """The database cannot be brought to this version's schema; the message says why and what to do."""


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no types
    """Yoyo under our lock.

    Yoyo's own lock is a row that outlives a killed process, and it marks a step in another transaction than the one
    that applied it, so that a process killed in between could never go on.
    """

    def init_database(self) -> None:
        self.has_transactional_ddl = True

    def lock(self, timeout: float = 10) -> Any:  # noqa: ARG002  # yoyo's signature
        return nullcontext()

    def apply_one(self, migration: Any, force: bool = False, mark: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002
        with self.transaction():
            migration.process_steps(self, "apply")
            self.mark_one(migration, log=False)


def migrate(database_url: str, say: Callable[[str], None] = log.warning) -> list[str]:
    """Apply what is missing and return the names of the steps applied, in order; again at once: nothing.

    Args:
        database_url: `postgresql://…`
        say: told what could not be done and is not needed to run, such as making the analysts' role.

    Raises:
        MigrationError: the server is too old, or another migration held the lock for minutes.
        psycopg.Error: the database refused, for example for want of rights.
    """
    with _locked(database_url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        _set_search_path(connection)
        steps = _apply_queue(connection) + _apply_own(database_url)
        connection.add_notice_handler(lambda notice: say(notice.message_primary or "no reason given"))
        connection.execute(_ANALYST.read_bytes())
        return steps


def pending(database_url: str) -> list[str]:
    """The names of the steps that `migrate` would apply; changes nothing."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        done = _names(connection, default_migration_table, "migration_id")
        queue_done = _names(connection, "queue_migrations", "name")
    queue = [_QUEUE_PREFIX + name for name in _queue_steps() if name not in queue_done]
    return queue + [step.id for step in _own_steps() if step.id not in done]


@contextmanager
def _locked(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection that holds the migration lock; the lock goes with the connection, however this process ends."""
    with psycopg.connect(database_url, autocommit=True, application_name="seawall migrate") as connection:
        if connection.info.server_version < MINIMUM_SERVER:
            raise MigrationError(
                f"PostgreSQL {connection.info.server_version // 10_000} is too old: Seawall needs 16 or newer"
            )
        connection.execute(f"SET lock_timeout = '{_LOCK_WAIT}'")
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        except psycopg.errors.LockNotAvailable as error:
            raise MigrationError(
                "another migration has been running for five minutes: wait for it or stop it"
            ) from error
        connection.execute("RESET lock_timeout")
        yield connection


def _set_search_path(connection: psycopg.Connection) -> None:
    """Let the role find the schema without being told: `psql "$DATABASE_URL"` then shows the tables."""
    connection.execute(f"SET search_path = {SCHEMA}, public")
    known = connection.execute(
        "SELECT 1 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE d.datname = current_database() AND s.setrole = current_user::regrole"
        " AND %s = ANY (s.setconfig)",
        [f"search_path={SCHEMA}, public"],
    ).fetchone()
    if known is None:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET search_path = {}, public").format(
                database, sql.Identifier(SCHEMA)
            )
        )


def _own_steps() -> Any:
    return read_migrations(str(_FOLDER)).filter(lambda step: step.is_raw_sql())


def _apply_own(database_url: str) -> list[str]:
    uri = DatabaseURI("postgresql+psycopg", None, None, None, None, None, {"conninfo": database_url, "schema": SCHEMA})
    with _Backend(uri, default_migration_table) as backend:
        steps = backend.to_apply(_own_steps())
        names = [step.id for step in steps]
        for step in steps:
            backend.apply_one(step)
    return names


def _queue_steps() -> list[str]:
    return sorted(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _apply_queue(connection: psycopg.Connection) -> list[str]:
    """Procrastinate's schema at the first run, its upgrade steps later on.

    Procrastinate keeps no record of what was applied, so we do. A fresh schema stands for all the steps there are.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS queue_migrations (name text PRIMARY KEY, applied_at timestamptz)")
    done = _names(connection, "queue_migrations", "name")
    missing = [name for name in _queue_steps() if name not in done]
    if not done:
        with connection.transaction():
            connection.execute(SchemaManager.get_schema())
            _mark_queue(connection, missing)
    else:
        for name in missing:
            with connection.transaction():
                connection.execute(_queue_file(name))
                _mark_queue(connection, [name])
    return [_QUEUE_PREFIX + name for name in missing]


def _queue_file(name: str) -> bytes:
    return (resources.files("procrastinate.sql") / "migrations" / name).read_bytes()


def _mark_queue(connection: psycopg.Connection, names: list[str]) -> None:
    connection.execute("INSERT INTO queue_migrations SELECT unnest(%s::text[]), now()", [names])


def _names(connection: psycopg.Connection, table: str, column: str) -> set[str]:
    """The steps recorded in a table, none where it does not exist."""
    found = connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{table}"]).fetchone()
    if found is None or found[0] is None:
        return set()
    query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(SCHEMA, table))
    return {row[0] for row in connection.execute(query)}
