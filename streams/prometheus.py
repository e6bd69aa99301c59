"""Requests from Prometheus, for thresholds that ask it: by one worker each minute, nothing where no rule asks."""

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from rules.requests_told import MINUTE, asking, failing_signal, query_of, requests_of
from rules.telling import alert_key
from sinks.postgres import prometheus as rows
from sinks.prometheus import Prometheus, PrometheusError, Series
from streams.job import Job
from telemetry import metrics

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from rules.rulefile import ThresholdRule

__all__ = ["Asking"]

LOOK_EVERY = 10.0  # seconds
DELAY = 15  # seconds after a minute's end before it is asked for: scrapes come a little later
BACK = 600  # seconds that are asked for at most, after a time without answers
TELL_EVERY = 300.0  # seconds between signals that it still fails

log = structlog.get_logger(__name__)


class Asking:
    """Asks for what the rules in force want.

    Args:
        job: whose rules, database and topics they are.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        access = job.config.prometheus
        self._server = Prometheus(access) if access is not None else None

    async def follow(self, stop: asyncio.Event) -> None:
        """Ask again and again, until `stop` is set."""
        try:
            while not stop.is_set():
                try:
                    await self.look(time.time())
                except Exception as problem:  # noqa: BLE001 - database or broker are away; agents say so louder
                    log.debug("Prometheus not asked", problem=type(problem).__name__)
                try:
                    async with asyncio.timeout(LOOK_EVERY):
                        await stop.wait()
                except TimeoutError:
                    pass
        finally:
            if self._server is not None:
                await self._server.close()

    async def look(self, now: float) -> None:
        """Ask what is due. Raises what database and broker raise."""
        wanted = asking(self._job.rulebook.current)
        for rule in wanted.values():
            async with self._job.pool.connection() as connection, connection.transaction():
                await self._look_at(connection, rule, now)
        if wanted:
            async with self._job.pool.connection() as connection:
                await rows.forget_others(connection, list(wanted))

    async def _look_at(self, connection: "AsyncConnection[Any]", rule: "ThresholdRule", now: float) -> None:
        query, last = query_of(rule) or "", int(now - DELAY) // MINUTE * MINUTE
        row = await rows.take(connection, rule.name, query, _time(last - BACK))
        if row is None or row.asked_to >= _time(last):
            return
        start = max(int(row.asked_to.timestamp()) + MINUTE, last - BACK + MINUTE)
        try:
            found = await self._ask(query, start, last)
            await self._tell(rule, found)
        except (PrometheusError, ValueError) as problem:
            metrics.PROMETHEUS_QUERIES.labels("failed").inc()
            await self._failed(row, rule, now, str(problem))
        else:
            metrics.PROMETHEUS_QUERIES.labels("answered").inc()
            await self._answered(row, rule, now)
            row.asked_to = _time(last)
        await rows.keep(connection, row)

    async def _ask(self, query: str, start: int, last: int) -> list[Series]:
        if self._server is None:
            raise PrometheusError("SEAWALL_PROMETHEUS_URL is not set")
        return await self._server.range(query, start, last, MINUTE)

    async def _tell(self, rule: "ThresholdRule", found: list[Series]) -> None:
        """Send what was told to whoever counts it; acknowledged before it is noted as asked for. Raises ValueError."""
        deltas = [delta for one in found if (delta := requests_of(rule, one.labels, one.values)) is not None]
        await self._job.outbox.send_items(
            self._job.topics["rates"], deltas, lambda delta: alert_key(delta.rule, delta.by)
        )

    async def _failed(self, row: rows.Asked, rule: "ThresholdRule", now: float, problem: str) -> None:
        log.warning("Prometheus does not tell a threshold's requests", rule=rule.name, problem=problem)
        row.failing_since, row.problem = row.failing_since or _time(now), problem
        long = now - row.failing_since.timestamp() >= self._job.config.prometheus_patience
        if long and (row.told_at is None or now - row.told_at.timestamp() >= TELL_EVERY):
            await self._signal(rule, row.failing_since.timestamp(), now, problem)
            row.told_at = _time(now)

    async def _answered(self, row: rows.Asked, rule: "ThresholdRule", now: float) -> None:
        if row.told_at is not None and row.failing_since is not None:
            await self._signal(rule, row.failing_since.timestamp(), now, None)
        row.failing_since = row.problem = row.told_at = None

    async def _signal(self, rule: "ThresholdRule", since: float, now: float, problem: str | None) -> None:
        signal = failing_signal(rule, since, now, problem)
        await self._job.outbox.send_items(self._job.topics["signals"], [signal], lambda one: one.key)


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
