"""Live incidents that may inhibit others: read once for all that are looked at together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from rules.quiet import Inhibits, Quiet

__all__ = ["LiveRow", "ask_sources"]

MOST = 2_000  # live incidents that are looked at as sources

Facts = Mapping[str, str | None]
Pairs = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A live incident, and what it is known by."""

    id: str
    facts: Facts


async def ask_sources(
    connection: AsyncConnection[Any], quiet: Quiet, targets: Sequence[Facts]
) -> AsyncCursor[LiveRow] | None:
    """Rows to be fetched: the live incidents that are alike with some target in what its inhibitions ask for.

    The worst first; of the severities that an inhibition's source may have. None are asked for where no target could be
    inhibited at all. Raises psycopg.Error.
    """
    alike = {
        probe
        for facts in targets
        for one in quiet.inhibitions_of(facts)
        for probe in _probes(tuple((name, facts[name]) for name in sorted(one.equal) if facts.get(name)), one)
    }
    if not alike:
        return None
    cursor = connection.cursor(row_factory=class_row(LiveRow))
    return await cursor.execute(_SELECT, [[Jsonb(dict(pairs)) for pairs in sorted(alike)], MOST])


def _probes(pairs: Pairs, one: Inhibits) -> Iterator[Pairs]:
    """What such a source has: thousands may be alike, and few of them be bad enough."""
    if one.severities is None or any(name == "severity" for name, _ in pairs):
        yield pairs
    else:
        yield from ((*pairs, ("severity", severity.value)) for severity in one.severities)


_SELECT = """
    SELECT id::text, facts FROM incidents
    WHERE status NOT IN ('resolved', 'ignored') AND id IN (
        SELECT one.id FROM unnest(%s::jsonb[]) AS alike JOIN incidents AS one
            ON one.facts @> alike AND one.status NOT IN ('resolved', 'ignored'))
    ORDER BY severity DESC, opened_at LIMIT %s"""
