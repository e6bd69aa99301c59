"""Projects and their keys: made and ended by commands, read by gateways."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row

__all__ = [
    "CHANNEL",
    "GatewayKey",
    "MadeKey",
    "Project",
    "ProjectError",
    "StoredKey",
    "create_key",
    "create_project",
    "ensure_key",
    "list_keys",
    "list_projects",
    "read_keys",
    "revoke_key",
    "rotate_key",
]

CHANNEL = "seawall_keys"  # where the database announces changes
SECRET_PREFIX = "sws_"  # noqa: S105 -- by it secret keys are known where they should not be
ENDING = 4  # characters of a key that are kept
_NAME = re.compile(r"(?!\d+\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAMED = "a project's name is of up to 100 letters (a to z), digits, dots, dashes, and is no number"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,30}://(\*\.)?[a-z0-9._-]{1,200}(:\d{1,5})?|\*|null")


class ProjectError(ValueError):
    """What was asked for cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class GatewayKey:
    """A key in force, as gateways need it. One of `public_key` and `secret_hash` is None."""

    id: int
    project_id: int
    project: str
    public_key: str | None
    secret_hash: bytes | None
    environment: str | None
    origins: Sequence[str]
    key_per_minute: int | None
    project_per_minute: int | None
    project_per_day: int | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Project:
    """A project as a list shows it."""

    id: int
    name: str
    events_per_minute: int | None
    events_per_day: int | None
    keys: int  # in force
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as a list shows it."""

    id: int
    project_id: int
    project: str
    label: str
    public_key: str | None
    ending: str
    environment: str | None
    origins: Sequence[str]
    events_per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key. `text` of a secret one is nowhere else."""

    id: int
    project_id: int
    project: str
    text: str
    secret: bool


async def create_project(
    connection: AsyncConnection[Any], name: str, *, per_minute: int | None = None, per_day: int | None = None
) -> int:
    """A new project; its number. Raises ProjectError."""
    if not _NAME.fullmatch(name):
        raise ProjectError(f"{name[:100]!r}: {_NAMED}")
    try:
        cursor = await connection.execute(
            "INSERT INTO projects (name, events_per_minute, events_per_day) VALUES (%s, %s, %s) RETURNING id",
            [name, per_minute, per_day],
        )
    except errors.UniqueViolation:
        raise ProjectError(f"there is a project {name} already") from None
    row = await cursor.fetchone()
    assert row is not None  # the row that was inserted
    return int(row[0])


async def list_projects(connection: AsyncConnection[Any]) -> list[Project]:
    """All projects, by name."""
    async with connection.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(_PROJECTS)
        return await cursor.fetchall()


async def create_key(
    connection: AsyncConnection[Any],
    project: str,
    *,
    secret: bool,
    label: str = "",
    environment: str | None = None,
    origins: Sequence[str] = (),
    per_minute: int | None = None,
) -> MadeKey:
    """A new key of a project that is named by its number or name. Raises ProjectError."""
    cleaned = [origin.strip().rstrip("/").lower() for origin in origins]
    for origin in cleaned:
        if not _ORIGIN.fullmatch(origin):
            raise ProjectError(f"{origin}: an origin is like https://shop.example, https://*.shop.example, or *")
    if secret and cleaned:
        raise ProjectError("a secret key has no place in a web page: origins are for public ones")
    text = SECRET_PREFIX + secrets.token_hex(32) if secret else secrets.token_hex(16)
    cursor = await connection.execute(
        _INSERT,
        {
            "project": project,
            "label": label,
            "public": None if secret else text,
            "hash": hashlib.sha256(text.encode()).digest() if secret else None,
            "ending": text[-ENDING:],
            "environment": environment,
            "origins": cleaned,
            "per_minute": per_minute,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise ProjectError(f"there is no project {project[:100]}")
    return MadeKey(row[0], row[1], row[2], text, secret)


async def ensure_key(connection: AsyncConnection[Any], project: str, label: str, origins: Sequence[str]) -> MadeKey:
    """The public key of that label in force, made with its project where it is missing."""
    async with connection.transaction():
        await connection.execute("LOCK TABLE projects IN SHARE ROW EXCLUSIVE MODE")
        cursor = await connection.execute(_LABELLED, [project, label])
        if (row := await cursor.fetchone()) is not None:
            return MadeKey(row[0], row[1], row[2], row[3], secret=False)
        await connection.execute("INSERT INTO projects (name) VALUES (%s) ON CONFLICT DO NOTHING", [project])
        return await create_key(connection, project, secret=False, label=label, origins=origins)


async def list_keys(connection: AsyncConnection[Any], project: str | None = None) -> list[StoredKey]:
    """The keys, also those no longer in force. Raises ProjectError where there is no such project."""
    async with connection.cursor(row_factory=class_row(StoredKey)) as cursor:
        await cursor.execute(_KEYS, {"project": project})
        found = await cursor.fetchall()
    if project is not None and not found:
        known = await connection.execute("SELECT FROM projects WHERE %s IN (id::text, name)", [project])
        if await known.fetchone() is None:
            raise ProjectError(f"there is no project {project[:100]}")
    return found


async def rotate_key(connection: AsyncConnection[Any], key_id: int, grace: timedelta) -> MadeKey:
    """A new key with all that the old one has, which ends after `grace`. Raises ProjectError."""
    async with connection.transaction():
        cursor = await connection.execute(_IN_FORCE, [key_id])
        row = await cursor.fetchone()
        if row is None:
            raise ProjectError(f"there is no key {key_id} in force")
        project, secret, label, environment, origins, per_minute = row
        made = await create_key(
            connection,
            str(project),
            secret=secret,
            label=label,
            environment=environment,
            origins=origins,
            per_minute=per_minute,
        )
        await connection.execute(
            "UPDATE project_keys SET expires_at = least(expires_at, now() + %s) WHERE id = %s", [grace, key_id]
        )
    return made


async def revoke_key(connection: AsyncConnection[Any], key_id: int) -> None:
    """End a key at once. Raises ProjectError."""
    cursor = await connection.execute(
        "UPDATE project_keys SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL", [key_id]
    )
    if not cursor.rowcount:
        raise ProjectError(f"there is no key {key_id} in force")


async def read_keys(connection: AsyncConnection[Any]) -> list[GatewayKey]:
    """All keys in force."""
    async with connection.cursor(row_factory=class_row(GatewayKey)) as cursor:
        await cursor.execute(_READ)
        return await cursor.fetchall()


_FORCE = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"

_PROJECTS = f"""
    SELECT id, name, events_per_minute, events_per_day, created_at,
        (SELECT count(*) FROM project_keys WHERE project_id = projects.id AND {_FORCE}) AS keys
    FROM projects ORDER BY name"""  # noqa: S608 -- a text of ours

_INSERT = """
    INSERT INTO project_keys (project_id, label, public_key, secret_hash, ending, environment, origins,
        events_per_minute)
    SELECT id, %(label)s, %(public)s, %(hash)s, %(ending)s, %(environment)s, %(origins)s, %(per_minute)s
    FROM projects WHERE id::text = %(project)s OR name = %(project)s
    RETURNING id, project_id, (SELECT name FROM projects WHERE id = project_id)"""

_KEYS = """
    SELECT k.id, k.project_id, p.name AS project, k.label, k.public_key, k.ending, k.environment, k.origins,
        k.events_per_minute, k.created_at, k.expires_at, k.revoked_at
    FROM project_keys k JOIN projects p ON p.id = k.project_id
    WHERE %(project)s::text IS NULL OR p.id::text = %(project)s OR p.name = %(project)s
    ORDER BY p.name, k.id"""

_LABELLED = f"""
    SELECT k.id, k.project_id, p.name, k.public_key
    FROM project_keys k JOIN projects p ON p.id = k.project_id
    WHERE p.name = %s AND k.label = %s AND k.public_key IS NOT NULL AND {_FORCE} ORDER BY k.id LIMIT 1"""  # noqa: S608

_IN_FORCE = f"""
    SELECT project_id, secret_hash IS NOT NULL, label, environment, origins, events_per_minute
    FROM project_keys WHERE id = %s AND {_FORCE} FOR UPDATE"""  # noqa: S608

_READ = f"""
    SELECT k.id, k.project_id, p.name AS project, k.public_key, k.secret_hash, k.environment, k.origins,
        k.events_per_minute AS key_per_minute, p.events_per_minute AS project_per_minute,
        p.events_per_day AS project_per_day, k.expires_at
    FROM project_keys k JOIN projects p ON p.id = k.project_id WHERE {_FORCE}"""  # noqa: S608
