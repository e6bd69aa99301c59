"""Forecasts made of what PostgreSQL counted, by one of several workers, and read by all."""

import time

import pytest

from rules.forecasting import LOOK_BACK, ForecastKeys, forecast_of
from rules.rulefile import load
from sinks.postgres.connecting import new_pool
from streams import forecasts
from streams.forecasts import Forecasts, read_counts
from tests.sinks.postgres_support import occurrence, put, run, stores

RULES = load(
    "thresholds: [{name: r, window: 1h, match: {service: [shop, cart]}, group_by: service,"
    " spike: {times: 2, forecast: true}}]",
    "rules.yaml",
)


@pytest.fixture
async def pool(database_url):
    run(database_url, "TRUNCATE groups, group_log, forecasts, minute_stats, occurrences, source_offsets CASCADE")
    pool = new_pool(database_url, application_name="seawall test")
    await pool.open(wait=True)
    yield pool
    await pool.close()


async def test_made_once_of_the_counts_and_read_by_all(pool, database_url):
    now = time.time()
    some = [
        occurrence(n, name, service=service, at=now - hours * 3_600 - n)
        for n, (name, service, hours) in enumerate(
            (name, service, hours)
            for name, service in (("a", "shop"), ("b", "shop"), ("c", "cart"), ("d", "mail"))
            for hours in range(30)
            for _ in range(3)
        )
    ]
    async with stores(database_url) as [store]:
        await put(store, some)
    one, other = Forecasts(lambda: RULES), Forecasts(lambda: RULES)
    await one.look(pool, now)
    async with pool.connection() as connection:
        counts = await read_counts(connection, ForecastKeys(RULES), now - LOOK_BACK, now)
    assert {key: sum(found.hours.values()) for (_, key), found in counts.items()} == {
        "rule:r:shop": 180,
        "rule:r:cart": 90,
    }
    expected = forecast_of(counts["r", "rule:r:shop"], now)
    assert expected is not None
    found = one.get("rule:r:shop")
    assert found is not None
    assert list(found.rates) == pytest.approx(expected.rates, rel=1e-3)
    assert list(found.weeks) == expected.weeks
    assert one.get("rule:r:mail") is None

    run(database_url, "UPDATE forecasts SET noise = 77")
    await other.look(pool, now + 10)
    again = other.get("rule:r:cart")
    assert again is not None
    assert again.noise == 77, "what another made lately is read, not made again"
    await other.look(pool, now + forecasts.MAKE_EVERY + 1)
    again = other.get("rule:r:cart")
    assert again is not None
    assert again.noise != 77


async def test_where_no_rule_asks_nothing_is_made(pool, database_url):
    quiet = Forecasts(lambda: load("thresholds: [{name: r, window: 1h, count: 5}]", "rules.yaml"))
    await quiet.look(pool, time.time())
    assert quiet.get("rule:r:") is None
    async with pool.connection() as connection:
        assert await (await connection.execute("SELECT count(*) FROM forecasts")).fetchall() == [(0,)]
