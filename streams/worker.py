"""Run one worker: the app with its agents, until a signal stops it or something fatal ends it."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog

from rules.grouping.templates import Templates
from rules.masking import Masker
from sinks.postgres.batches import BatchStore
from sinks.postgres.connecting import new_pool
from sinks.postgres.hashkey import hash_key
from sinks.postgres.processes import beat
from streams.app import new_app
from streams.check_ins import add_check_ins
from streams.complaining import complain_forever
from streams.config import JobConfig
from streams.feedback import add_feedback
from streams.forecasts import Forecasts
from streams.gateway_letters import add_gateway_letters
from streams.job import Job
from streams.judging import ReleaseJudge
from streams.keyed_agent import run_keyed
from streams.liveness import forget_lag, watch_forever
from streams.lookups import Lookups
from streams.normalize import add_normalize
from streams.notify import add_notify
from streams.outbox import Outbox
from streams.prometheus import Asking
from streams.releases import add_releases
from streams.rulebook import Rulebook
from streams.stages import dedupe_stage, escalate_stage, rates_stage
from streams.storing import AT_ONCE
from streams.suspecting import suspect_forever
from streams.ticking import tick_forever
from streams.traffic import add_traffic
from streams.users import Users
from streams.watching_monitors import watch_monitors_forever
from telemetry.garbage import settle

__all__ = ["new_job", "run"]

log = structlog.get_logger(__name__)

STOP_WITHIN = 30.0  # seconds for a graceful stop; then the process ends by force
EXIT_CRASHED = 1
BEAT_EVERY = 5.0

Serve = Callable[[Callable[[], bool], Callable[[], bool]], Awaitable[None]]  # live, ready


def new_job(config: JobConfig) -> Job:
    """The job with all its agents, nothing opened yet."""
    app = new_app(config)
    rulebook = Rulebook(config.rules)
    job = Job(
        config=config,
        app=app,
        pool=new_pool(config.database_url, application_name="seawall-worker", min_size=2, max_size=2 * AT_ONCE + 4),
        outbox=Outbox(config.bootstrap_servers, config.kafka, config.partitions),
        rulebook=rulebook,
        lookups=Lookups(config.rules, lambda: rulebook.current),
        users=Users(lambda: rulebook.current),
        forecasts=Forecasts(lambda: rulebook.current),
    )
    store = BatchStore(job.pool, templates=Templates(), judge=ReleaseJudge(job.lookups.order))
    add_normalize(job, store)
    run_keyed(job, dedupe_stage(job))
    run_keyed(job, rates_stage(job))
    run_keyed(job, escalate_stage(job))
    add_notify(job, store)
    add_releases(job, store)
    add_traffic(job, store)
    add_check_ins(job, store)
    add_feedback(job, store)
    add_gateway_letters(job, store)
    app.revoked_hooks.append(forget_lag)  # another worker tells it from then on
    return job


def run(config: JobConfig, serve: Serve | None = None) -> int:
    """Run until stopped; returns the process's exit code.

    Args:
        config: the job's configuration.
        serve: serves health and metrics until cancelled, given two functions that tell whether the worker is alive
            and whether it is ready.
    """
    return asyncio.run(_run(config, serve))


async def _run(config: JobConfig, serve: Serve | None) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    job = new_job(config)
    await _open(job)
    side = [asyncio.create_task(_guarded(coroutine, name)) for name, coroutine in _beside(job, stopping, serve).items()]
    try:
        return await _run_app(job, stopping)
    finally:
        for task in side:
            task.cancel()
        await asyncio.gather(*side, return_exceptions=True)
        await _close(job)


async def _open(job: Job) -> None:
    """Open what agents need before the first event can reach them."""
    await job.pool.open(wait=True, timeout=60)
    job.rulebook.read()
    Masker(job.rulebook.current.masking)  # half a second, once: not when the first events come and sessions are kept up
    await job.lookups.read_files()
    await job.lookups.read_releases(job.pool)
    if job.config.hash_key is not None:
        job.hash_key = job.config.hash_key
    else:
        async with job.pool.connection() as connection:
            job.hash_key = await hash_key(connection)
    await job.outbox.open()
    settle()


async def _close(job: Job) -> None:
    with contextlib.suppress(Exception):
        await job.users.close()
    with contextlib.suppress(Exception):
        async with asyncio.timeout(5):
            await job.outbox.close()
    with contextlib.suppress(Exception):
        await job.pool.close(timeout=5)


def _beside(job: Job, stopping: asyncio.Event, serve: Serve | None) -> dict[str, Coroutine[Any, Any, None]]:
    beside = {
        "ticks": tick_forever(job),
        "liveness": watch_forever(job),
        "rules": job.rulebook.watch(stopping),
        "lookup files": job.lookups.follow_files(stopping),
        "releases": job.lookups.follow_releases(job.pool, stopping),
        "forecasts": job.forecasts.follow(job.pool, stopping),
        "prometheus": Asking(job).follow(stopping),
        "suspects": suspect_forever(job),
        "complaints": complain_forever(job),
        "monitors": watch_monitors_forever(job),
        "presence": _presence(job),
    }
    if serve is not None:
        beside["health"] = _served(serve, job, stopping)
    return beside


async def _served(serve: Serve, job: Job, stopping: asyncio.Event) -> None:
    await serve(
        lambda: not job.progress.stuck(longer_than=job.config.stall_after),
        lambda: not stopping.is_set() and not job.app.rebalancing and not job.progress.waits,
    )


async def _guarded(coroutine: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await coroutine
    except Exception:
        log.exception("A task beside the agents failed", task=name)


async def _presence(job: Job) -> None:
    """Write ourselves into the list of processes."""
    since, host = datetime.now(UTC), socket.gethostname()
    while True:
        try:
            async with job.pool.connection(timeout=5) as connection:
                info = {"instance": job.config.instance, "waits": job.progress.waits}
                await beat(connection, "worker", host, os.getpid(), since, info)
        except Exception as exc:  # noqa: BLE001 - the database is away; agents say so louder
            log.debug("Presence not written", problem=type(exc).__name__)
        await asyncio.sleep(BEAT_EVERY)


async def _run_app(job: Job, stopping: asyncio.Event) -> int:
    app = job.app
    app.in_worker = True
    starting = asyncio.create_task(app.start())
    ended = asyncio.create_task(_until_ended(app, starting))
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    crashed = not stopping.is_set()
    if crashed:
        log.error("The job crashed", problem=repr(app.crash_reason or _failure(starting)))
    _end_by_force_after(STOP_WITHIN, EXIT_CRASHED if crashed else 0)
    for task in (starting, ended, stopped):
        task.cancel()
    with contextlib.suppress(Exception):
        await app.stop()
    return EXIT_CRASHED if crashed else 0


async def _until_ended(app: Any, starting: "asyncio.Task[None]") -> None:
    await starting
    while not (app.crashed or app.should_stop):  # noqa: ASYNC110 - Faust has no event for it
        await asyncio.sleep(0.1)


def _failure(task: "asyncio.Task[None]") -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None


def _end_by_force_after(seconds: float, code: int) -> None:
    """A crashed Faust app may hang while it stops; whoever supervises us must not wait for it."""
    timer = threading.Timer(seconds, os._exit, [code])
    timer.daemon = True
    timer.start()
