"""The rules in force: read at start, read again on change; a bad file is refused and the last good one stays."""

import asyncio
from pathlib import Path

import structlog
from watchfiles import awatch

from rules.rating import Thresholds
from rules.rulefile import RuleFile, RuleFileError, load, load_default
from telemetry import metrics

__all__ = ["Rulebook"]

log = structlog.get_logger(__name__)


class Rulebook:
    """`current` and what is compiled from it are replaced together, between two batches."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.current: RuleFile = load_default()
        self.thresholds = Thresholds(self.current)

    def read(self) -> bool:
        """Read the file, if there is one. Returns whether it is in force now; never raises for a bad file."""
        if not self._path.exists():
            return False
        try:
            rules = load(self._path.read_text(encoding="utf-8"), str(self._path))
        except (RuleFileError, OSError, UnicodeDecodeError) as exc:
            metrics.RULES_REFUSED.inc()
            log.error("Rule file refused, the last good one stays", file=str(self._path), problem=str(exc))
            return False
        self.current, self.thresholds = rules, Thresholds(rules)
        log.info("Rules in force", file=str(self._path), thresholds=len(rules.thresholds), routes=len(rules.routes))
        return True

    async def watch(self, stop: asyncio.Event) -> None:
        """Read the file again whenever it changes, until `stop` is set."""
        folder = self._path.absolute().parent
        name = self._path.name
        async for changes in awatch(folder, stop_event=stop, recursive=False):
            if any(Path(changed).name == name for _, changed in changes):
                self.read()
