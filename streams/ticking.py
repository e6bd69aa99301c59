"""Time for the keyed agents: every few seconds each partition is told what time it is, as a record like any other.

So windows close, storms end and calm is noticed where nothing else arrives, in the order of the partition, and a replay
sees the same times again.
"""

import asyncio
import time

import structlog

from models.wire import Tick
from streams.job import Job

__all__ = ["tick_forever"]

log = structlog.get_logger(__name__)

TICKED = ("groups", "rates", "signals")  # the topics whose agents keep state


async def tick_forever(job: Job) -> None:
    """Tick every partition that this worker owns, until cancelled."""
    topics = {job.topics[name] for name in TICKED}
    while True:
        await asyncio.sleep(job.config.tick_every)
        try:
            await _tick(job, topics)
        except Exception as exc:  # noqa: BLE001 - the next tick is soon; the consumer may not even be started yet
            log.warning("No tick", problem=repr(exc))


async def _tick(job: Job, topics: set[str]) -> None:
    now = None if job.app.rebalancing else job.now(time.time())
    if now is not None:
        owned = [(tp.topic, tp.partition) for tp in job.app.consumer.assignment() if tp.topic in topics]
        await job.outbox.send_tick(owned, Tick(at=now))
