"""The rules in force: read at start, read again on change; a bad file is refused and the last good one stays."""

import asyncio
from pathlib import Path

import structlog
from watchfiles import awatch

from rules.deduping import DedupeConfig
from rules.escalating import EscalateConfig
from rules.impact import Impact
from rules.linking import Links
from rules.noticing import Wanted
from rules.oncall.people import People
from rules.quiet import QuietRules
from rules.rating import Thresholds
from rules.routing import Router
from rules.rulefile import RuleFile, RuleFileError, load_default
from streams.rule_files import RuleFiles
from telemetry import metrics

__all__ = ["Rulebook"]

log = structlog.get_logger(__name__)

AGAIN = 1.0  # seconds until folders are watched that could not be


class Rulebook:
    """The rules and what is compiled from them, replaced together between two records.

    Args:
        path: where they stand, as `RuleFiles` takes it.
    """

    def __init__(self, path: Path) -> None:
        self._files = RuleFiles(path)
        self._in_force = False  # whether its rules are those of the file
        self._use(load_default())

    def _use(self, rules: RuleFile) -> None:
        self.current = rules
        self.thresholds = Thresholds(rules)
        self.dedupe = DedupeConfig.of(rules)
        self.impact = Impact(rules)
        self.wanted = Wanted.of(rules)
        self.escalate = EscalateConfig.of(rules)
        self.router = Router(rules)
        self.quiet = QuietRules(rules)
        self.links = Links(rules)
        self.people = People(rules)

    def read(self) -> bool:
        """Read the files, if there are any. Returns whether they are in force now; never raises for a bad file."""
        if not self._files.exist():
            if self._in_force:
                log.warning("Rule file is gone, its rules stay until the next start", file=str(self._files))
            return False
        try:
            self._use(self._files.load())
        except RuleFileError as exc:
            metrics.RULES_REFUSED.inc()
            log.error("Rule file refused, the last good one stays", file=str(self._files), problem=str(exc))  # noqa: TRY400 - expected
            return False
        self._in_force = True
        log.info("Rules in force", file=str(self._files), thresholds=len(self.current.thresholds))
        return True

    async def watch(self, stop: asyncio.Event) -> None:
        """Read the files again whenever one changes, comes or goes, until `stop` is set."""
        folders = frozenset[Path]()
        while not stop.is_set():
            if folders:  # others than before: what changed in them meanwhile was not seen
                self.read()
            folders = self._files.watched()
            try:
                await self._watch(folders, stop)
            except OSError as problem:  # one of them went before it was watched
                log.warning(
                    "Rules are not watched, trying again", folders=sorted(map(str, folders)), problem=str(problem)
                )
                await asyncio.sleep(AGAIN)

    async def _watch(self, folders: frozenset[Path], stop: asyncio.Event) -> None:
        """Until `stop` is set, or other folders are to be watched."""
        # Folders are watched, not files: editors put a new file in its place, Kubernetes a new `..data` beside it.
        async for _ in awatch(
            *folders, watch_filter=lambda _, path: self._files.meant(Path(path)), stop_event=stop, recursive=False
        ):
            self.read()
            if self._files.watched() != folders:
                return
