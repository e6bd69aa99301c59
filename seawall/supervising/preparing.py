"""Schema and topics, brought up to date before anything works on them."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from psycopg import OperationalError

from seawall.errors import PostgresAwayError
from sinks.postgres.connecting import connect
from sinks.postgres.migrating import migrate
from sinks.postgres.projects import MadeKey, ensure_key

if TYPE_CHECKING:
    from seawall.settings import Settings

__all__ = ["local_key", "prepare"]

PROJECT, LABEL = "local", "seawall up"


def prepare(settings: "Settings", endpoints: Mapping[str, str]) -> list[str]:
    """Apply migrations, make topics; returns what was done, a line each.

    Raises:
        SeawallError: the topics are not as the job needs them, or Kafka cannot be reached.
        MigrationError: the database cannot be brought up to date.
        psycopg.Error: the database refused.
    """
    from seawall.topics import ensure_topics  # noqa: PLC0415 -- imports Kafka's client

    done = []
    try:
        steps = migrate(endpoints["DATABASE_URL"])
    except OperationalError as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise PostgresAwayError(f"PostgreSQL cannot be reached: {reason}") from error
    if steps:
        done.append(f"database: {len(steps)} migration steps applied")
    known = settings.model_copy(update={"kafka_bootstrap_servers": endpoints["KAFKA_BOOTSTRAP_SERVERS"]})
    with ThreadPoolExecutor(1) as pool:  # a thread without an event loop, whoever calls us
        topics = pool.submit(asyncio.run, ensure_topics(known)).result()
    if made := sum(topic.created for topic in topics):
        done.append(f"Kafka: {made} topics made")
    return done


def local_key(database_url: str) -> MadeKey:
    """The key of this machine's own programs, the same at each start. Raises psycopg.Error."""

    async def ensure() -> MadeKey:
        async with await connect(database_url, application_name="seawall up") as connection:
            return await ensure_key(connection, PROJECT, LABEL, ["*"])

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ensure()).result()
