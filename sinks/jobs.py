"""Deliveries as procrastinate jobs: deferred in the caller's transaction, run by any notifier, kept in order.

A job holds a lock on its message and its channel, so that the transitions of what is told of in one message reach a
channel one after the other; a job that waits to be tried again holds up the later ones of its message and channel, and
nothing else. What is to be looked at at some time, and what is to be summed up, are jobs as well.
"""

import math
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job, JobDeferrer
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from sinks.contract import Retryable
from sinks.delivering import split_channel
from sinks.postgres.connecting import Pool, conninfo
from sinks.postgres.incidents import Delivery

__all__ = [
    "Deliver",
    "Look",
    "SumUp",
    "backoff",
    "defer_deliveries",
    "defer_flushes",
    "defer_only_app",
    "defer_summaries",
    "new_app",
    "new_job_pool",
]

TASK = "seawall.deliver"
FLUSH = "seawall.flush"
SUM_UP = "seawall.sum_up"
TIMERS = "timers"  # the queue of what is to be looked at at some time
FIRST_DELAY = 2.0  # seconds
MAX_DELAY = 300.0
LONGEST_ASKED = 3600.0  # a vendor that asks for more is asked again meanwhile: deliveries are given up after a day

Deliver = Callable[[int, str], Awaitable[None]]
Look = Callable[[str, float], Awaitable[None]]
SumUp = Callable[[str], Awaitable[None]]


def defer_only_app() -> App:
    """An app for `defer_deliveries`: it needs no connection of its own and is never opened."""
    return App(connector=PsycopgConnector())


def new_app(deliver: Deliver, look: Look | None = None, sum_up: SumUp | None = None) -> App:
    """The app of a notifier: open it with a pool whose connections have `seawall` on their search path.

    Args:
        deliver: attempts one delivery, by its id and channel; raises Retryable where it must be tried again.
        look: looks at a bundle of incidents, by its id and the epoch second for which that was put off.
        sum_up: tells what was held back, by the id of the summary.
    """
    app = App(connector=PsycopgConnector())

    @app.task(name=TASK, retry=Backoff())
    async def _deliver(delivery_id: int, channel: str) -> None:
        await deliver(delivery_id, channel)

    if look is not None:

        @app.task(name=FLUSH, retry=Backoff())
        async def _flush(bundle_id: str, at: float = 0.0) -> None:
            await look(bundle_id, at)

    if sum_up is not None:

        @app.task(name=SUM_UP, retry=Backoff())
        async def _sum_up(summary_id: str) -> None:
            await sum_up(summary_id)

    return app


async def defer_deliveries(app: App, connection: AsyncConnection[Any], deliveries: Mapping[int, Delivery]) -> None:
    """Defer the jobs of new deliveries, by id, on the caller's connection: they run once its transaction has committed.

    Raises AlreadyEnqueued where one of them was deferred before.
    """
    jobs = [_job(app, delivery_id, delivery) for delivery_id, delivery in deliveries.items()]
    if jobs:
        await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)


async def defer_flushes(app: App, connection: AsyncConnection[Any], bundles: Mapping[str, datetime | None]) -> None:
    """Let bundles be looked at, each at its time (None: at once), once the caller's transaction has committed."""
    jobs = [
        _timer(app, FLUSH, f"bundle:{bundle_id}", at).make_new_job(
            bundle_id=bundle_id, at=at.timestamp() if at is not None else 0.0
        )
        for bundle_id, at in bundles.items()
    ]
    if jobs:
        await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)


async def defer_summaries(app: App, connection: AsyncConnection[Any], summaries: Mapping[str, datetime | None]) -> None:
    """Let summaries be told, each at its time (None: at once), once the caller's transaction has committed."""
    jobs = [
        _timer(app, SUM_UP, f"summary:{summary_id}", at).make_new_job(summary_id=summary_id)
        for summary_id, at in summaries.items()
    ]
    if jobs:
        await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)


def _timer(app: App, task: str, lock: str, at: datetime | None) -> JobDeferrer:
    return app.configure_task(task, allow_unknown=True, queue=TIMERS, lock=lock, schedule_at=at)


def _job(app: App, delivery_id: int, delivery: Delivery) -> Job:
    kind, _ = split_channel(delivery.channel)
    return app.configure_task(
        TASK,
        allow_unknown=True,
        queue=kind,  # a queue a kind: a vendor that is down holds up no other
        lock=f"{delivery.message_id}:{delivery.channel}",
        queueing_lock=f"{delivery.transition_id}:{delivery.channel}",
    ).make_new_job(delivery_id=delivery_id, channel=delivery.channel)


def new_job_pool(database_url: str, *, application_name: str, max_size: int = 6) -> Pool:
    """A pool for the app of a notifier, not yet open.

    Not `new_pool`: procrastinate opens one more connection with the pool's arguments and `autocommit` besides, which
    must not be among them twice.
    """
    return AsyncConnectionPool(
        conninfo(database_url, application_name=application_name),
        min_size=1,
        max_size=max_size,
        configure=_autocommit,
        check=AsyncConnectionPool.check_connection,
        open=False,
        name=application_name,
    )


async def _autocommit(connection: AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


def backoff(attempts: int, after: float | None, *, luck: float) -> float:
    """Seconds until the next attempt.

    Args:
        attempts: attempts before the one that failed.
        after: what the vendor asked for, of which an hour counts, or None: then twice as long each time, from 2 s to
            5 min, 50 to 100 % of it.
        luck: a random number in [0, 1), so that many deliveries do not come back at once.
    """
    if after is not None and not math.isnan(after):
        return min(after, LONGEST_ASKED) + luck * 0.5
    return min(FIRST_DELAY * 2.0 ** min(attempts, 16), MAX_DELAY) * (0.5 + luck / 2)


class Backoff(BaseRetryStrategy):
    """Try again, whatever the failure was; only the delivery itself decides to give up."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """When to try again: at once after our own shutdown."""
        if not isinstance(exception, Exception):
            return RetryDecision(retry_at=datetime.now(UTC))
        after = exception.after if isinstance(exception, Retryable) else None
        delay = backoff(job.attempts, after, luck=random.random())  # noqa: S311 -- no secret
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=delay))
