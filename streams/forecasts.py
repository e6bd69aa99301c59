"""Forecasts for thresholds: made by one worker every few minutes, read by all; nothing where no rule asks for one."""

import asyncio
import time
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from rules.forecasting import LOOK_BACK, Counts, Forecast, ForecastKeys, forecast_of
from sinks.postgres import forecasts as rows
from telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import AsyncConnection

    from rules.rulefile import RuleFile
    from sinks.postgres.connecting import Pool

__all__ = ["Forecasts", "read_counts"]

LOOK_EVERY = 30.0  # seconds between looks at what others have made
MAKE_EVERY = 300.0  # seconds between makings, at least
MAKE_SHARE = 20  # times as long as one took: the counts of weeks may be many
MAX_KEYS = 5_000  # of all rules; those with most events first

log = structlog.get_logger(__name__)


class Forecasts:
    """What is expected, by the keys of thresholds. One a worker.

    Args:
        rules: gives the rules in force.
    """

    def __init__(self, rules: "Callable[[], RuleFile]") -> None:
        self._rules = rules
        self._known: dict[str, Forecast] = {}
        self._read_at = 0.0
        self._took = 0.0

    def get(self, key: str) -> Forecast | None:
        """The forecast of a threshold's key, where there is one."""
        return self._known.get(key)

    async def follow(self, pool: "Pool", stop: asyncio.Event) -> None:
        """Make and read forecasts, again and again, until `stop` is set."""
        while not stop.is_set():
            try:
                await self.look(pool, time.time())
            except Exception as problem:  # noqa: BLE001 - the database is away; agents say so louder
                log.debug("Forecasts not read", problem=type(problem).__name__)
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await stop.wait()
            except TimeoutError:
                pass

    async def look(self, pool: "Pool", now: float) -> None:
        """Make forecasts where it is time to, and read what is new. Raises psycopg's errors."""
        keys = ForecastKeys(self._rules())
        if not keys:
            self._known = {}
            return
        async with pool.connection() as connection:
            if now - await rows.made_last(connection) >= max(MAKE_EVERY, MAKE_SHARE * self._took):
                await self._make(pool, keys, now)
            made = await rows.made_last(connection)
            if made != self._read_at:
                found = await rows.read_forecasts(connection)
                self._known = {key: _forecast(row) for key, row in found.items()}
                self._read_at = made

    async def _make(self, pool: "Pool", keys: ForecastKeys, now: float) -> None:
        async with pool.connection() as connection, rows.alone(connection) as alone:
            if not alone:
                return
            began = time.monotonic()
            counts = await read_counts(connection, keys, now - LOOK_BACK, now)
            made = await asyncio.to_thread(_made, counts, now)
            await rows.write_forecasts(connection, made, now)
            self._took = time.monotonic() - began
            metrics.FORECASTS.set(len(made))


async def read_counts(
    connection: "AsyncConnection[Any]", keys: ForecastKeys, since: float, until: float
) -> dict[tuple[str, str], Counts]:
    """Counts by the hour in [since, until), epoch seconds, by the thresholds' names and keys. Raises psycopg.Error."""
    named: dict[tuple[str, str], int] = {}
    numbers = [
        (group.group_id, named.setdefault((rule.name, rule.key(group)), len(named)))
        for group in await rows.recent_groups(connection, since)
        for rule in keys.rules
        if rule.matches(group)
    ]
    found: dict[tuple[str, str], Counts] = {}
    of_number = list(named)
    for row in await rows.hourly_counts(connection, numbers, since, until):
        counts = found.setdefault(of_number[row.number], Counts(float(row.begun)))
        counts.begun = min(counts.begun, float(row.begun))
        counts.hours[row.hour] = row.events
    return found


def _made(counts: Mapping[tuple[str, str], Counts], now: float) -> list[rows.ForecastRow]:
    most = sorted(counts, key=lambda named: sum(counts[named].hours.values()), reverse=True)[:MAX_KEYS]
    found = ((rule, key, forecast_of(counts[rule, key], now)) for rule, key in most)
    return [
        rows.ForecastRow(key, rule, [round(rate, 4) for rate in one.rates], one.weeks, one.noise)
        for rule, key, one in found
        if one is not None
    ]


def _forecast(row: rows.ForecastRow) -> Forecast:
    return Forecast(array("f", row.rates), bytes(row.weeks), row.noise)
