"""Jobs whose notifier is gone come back: a killed one's, and what a broken connection made this one forget."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from sinks.delivery_locks import DeliveryLocks

__all__ = ["Recovery"]

_log = structlog.get_logger(__name__)


class Recovery:
    """Takes over stalled jobs. Every notifier does it; one at a time.

    Args:
        app: an open app.
        locks: see DeliveryLocks.
        stall_seconds: after so long without a heartbeat a notifier counts as gone.
    """

    def __init__(self, app: App, locks: DeliveryLocks, *, stall_seconds: float) -> None:
        self._app = app
        self._locks = locks
        self._stall_seconds = stall_seconds
        self._running: set[int] = set()
        self._suspects: set[int] = set()

    async def track(self, call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
        """The worker's middleware: knows which jobs are really being run here."""
        del worker
        assert context.job.id is not None
        self._running.add(context.job.id)
        try:
            return await call_next()
        finally:
            self._running.discard(context.job.id)

    async def sweep(self, workers: list[Worker]) -> int:
        """Make the jobs of the gone runnable again; returns how many. Raises ConnectorException, psycopg.Error."""
        manager = self._app.job_manager
        async with self._locks.hold_recovery() as mine:
            if not mine:
                return 0
            stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=self._stall_seconds)
            back = 0
            for job in stalled:
                back += await self._again(job.id, "its notifier is gone")
            await manager.prune_stalled_workers(self._stall_seconds * 10)
        return back + await self._orphans(workers)

    async def _orphans(self, workers: list[Worker]) -> int:
        """Jobs marked as run by us that we do not run: seen so twice, lest one has only just been fetched or ended."""
        doing: set[int] = set()
        for worker in workers:
            if worker.worker_id is not None:
                jobs = await self._app.job_manager.list_jobs_async(status="doing", worker_id=worker.worker_id)
                doing |= {job.id for job in jobs if job.id is not None}
        suspects = doing - self._running
        lost, self._suspects = suspects & self._suspects, suspects
        back = 0
        for job_id in lost:
            back += await self._again(job_id, "it was lost here")
        return back

    async def _again(self, job_id: int | None, why: str) -> int:
        if job_id is None:
            return 0
        try:
            await self._app.job_manager.retry_job_by_id_async(job_id, retry_at=datetime.now(UTC))
        except ConnectorException:  # it ended meanwhile
            return 0
        _log.info("delivery_taken_over", job=job_id, why=why)
        return 1
