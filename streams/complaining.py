"""Rules that cannot do their work say so: conditions that could not be answered are counted, and logged each minute."""

import asyncio

import structlog

from rules.feeding import Thresholds
from streams.job import Job
from telemetry import metrics

__all__ = ["Complaints", "complain_forever"]

log = structlog.get_logger(__name__)

EVERY = 60.0  # seconds


class Complaints:
    """Counts failures of one rule file's conditions after another's."""

    def __init__(self) -> None:
        self._of: Thresholds | None = None
        self._told: dict[str, int] = {}

    def look(self, thresholds: Thresholds) -> dict[str, int]:
        """Count and log what failed since the last time; returns it, by the names of rules."""
        if thresholds is not self._of:
            self._of, self._told = thresholds, {}
        now = thresholds.failures()
        new = {rule: number - self._told.get(rule, 0) for rule, number in now.items()}
        self._told = now
        failed = {rule: number for rule, number in new.items() if number}
        for rule, number in failed.items():
            metrics.CONDITIONS_FAILED.labels(rule).inc(number)
            log.warning(
                "A rule's condition could not be answered: these events count for nothing", rule=rule, events=number
            )
        return failed


async def complain_forever(job: Job) -> None:
    """Look every minute, until cancelled."""
    complaints = Complaints()
    while True:
        await asyncio.sleep(EVERY)
        complaints.look(job.rulebook.thresholds)
