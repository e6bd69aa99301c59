"""A group and its open incident in the store, and how it stands."""

import uuid
from typing import Any

from psycopg import AsyncConnection

GROUP, INCIDENT, OTHER = (str(uuid.UUID(int=number)) for number in (0xA1 << 120, 0xB1 << 120, 0xC1 << 120))
MADE = f"""
    TRUNCATE groups, incidents, group_log, silences CASCADE;
    INSERT INTO groups (id, fingerprint, title, service, environment, severity, first_seen, last_seen, occurrences, users)
    VALUES ('{GROUP}', 'f', 'KeyError: sku', 'shop', 'production', 'error', now(), now(), 40, 7);
    INSERT INTO incidents (id, alert_key, status, severity, title, service, environment, group_id, opened_at, updated_at)
    VALUES ('{INCIDENT}', 'group:{GROUP}', 'new', 'error', 'KeyError: <sku>', 'shop', 'production', '{GROUP}', now(), now()),
        ('{OTHER}', 'rule:burst:shop', 'new', 'critical', 'burst', 'cards', 'production', NULL, now(), now());
"""


async def stands(connection: AsyncConnection[Any], incident: str = INCIDENT) -> tuple[str, str | None]:
    cursor = await connection.execute("SELECT status::text, assignee FROM incidents WHERE id = %s", [incident])
    row = await cursor.fetchone()
    assert row is not None
    return row


async def history(connection: AsyncConnection[Any], incident: str = INCIDENT) -> list[tuple[str, str]]:
    cursor = await connection.execute(
        "SELECT kind, actor FROM incident_log WHERE incident_id = %s ORDER BY at, transition_id", [incident]
    )
    return await cursor.fetchall()
