"""Looking at bundles of incidents when their time has come, by the rules in force."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from procrastinate import App

from sinks.postgres.connecting import Pool
from streams.rulebook import Rulebook
from telemetry import metrics
from triage.flushing import flush_bundles
from triage.silencing import quiet_at
from triage.summing_up import sum_up

__all__ = ["Looking"]


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

    async def look(self, bundle_id: str, at: float) -> None:
        """Look at a bundle. Raises psycopg.Error: the job comes back.

        Args:
            bundle_id: the bundle.
            at: the epoch second for which it was put off: it has come, whatever this machine's clock says.
        """
        assert self._app is not None, "no app"
        now = max(time.time(), at)
        async with self._pool.connection() as connection, connection.transaction():
            quiet = await quiet_at(connection, self._rulebook.quiet, now)
            told = await flush_bundles(connection, [bundle_id], quiet, self._app, now)
        for why, times in told.held.items():
            metrics.HELD_BACK.labels(why).inc(times)

    async def sum_up(self, summary_id: str) -> None:
        """Tell what was held back. Raises psycopg.Error: the job comes back."""
        assert self._app is not None, "no app"
        async with self._pool.connection() as connection, connection.transaction():
            await sum_up(connection, summary_id, self._app, datetime.now(UTC))
