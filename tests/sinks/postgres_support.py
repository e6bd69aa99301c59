"""What the PostgreSQL tests share: occurrences made by the dozen, and a worker that stores as the stream job does."""

import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from models.occurrence import Dropped, Occurrence
from models.severity import Severity
from models.wire import GroupRef
from sinks.postgres.batches import BatchStore, Stored
from sinks.postgres.connecting import new_pool

NOON = 1_750_075_200.0  # 2025-06-16 12:00:00 UTC


def group(name: str, service: str = "shop", **more: Any) -> GroupRef:
    digest = hashlib.blake2b(f"{service}/{name}".encode(), digest_size=16).digest()
    fields = {"environment": "production", "title": f"ValueError: {name}", "error_type": "ValueError"} | more
    return GroupRef(group_id=str(uuid.UUID(bytes=digest)), fingerprint=digest.hex(), service=service, **fields)


def event_id(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=16).digest()


def occurrence(offset: int, name: str = "boom", *, at: float = NOON, service: str = "shop", **more: Any) -> Occurrence:
    fields: dict[str, Any] = {
        "ordinal": 0,
        "event_id": event_id(f"{service}/{name}/{offset}/{more.get('ordinal', 0)}"),
        "own_id": False,
        "occurred_at": at,
        "received_at": at + 0.25,
        "bucket": int(at // 10) * 10,
        "group": group(name, service),
        "severity": Severity.ERROR,
        "message": f"{name} number {offset}",
        "payload": b'{"message":"masked"}',
    } | more
    return Occurrence(offset=offset, **fields)


@asynccontextmanager
async def stores(url: str, count: int = 1) -> AsyncIterator[list[BatchStore]]:
    """Stores as of so many workers: each with a pool of its own."""
    pools = [new_pool(url, application_name=f"seawall test {number}") for number in range(count)]
    try:
        for pool in pools:
            await pool.open(wait=True)
        yield [BatchStore(pool) for pool in pools]
    finally:
        for pool in pools:
            await pool.close()


async def put(
    store: BatchStore,
    occurrences: Sequence[Occurrence],
    *,
    topic: str = "errors",
    partition: int = 0,
    dropped: Iterable[Dropped] = (),
) -> Stored:
    """Store a batch as the stream job does: what lies below the position is passed over."""
    async with store.batch(topic, partition, 0) as transaction:
        start = transaction.position.next_offset
        stored = await transaction.store(
            [item for item in occurrences if item.offset >= start],
            [item for item in dropped if item.offset >= start],
        )
        after = max([start, *(item.offset + 1 for item in (*occurrences, *dropped))])
        await transaction.advance(after, 1_750_000_000_000, 4_000_000_000, 0)
    return stored


def moved(items: Iterable[Occurrence], **changes: Any) -> list[Occurrence]:
    return [replace(item, **changes) for item in items]


def rows(url: str, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query, arguments).fetchall()


def one(url: str, query: str, *arguments: Any) -> Any:
    [(value,)] = rows(url, query, *arguments)
    return value


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def as_role(url: str, role: str, password: str) -> str:
    """The same database, as another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}"))


def set_password(url: str, role: str, password: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
