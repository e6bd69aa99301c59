"""Thresholds of every kind through the running job, and requests told of, exactly once."""

import time
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from tests.streams.job_support import RunningJob, event, until

RULES = """
version: 1
thresholds:
  - {name: of-europe, when: tags.region == "eu", count: 3, window: 1m, group_by: service}
  - name: users-and-errors
    window: 5m
    group_by: service
    all:
      - distinct: {of: user_id, count: 4}
      - rate: {above: 50%, of: errors, at_least: 5}
    match: {severity: critical}
  - name: error-rate
    window: 5m
    rate: {above: 1%, of: traffic, at_least: 100 requests}
    group_by: [service, environment]
default_route: "slack:#alerts"
"""


async def tell(job: RunningJob, *values: Any) -> None:
    """Write records to the topic of traffic."""
    producer = AIOKafkaProducer(bootstrap_servers=job.settings.kafka(), acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(job.settings.traffic_topic, orjson.dumps(value), partition=0)
    finally:
        await producer.stop()


async def test_error_rate_above_1_percent_and_others(new_job):
    async with new_job() as job:
        job.rules.write_text(RULES)
        now = time.time()
        asked = {"service": "shop", "environment": "production", "from": now - 360, "to": now}
        await tell(job, [{**asked, "requests": 3_500}, {**asked, "requests": 2_500}], {"service": "shop"})
        await job.send(
            *(event("shop", n, timestamp=now - 10) for n in range(45)),
            *(event("mail", n, tags={"region": "eu"}, severity="warning") for n in range(3)),
            *(event("cart", n, severity="critical", user_id=f"u{n % 3}") for n in range(9)),
        )
        job.fleet.start("worker-1")
        await job.until_read()

        async def incidents() -> set[tuple[str, str]]:
            return set(await job.rows("SELECT rule, service FROM incidents"))

        await until(incidents)
        assert await incidents() == {("of-europe", "mail")}

        await job.send(
            *(event("shop", n, timestamp=now - 10) for n in range(45, 65)),
            event("cart", 9, severity="critical", user_id="u4"),
        )

        wanted = {("of-europe", "mail"), ("error-rate", "shop"), ("users-and-errors", "cart")}

        async def all_three() -> bool:
            return await incidents() >= wanted

        await until(all_three)
        assert await incidents() == wanted
        [(reasons,)] = await job.rows("SELECT reasons FROM incidents WHERE rule = 'error-rate'")
        assert reasons[0].endswith(" requests in 5 min, above 1 % (service shop, environment production)")
        [(recent,)] = await job.rows("SELECT activity -> 'recent' FROM incidents WHERE rule = 'error-rate'")
        assert recent["seconds"] * len(recent["counts"]) == 300
        assert 45 < sum(recent["counts"]) <= 65
        assert await job.value("SELECT sum(requests) FROM analytics.traffic WHERE service = 'shop'") == 6_000
        dead = 'SELECT topic, "offset", reason FROM dead_letters'
        assert await job.rows(dead) == [(job.settings.traffic_topic, 1, "no_traffic")]
        assert job.fleet.ended() == {}


async def test_requests_that_the_database_refuses_do_not_keep_others_away(new_job):
    async with new_job("worker-1") as job:
        await job.execute("ALTER TABLE traffic ADD CONSTRAINT refuses CHECK (service <> 'refused')")
        now = time.time()
        told = [{"service": name, "from": now - 60, "to": now, "requests": 7} for name in ("shop", "refused", "cart")]
        await tell(job, *told)

        async def others() -> bool:
            told = await job.rows("SELECT service, sum(requests)::int FROM traffic GROUP BY service")
            return set(told) == {("shop", 7), ("cart", 7)}

        await until(others)
        dead = 'SELECT topic, "offset", reason FROM dead_letters'
        assert await job.rows(dead) == [(job.settings.traffic_topic, 1, "refused")]
