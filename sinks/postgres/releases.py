"""Releases in PostgreSQL: stored as they are made known, read by workers, and by whoever resolves a group."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from models.release import MIN_COMMIT, Release

__all__ = ["Revised", "listed_releases", "newest_revision", "read_releases", "release_with", "store_releases"]

Connection = AsyncConnection[Any]

MOST = 20_000  # releases that a worker reads at once
# Advisory: a release with a commit, and a group that is resolved by it at that moment, must not miss each other.
_FIXES_LOCK = 0x5EA3A110020


class Revised(NamedTuple):
    """A release, without its commits, and the number of its latest change."""

    release: Release
    revision: int


async def store_releases(connection: Connection, releases: Sequence[Release]) -> None:
    """Store releases in the caller's transaction; what is known already changes nothing.

    A release that is made known again keeps its first time: going back to it does not make it the newest one. Groups
    that were resolved by a commit of one are resolved in it from then on.
    """
    if not releases:
        return
    rows = [_row(one) for one in sorted(releases, key=lambda one: (one.service, one.environment, one.release))]
    await connection.cursor().executemany(_STORE, rows)
    await _resolve(connection, sorted(releases, key=lambda one: one.at))


def _row(one: Release) -> dict[str, Any]:
    return {
        "service": one.service, "environment": one.environment, "release": one.release, "commit": one.commit,
        "previous": one.previous, "at": datetime.fromtimestamp(one.at, UTC), "url": one.url, "author": one.author,
        "commits": Jsonb(msgspec.to_builtins(one.commits)),
    }  # fmt: skip


async def _resolve(connection: Connection, releases: Sequence[Release]) -> None:
    """Say of groups that were resolved by commit which release holds the fix; `releases`: the oldest first."""
    services = sorted({one.service for one in releases if one.commit or one.commits})
    if not services:
        return
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_FIXES_LOCK])
    cursor = await connection.execute(_WAITING, [services])
    found = []
    for group_id, service, commit in await cursor.fetchall():
        for one in releases:
            if one.service == service and commit and one.holds(commit):
                found.append((group_id, one.release))
                break
    if found:
        await connection.execute(_RESOLVE, [list(column) for column in zip(*found, strict=True)])


async def read_releases(connection: Connection, since: int) -> list[Revised]:
    """The releases that changed after a revision, of more than 20,000 the latest; in the order of their changes."""
    cursor = await connection.execute(_READ, [since, MOST])
    return [
        Revised(
            Release(
                service=service, environment=environment, release=release, commit=commit, previous=previous,
                at=at.timestamp(), url=url, author=author,
            ),
            revision,
        )
        for revision, service, environment, release, commit, previous, at, url, author in reversed(
            await cursor.fetchall()
        )
    ]  # fmt: skip


async def newest_revision(connection: Connection) -> int:
    """The number of the latest change; 0: there is no release."""
    cursor = await connection.execute("SELECT coalesce(max(revision), 0) FROM releases")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def release_with(connection: Connection, service: str, commit: str) -> str | None:
    """The first release of a service that is known to hold a commit.

    To be called in the transaction that resolves a group by it: until that ends, no release is stored.
    """
    if len(commit) < MIN_COMMIT:
        return None
    await connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_FIXES_LOCK])
    cursor = await connection.execute(_WITH, {"service": service, "commit": commit.lower()})
    row = await cursor.fetchone()
    return str(row[0]) if row else None


async def listed_releases(connection: Connection, service: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest releases, as a list shows them."""
    cursor = await connection.execute(_LISTED, {"service": service, "limit": limit})
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


_STORE = """
    INSERT INTO releases AS known (service, environment, release, commit, previous, at, url, author, commits)
    VALUES (%(service)s, %(environment)s, %(release)s, %(commit)s, %(previous)s, %(at)s, %(url)s, %(author)s,
        %(commits)s)
    ON CONFLICT (service, environment, release) DO UPDATE SET
        commit = coalesce(excluded.commit, known.commit), previous = coalesce(excluded.previous, known.previous),
        at = least(known.at, excluded.at), url = coalesce(excluded.url, known.url),
        author = coalesce(excluded.author, known.author),
        commits = CASE WHEN excluded.commits = '[]' THEN known.commits ELSE excluded.commits END,
        revision = nextval('releases_revision')
    WHERE excluded.at < known.at
        OR (excluded.commits <> '[]' AND excluded.commits <> known.commits)
        OR excluded.commit <> coalesce(known.commit, '') OR excluded.previous <> coalesce(known.previous, '')
        OR excluded.url <> coalesce(known.url, '') OR excluded.author <> coalesce(known.author, '')"""

_WAITING = """
    SELECT id, service, resolved_in ->> 'commit' FROM groups
    WHERE service = ANY (%s) AND status = 'resolved' AND resolved_in ? 'commit' AND NOT resolved_in ? 'release'
    ORDER BY id FOR UPDATE"""

_RESOLVE = """
    WITH found AS (SELECT * FROM unnest(%s::uuid[], %s::text[]) AS found (id, release)),
    told AS (
        INSERT INTO group_log (group_id, actor, action, detail)
        SELECT id, 'seawall', 'released', jsonb_build_object('release', release) FROM found
    )
    UPDATE groups SET resolved_in = resolved_in || jsonb_build_object('release', found.release), version = version + 1
    FROM found WHERE groups.id = found.id"""

_READ = """
    SELECT revision, service, environment, release, commit, previous, at, url, author FROM releases
    WHERE revision > %s ORDER BY revision DESC LIMIT %s"""

_WITH = """
    SELECT release FROM releases
    WHERE service = %(service)s AND EXISTS (
        SELECT FROM (SELECT commit UNION ALL SELECT one ->> 'id' FROM jsonb_array_elements(commits) AS one) AS held (id)
        WHERE starts_with(id, %(commit)s) OR starts_with(%(commit)s, id))
    ORDER BY at LIMIT 1"""

_LISTED = """
    SELECT service, environment, release, at, commit, previous, author, url, jsonb_array_length(commits) AS commits
    FROM releases WHERE %(service)s::text IS NULL OR service = %(service)s
    ORDER BY at DESC, revision DESC LIMIT %(limit)s"""
