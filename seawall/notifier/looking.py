"""Looking at bundles of incidents when their time has come, by the rules in force."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from procrastinate import App

from rules.linking import times
from sinks.contract import Notice
from sinks.postgres.connecting import Pool, pipelined
from streams.rulebook import Rulebook
from telemetry import metrics
from triage.digesting import AT_ONCE, collect
from triage.flushing import flush_bundles
from triage.giving_back import give_back
from triage.summing_up import sum_up

__all__ = ["Looking", "linked_facts"]


class Looking:
    """What a notifier does for a timer.

    Args:
        pool: open.
        rules: the rule file, the same as the workers'.
    """

    def __init__(self, pool: Pool, rules: Path) -> None:
        self._pool = pool
        self._rulebook = Rulebook(rules)
        self._rulebook.read()
        self._app: App | None = None

    def use(self, app: App) -> None:
        """Defer by this app."""
        self._app = app

    async def watch(self, stop: asyncio.Event) -> None:
        """Read the rule file again when it changes."""
        await self._rulebook.watch(stop)

    def links(self, notice: Notice) -> dict[str, str]:
        """Where a message leads, by the rules in force."""
        return {} if notice.kind in ("summary", "digest") else self._rulebook.links.of(linked_facts(notice))

    async def look(self, bundle_id: str, at: float) -> None:
        """Look at a bundle. Raises psycopg.Error: the job comes back.

        Args:
            bundle_id: the bundle.
            at: the epoch second for which it was put off: it has come, whatever this machine's clock says.
        """
        assert self._app is not None, "no app"
        now = max(time.time(), at)
        async with self._pool.connection() as connection:
            await give_back(connection, bundle_id, now)
            async with pipelined(connection):
                rules, people = self._rulebook.quiet, self._rulebook.people
                told = await flush_bundles(connection, [bundle_id], rules, self._app, now, people=people)
        for why, number in told.held.items():
            metrics.HELD_BACK.labels(why).inc(number)

    async def collect(self, delivery_id: int, channel: str, kind: str) -> bool:
        """Put a delivery into its channel's digest, where rules want one; False: attempt it. Raises psycopg.Error."""
        wait = self._rulebook.current.digests.get(channel)
        if wait is None or kind in AT_ONCE:
            return False
        assert self._app is not None, "no app"
        async with self._pool.connection() as connection, connection.transaction():
            return await collect(connection, delivery_id, channel, wait=wait, jobs=self._app, now=datetime.now(UTC))

    async def sum_up(self, summary_id: str) -> None:
        """Tell what was held back. Raises psycopg.Error: the job comes back."""
        assert self._app is not None, "no app"
        async with self._pool.connection() as connection, connection.transaction():
            await sum_up(connection, summary_id, self._app, datetime.now(UTC))


def linked_facts(notice: Notice) -> dict[str, str]:
    """What links may ask for, of a notice."""
    told = {
        **notice.facts,
        "service": notice.service,
        "environment": notice.environment,
        "severity": notice.severity.value,
        "type": notice.error_type,
        "title": notice.title,
        "culprit": notice.culprit,
        "release": notice.release or notice.facts.get("release"),
        "rule": notice.rule,
        "incident_id": notice.incident_id,
        "group_id": notice.group_id,
        "event_id": notice.event_id,
        "trace_id": notice.trace_id,
        **times(notice.opened_at.timestamp(), notice.at.timestamp()),
    }
    return {name: value for name, value in told.items() if value}
