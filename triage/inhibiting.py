"""Live incidents that may inhibit others: read once for all that are looked at together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from rules.quiet import Quiet, Sources

__all__ = ["live_sources"]

MOST = 2_000  # live incidents that are looked at as sources

Facts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class _Live:
    id: str
    facts: Facts


async def live_sources(connection: AsyncConnection[Any], quiet: Quiet, targets: Sequence[Facts]) -> Sources:
    """The live incidents that are alike with some target in what its inhibitions ask for, the worst first.

    None are read where no target could be inhibited at all. Raises psycopg.Error.
    """
    alike = {
        tuple((name, facts[name]) for name in sorted(one.equal) if facts.get(name))
        for facts in targets
        for one in quiet.inhibitions_of(facts)
    }
    if not alike:
        return Sources([])
    cursor = await connection.execute(_SELECT, [[Jsonb(dict(pairs)) for pairs in sorted(alike)], MOST])
    return Sources([_Live(*row) for row in await cursor.fetchall()])


_SELECT = """
    SELECT id::text, facts FROM incidents
    WHERE status NOT IN ('resolved', 'ignored') AND id IN (
        SELECT one.id FROM unnest(%s::jsonb[]) AS alike JOIN incidents AS one
            ON one.facts @> alike AND one.status NOT IN ('resolved', 'ignored'))
    ORDER BY severity DESC, opened_at LIMIT %s"""
