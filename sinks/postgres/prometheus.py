"""How far Prometheus was asked for each threshold, kept so that one worker asks for all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

__all__ = ["Asked", "failing", "forget_others", "keep", "take"]

Connection = AsyncConnection[Any]


@dataclass(slots=True, kw_only=True)
class Asked:
    """A row of `prometheus_queries`."""

    rule: str
    query: str
    asked_to: datetime
    failing_since: datetime | None = None
    problem: str | None = None
    told_at: datetime | None = None


async def take(connection: Connection, rule: str, query: str, begin: datetime) -> Asked | None:
    """The row of a threshold, kept from others until the transaction ends; None: another has it now.

    A query that is another one than before is asked from `begin` on.
    """
    await connection.execute(
        "INSERT INTO prometheus_queries (rule, query, asked_to) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [rule, query, begin],
    )
    async with connection.cursor(row_factory=class_row(Asked)) as cursor:
        await cursor.execute(
            "SELECT rule, query, asked_to, failing_since, problem, told_at FROM prometheus_queries"
            " WHERE rule = %s FOR UPDATE SKIP LOCKED",
            [rule],
        )
        row = await cursor.fetchone()
    if row is not None and row.query != query:
        row.query, row.asked_to = query, begin
    return row


async def keep(connection: Connection, row: Asked) -> None:
    """Write what became of it."""
    await connection.execute(
        "UPDATE prometheus_queries SET query = %s, asked_to = %s, failing_since = %s, problem = %s, told_at = %s"
        " WHERE rule = %s",
        [row.query, row.asked_to, row.failing_since, row.problem, row.told_at, row.rule],
    )


async def forget_others(connection: Connection, rules: Collection[str]) -> None:
    """Forget the thresholds that ask no more."""
    await connection.execute("DELETE FROM prometheus_queries WHERE rule <> ALL (%s)", [list(rules)])


async def failing(connection: Connection) -> list[Asked]:
    """Those that were not answered when they were asked last, the longest first."""
    async with connection.cursor(row_factory=class_row(Asked)) as cursor:
        await cursor.execute(
            "SELECT rule, query, asked_to, failing_since, problem, told_at FROM seawall.prometheus_queries"
            " WHERE failing_since IS NOT NULL ORDER BY failing_since"
        )
        return await cursor.fetchall()
