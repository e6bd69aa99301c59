"""Ends a worker that gets nowhere, or that was frozen: somebody starts it again, and exactness does not mind."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

import structlog

from streams.job import Job
from telemetry import metrics

__all__ = ["EXIT_FROZEN", "EXIT_STALLED", "forget_lag", "lag", "watch_forever"]

log = structlog.get_logger(__name__)

EXIT_STALLED = 70
EXIT_FROZEN = 71
EVERY = 0.5  # seconds between looks


async def watch_forever(job: Job, exit_now: Callable[[int], object] = os._exit) -> None:
    """Watch until cancelled.

    Ends the process at once: a graceful stop would wait for what is stuck, and after a freeze would still send what
    another worker has done by now.
    """
    looks = 0
    job.progress.beat()
    while True:
        await asyncio.sleep(EVERY)
        frozen = job.progress.beat() - EVERY
        if frozen > job.config.session_timeout:
            log.error(
                "Frozen for longer than the session: the partitions are somebody else's", seconds=round(frozen, 1)
            )
            exit_now(EXIT_FROZEN)
        looks += 1
        if looks % 4:
            continue
        try:
            behind = lag(job)
        except Exception as exc:  # noqa: BLE001 - the consumer is not started yet, or just loses a partition
            log.debug("Lag not known", problem=repr(exc))
            behind = 0
        stuck = job.progress.stuck(longer_than=job.config.stall_after)
        if stuck or (behind and job.progress.stalled_for() > job.config.stall_after):
            log.error("No progress while there is lag", lag=behind, stuck=stuck)
            exit_now(EXIT_STALLED)


def lag(job: Job) -> int:
    """Records not yet read in the partitions of this worker, as far as it knows; sets the metric too."""
    consumer = job.app.consumer
    total = 0
    for tp in consumer.assignment():
        position = job.app.positions.committable(tp) if tp.topic in job.app.positions else None
        end = consumer.highwater(tp)
        if position is not None and end is not None:
            behind = max(end - position, 0)
            metrics.LAG.labels(tp.topic, tp.partition).set(behind)
            total += behind
    return total


def forget_lag(topic: str, partition: int) -> None:
    """Show no lag of a partition that is not ours any more."""
    with suppress(KeyError):
        metrics.LAG.remove(topic, partition)
