"""Looking for what monitored jobs have missed, beside the agents, by the worker that reads their check-ins.

It looks only once all check-ins that were written are read: after an outage those that wait in the topic come first.
What it finds is written to the errors topic before it is stored as found. Whoever dies in between has it found again
by the next, with the same ids.
"""

import asyncio
import time

import structlog
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from models.monitor import Failure, Monitor, Run
from rules.monitors.noticing import missed, timed_out
from sinks.postgres.monitors import Stored, lock_due, store
from streams.check_ins import tell_failures
from streams.job import ONE_AGAIN, Job
from streams.recovering import AT_ONCE, resolve_recovered
from streams.transient import TRANSIENT, plain

__all__ = ["look_for_missed", "watch_monitors_forever"]

log = structlog.get_logger(__name__)

EVERY = 2.0  # seconds
BEHIND = 5.0  # seconds: what a gateway wrote just now may not be known to be there yet
AFTER_OUTAGE = 15.0  # seconds for gateways to send what they kept meanwhile
ASK_SECONDS = 5.0  # for the brokers to say where the topic ends


async def watch_monitors_forever(job: Job) -> None:
    """Look until cancelled."""
    while True:
        try:
            now = time.time() - BEHIND  # before the ends are asked for: what is written later is no matter of this look
            found = await look_for_missed(job, now) if await _all_is_read(job) else 0
            found = max(found, await resolve_recovered(job, time.time())) if _mine(job) else found
        except (*TRANSIENT, TimeoutError) as problem:
            log.warning("Monitors not looked at", problem=plain(problem))
            await asyncio.sleep(AFTER_OUTAGE)
        except Exception:
            log.exception("Looking at monitors failed")
            await asyncio.sleep(AFTER_OUTAGE)
        else:
            await asyncio.sleep(0 if found == AT_ONCE else EVERY)


async def look_for_missed(job: Job, now: float) -> int:
    """Look at the monitors of which something may have been missed; returns how many there were.

    Raises psycopg's errors and KafkaError: nothing is changed then.
    """
    async with job.pool.connection() as connection, connection.transaction():
        due = await lock_due(connection, now, AT_ONCE)
        looked = [_look(one, now) for one in due]
        await tell_failures(job, [(monitor, failure) for monitor, _, failures in looked for failure in failures])
        rows = [(one.id, monitor, runs) for one, (monitor, runs, _) in zip(due, looked, strict=True)]
        await store(connection, rows)
    return len(due)


def _look(one: Stored, now: float) -> tuple[Monitor, list[Run], list[Failure]]:
    monitor, missing = missed(one.monitor, now)
    monitor, ended, late = timed_out(monitor, one.running, now)
    return monitor, ended, [*missing, *late]


async def _all_is_read(job: Job) -> bool:
    """Whether this worker reads the check-ins, and has read all of them.

    The brokers are asked where they end: what was fetched last says nothing after this worker was frozen, or while it
    fetches nothing. Raises KafkaError, TimeoutError: they do not answer.
    """
    mine = _mine(job)
    if not mine:
        return False
    async with asyncio.timeout(ASK_SECONDS):
        ends = await job.app.consumer.highwaters(*mine)
    return mine == _mine(job) and all(_is_read(job, tp, ends[tp]) for tp in mine)


def _mine(job: Job) -> set[TP]:
    """The partitions of check-ins that this worker reads; none while they are being given out anew."""
    if job.app.rebalancing:
        return set()
    try:
        return {tp for tp in job.app.consumer.assignment() if tp.topic == job.config.check_ins_topic}
    except ConsumerNotStarted:
        return set()


def _is_read(job: Job, tp: TP, end: int) -> bool:
    done = job.app.positions.committable(tp)
    if done is not None:
        return done >= end
    sought = job.app.positions.reached(tp)
    return not end or (sought is not None and sought + ONE_AGAIN >= end)
