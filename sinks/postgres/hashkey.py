"""The key for hashes of user ids: made once, kept in the database, the same for every worker."""

import secrets
from typing import Any

from psycopg import AsyncConnection

__all__ = ["KEY_BYTES", "hash_key"]

KEY_BYTES = 32
_NAME = "hash_key"


async def hash_key(connection: AsyncConnection[Any]) -> bytes:
    """The key, made now if there is none; two workers that start at once get the same one."""
    await connection.execute(
        "INSERT INTO secrets_store (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [_NAME, secrets.token_bytes(KEY_BYTES)],
    )
    cursor = await connection.execute("SELECT value FROM secrets_store WHERE name = %s", [_NAME])
    row = await cursor.fetchone()
    assert row is not None  # inserted above if it was not there
    return bytes(row[0])
