"""What enrichment looks up: files that are read again when they change, and releases as they are made known.

Files are looked at every second instead of being watched: what the system tells of changes differs for links, mounts of
Kubernetes and network folders, and the rules that name the files change as well.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from rules.enriching.enricher import EnrichmentData
from rules.release_order import ReleaseOrder
from rules.rulefile import RuleFile
from streams.known_releases import KnownReleases
from streams.lookup_files import LookupFiles
from streams.rule_files import RuleFiles

if TYPE_CHECKING:
    from sinks.postgres.connecting import Pool

__all__ = ["Lookups"]

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0  # seconds from one look at the files to the next, and
LOOK_SHARE = 20  # times as long as one takes: a pattern may lead through a large folder
READ_EVERY = 5.0  # seconds


class Lookups:
    """What can be looked up now. One a worker.

    Args:
        path: where the rules stand, as `RuleFiles` takes it.
        rules: gives what is in force of it.
    """

    def __init__(self, path: Path, rules: Callable[[], RuleFile]) -> None:
        self._rules = rules
        self._files = LookupFiles(RuleFiles(path).folder)
        self._releases = KnownReleases()
        self._from_files = self.data = EnrichmentData()
        self.version = 0  # rises whenever `data` is another one

    def order(self, service: str) -> ReleaseOrder:
        """Which releases of a service are newer than which."""
        return self._releases.order(service)

    async def read_files(self) -> None:
        """Look at the files now."""
        found = await asyncio.to_thread(self._files.look, self._rules().enrichment)
        if found is not self._from_files:
            self._from_files = found
            self._use()

    async def read_releases(self, pool: "Pool") -> None:
        """Read the releases that are new. Raises psycopg's errors."""
        if await self._releases.read(pool):
            self._use()

    async def follow_files(self, stop: asyncio.Event) -> None:
        """Look at the files again and again, until `stop` is set."""
        while not stop.is_set():
            begun = time.monotonic()
            try:
                await self.read_files()
            except Exception:
                log.exception("Looking at the files for enrichment failed")
            await _pause(stop, max(LOOK_EVERY, LOOK_SHARE * (time.monotonic() - begun)))

    async def follow_releases(self, pool: "Pool", stop: asyncio.Event) -> None:
        """Read what is new of releases again and again, until `stop` is set."""
        while not stop.is_set():
            try:
                await self.read_releases(pool)
            except Exception as problem:  # noqa: BLE001 - the database is away; agents say so louder
                log.debug("Releases not read", problem=type(problem).__name__)
            await _pause(stop, READ_EVERY)

    def _use(self) -> None:
        self.data = replace(self._from_files, releases=self._releases.facts)
        self.version += 1


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
