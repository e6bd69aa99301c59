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
        if job.app.rebalancing:
            continue
        now = job.now(time.time())
        if now is None:
            continue
        owned = [(tp.topic, tp.partition) for tp in job.app.consumer.assignment() if tp.topic in topics]
        try:
            await job.outbox.send_tick(owned, Tick(at=now))
        except Exception as exc:  # noqa: BLE001 - the next tick is soon
            log.warning("No tick", problem=repr(exc))
