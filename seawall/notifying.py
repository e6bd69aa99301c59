"""`seawall notifier`: runs deliveries, takes over those of the gone, does the database's upkeep, says it is alive."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from redis.asyncio import Redis

from seawall.health import bound, serve_health
from seawall.notifier.channels import build_deliverer
from seawall.notifier.configured import routed_channels, unset_channels
from seawall.notifier.hearing import start_hearing
from seawall.notifier.looking import Looking
from seawall.notifier.watchdog import Watchdog, postgres_answers
from seawall.settings import Settings
from sinks.attempting import GIVE_UP, Attempts
from sinks.delivering import Deliverer
from sinks.delivery_locks import DeliveryLocks
from sinks.jobs import TIMERS, new_app, new_job_pool
from sinks.postgres.connecting import Pool, new_pool
from sinks.postgres.partitions import maintain
from sinks.postgres.processes import beat, leave, processes
from sinks.recovering import Recovery
from sinks.unattended import REASON, attended_kinds, drop_unattended, unattended
from telemetry.metrics import DELIVERIES

__all__ = ["Notifier", "run_notifier"]

POOL = 10  # connections; an attempt holds none while the vendor is called
POLL_SECONDS = 0.5  # jobs that were put off are looked for so often; new ones are announced by PostgreSQL
GRACE_SECONDS = 12.0  # for attempts under way when we are told to stop; an attempt takes 10 at most
BEAT_SECONDS = 5.0
UPKEEP_SECONDS = 600.0
RESTART_SECONDS = 2.0
UPKEEP_LOCK = 0x5EA3A110010  # advisory: one notifier at a time does the upkeep

_log = structlog.get_logger(__name__)


async def run_notifier(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. PostgreSQL, Redis and the vendors may come and go meanwhile."""
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # it logs each failure's text; we log what matters
    notifier = Notifier(settings)
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, notifier.stop)
    await notifier.run()


class Notifier:
    """One process of the notifier; any number of them share the work."""

    def __init__(self, settings: Settings, deliverer: Deliverer | None = None) -> None:
        self._settings = settings
        self._url = settings.postgres()
        self._deliverer = deliverer or build_deliverer(settings)
        self._stall = settings.notifier_stall_seconds
        self._stopping = asyncio.Event()
        self._workers: dict[str, Worker] = {}
        self._since = datetime.now(UTC)

    def stop(self) -> None:
        """Take no more jobs, finish those under way, then end."""
        self._stopping.set()
        for worker in self._workers.values():
            worker.stop()  # type: ignore[no-untyped-call]

    async def run(self) -> None:
        """Run until stopped."""
        async with AsyncExitStack() as stack:
            await self._deliverer.open()
            stack.push_async_callback(self._deliverer.close)
            pool = new_pool(self._url, application_name="seawall notifier", max_size=POOL)
            await pool.open(wait=False)
            stack.push_async_callback(pool.close)
            locks = DeliveryLocks(self._url)
            stack.push_async_callback(locks.close)
            looking = Looking(pool, self._settings.rules)
            attempts = Attempts(pool, self._deliverer, locks, links=looking.links, collect=looking.collect)
            app = new_app(attempts.deliver, looking.look, looking.sum_up)
            looking.use(app)
            jobs = new_job_pool(self._url, application_name="seawall notifier jobs")
            await jobs.open(wait=False)
            stack.push_async_callback(jobs.close)
            await app.open_async(jobs)
            await start_hearing(self._settings, pool, stack)
            recovery = Recovery(app, locks, stall_seconds=self._stall)
            watchdog = self._watchdog(stack)
            if self._settings.metrics_port:
                listening = bound(self._settings.metrics_host, self._settings.metrics_port)
                health = await serve_health(listening, ready=lambda: watchdog.healthy)
                stack.push_async_callback(health.close)
            await self._run_all(app, pool, recovery, watchdog, looking)

    async def _run_all(self, app: App, pool: Pool, recovery: Recovery, watchdog: Watchdog, looking: Looking) -> None:
        side = [
            asyncio.create_task(looking.watch(self._stopping)),
            asyncio.create_task(watchdog.run()),
            asyncio.create_task(self._each(self._stall / 3, lambda: recovery.sweep(list(self._workers.values())))),
            asyncio.create_task(self._each(BEAT_SECONDS, lambda: self._beat(pool))),
            asyncio.create_task(self._each(UPKEEP_SECONDS, lambda: self._upkeep(pool))),
        ]
        _log.info("notifier_started", channels=self._deliverer.kinds)
        if unset := unset_channels(self._settings, routed_channels(self._settings)):
            _log.warning(
                "channels_not_set_up",
                channels=unset,
                consequence=f"what the rules send there is dropped after {GIVE_UP}",
                remedy="see docs/channels.md",
            )
        work = [asyncio.create_task(self._work(app, kind, recovery)) for kind in [*self._deliverer.kinds, TIMERS]]
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait([*side, *work, stopped], return_when=asyncio.FIRST_COMPLETED)
            self.stop()
            await asyncio.gather(*work)
            for task in done - {stopped}:
                task.result()  # a task that ended by itself has failed: say why
        finally:
            for task in [*side, *work, stopped]:
                task.cancel()
            await asyncio.gather(*side, *work, stopped, return_exceptions=True)
            await self._leave(pool)
        _log.info("notifier_stopped")

    async def _work(self, app: App, kind: str, recovery: Recovery) -> None:
        """Run the jobs of one kind of channel, through every outage of PostgreSQL."""
        while not self._stopping.is_set():
            worker = self._workers[kind] = Worker(
                app,
                queues=[kind],
                name=kind,
                concurrency=self._settings.notifier_concurrency,
                fetch_job_polling_interval=POLL_SECONDS,
                abort_job_polling_interval=60.0,
                shutdown_graceful_timeout=GRACE_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=self._stall / 3,
                stalled_worker_timeout=self._stall * 10,
                worker_middleware=[recovery.track],
            )
            try:
                await worker.run()  # type: ignore[no-untyped-call]
            except (ConnectorException, psycopg.Error, OSError) as error:
                _log.warning("jobs_interrupted", channel=kind, error=type(error.__cause__ or error).__name__)
            await self._pause(RESTART_SECONDS)

    async def _each(self, seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
        """Do it now and then again; what PostgreSQL's absence prevents is done the next time."""
        while True:
            try:
                await work()
            except (ConnectorException, psycopg.Error, OSError, TimeoutError) as error:
                _log.debug("put_off", error=type(error).__name__)
            await asyncio.sleep(seconds)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _beat(self, pool: Pool) -> None:
        async with pool.connection() as connection:
            info = {"channels": self._deliverer.kinds}
            await beat(connection, "notifier", socket.gethostname(), os.getpid(), self._since, info)

    async def _leave(self, pool: Pool) -> None:
        with suppress(psycopg.Error):
            async with pool.connection(timeout=1) as connection:
                await leave(connection, "notifier", socket.gethostname(), os.getpid())

    async def _upkeep(self, pool: Pool) -> None:
        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [UPKEEP_LOCK])
            row = await cursor.fetchone()
            if row is None or not row[0]:
                return
            try:
                await maintain(
                    connection,
                    retention_days=self._settings.retention_days,
                    dedupe_horizon=self._settings.dedupe_horizon,
                )
                await self._tell_unattended(connection)
            finally:
                await connection.execute("SELECT pg_advisory_unlock(%s)", [UPKEEP_LOCK])

    async def _tell_unattended(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Deliveries that nobody will ever make are said aloud, and dropped after a while."""
        kinds = attended_kinds(await processes(connection)).union(self._deliverer.kinds)
        for kind, count in (await drop_unattended(connection, kinds, GIVE_UP)).items():
            DELIVERIES.labels(kind, "not_set_up").inc(count)
            _log.error("deliveries_dropped", channel=kind, deliveries=count, why=REASON)
        for kind, count in (await unattended(connection, kinds)).items():
            _log.warning("deliveries_wait", channel=kind, deliveries=count, why=REASON, remedy="see docs/channels.md")

    def _watchdog(self, stack: AsyncExitStack) -> Watchdog:
        memory = None
        if self._settings.redis_url:
            memory = Redis.from_url(
                self._settings.redis_url.get_secret_value(), socket_timeout=2, decode_responses=True
            )
            stack.push_async_callback(memory.aclose)
        channels = self._settings.standstill_channels
        return Watchdog(lambda: postgres_answers(self._url), self._deliverer, channels, memory=memory)
