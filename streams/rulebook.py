"""The rules in force: read at start, read again on change; a bad file is refused and the last good one stays."""

import asyncio
from pathlib import Path

import structlog
from watchfiles import awatch

from rules.deduping import DedupeConfig
from rules.escalating import EscalateConfig
from rules.quiet import QuietRules
from rules.rating import Thresholds
from rules.routing import Router
from rules.rulefile import RuleFile, RuleFileError, load, load_default
from telemetry import metrics

__all__ = ["Rulebook"]

log = structlog.get_logger(__name__)


class Rulebook:
    """The rule file and what is compiled from it, replaced together between two records."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._in_force = False  # whether its rules are those of the file
        self._use(load_default())

    def _use(self, rules: RuleFile) -> None:
        self.current = rules
        self.thresholds = Thresholds(rules)
        self.dedupe = DedupeConfig.of(rules)
        self.escalate = EscalateConfig.of(rules)
        self.router = Router(rules)
        self.quiet = QuietRules(rules)

    def read(self) -> bool:
        """Read the file, if there is one. Returns whether it is in force now; never raises for a bad file."""
        if not self._path.exists():
            if self._in_force:
                log.warning("Rule file is gone, its rules stay until the next start", file=str(self._path))
            return False
        try:
            self._use(load(self._path.read_text(encoding="utf-8"), str(self._path)))
        except (RuleFileError, OSError, UnicodeDecodeError) as exc:
            metrics.RULES_REFUSED.inc()
            log.error("Rule file refused, the last good one stays", file=str(self._path), problem=str(exc))  # noqa: TRY400 - expected
            return False
        self._in_force = True
        log.info("Rules in force", file=str(self._path), thresholds=len(self.current.thresholds))
        return True

    async def watch(self, stop: asyncio.Event) -> None:
        """Read the file again whenever it changes, until `stop` is set."""
        # The folder is watched, not the file: editors put a new file in its place, Kubernetes a new `..data` beside it.
        names = {self._path.name, "..data"}
        folder = self._path.absolute().parent
        async for _ in awatch(
            folder, watch_filter=lambda _, path: Path(path).name in names, stop_event=stop, recursive=False
        ):
            self.read()
