"""Live incidents that may inhibit others: read once for all that are looked at together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from rules.quiet import Quiet

__all__ = ["Sources"]

MOST = 2_000  # live incidents that are looked at as sources


@dataclass(frozen=True, slots=True)
class _Live:
    id: str
    facts: Mapping[str, str | None]


class Sources:
    """The live incidents of the services and environments in question, and of none."""

    def __init__(self, live: Sequence[_Live]) -> None:
        self._live = live

    @classmethod
    async def read(
        cls, connection: AsyncConnection[Any], quiet: Quiet, targets: Sequence[Mapping[str, Any]]
    ) -> "Sources":
        """Read them, if any of the targets could be inhibited at all."""
        if not any(quiet.may_be_inhibited(facts) for facts in targets):
            return cls([])
        cursor = await connection.execute(
            "SELECT id::text, facts FROM incidents WHERE status NOT IN ('resolved', 'ignored')"
            " ORDER BY severity DESC, opened_at LIMIT %s",
            [MOST],
        )
        return cls([_Live(*row) for row in await cursor.fetchall()])

    def of(self, target: Mapping[str, Any]) -> Iterable[_Live]:
        """Those that may inhibit a target."""
        del target
        return self._live
