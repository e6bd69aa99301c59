"""What tests of hooks start from."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import AsyncConnection

from sinks.postgres.connecting import Pool, connect, new_pool
from tests.inbound.hook_support import MADE


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[AsyncConnection[Any]]:
    connection = await connect(database_url, application_name="test")
    await connection.execute(MADE)
    yield connection
    await connection.close()


@pytest.fixture
async def pool(database_url: str, db: AsyncConnection[Any]) -> AsyncIterator[Pool]:
    pool = new_pool(database_url, application_name="hooks", max_size=4)
    await pool.open(wait=True)
    yield pool
    await pool.close()
