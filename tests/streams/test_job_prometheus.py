"""Thresholds over requests that Prometheus tells of, through the running job; one that fails says so itself."""

import time

from tests.sinks.prometheus_server import PlayedPrometheus, played
from tests.streams.job_support import event, until

RULES = """
version: 1
thresholds:
  - name: error-rate
    window: 5m
    rate: {above: 1%, prometheus: "sum by (service) (rate(http_requests_total[1m]))"}
    group_by: service
  - name: broken
    window: 5m
    match: {service: cart}
    rate: {above: 1%, prometheus: "sum("}
routes: [{match: {rule: broken, service: cart}, to: "slack:#cart"}]
default_route: "slack:#alerts"
"""


async def test_shares_of_what_prometheus_tells(new_job):
    shop = ({"service": "shop"}, lambda at: "10")  # a second
    async with (
        played(PlayedPrometheus([shop], token="s3cret")) as server,
        new_job(prometheus_url=server.url, prometheus_patience=0, prometheus_token="s3cret") as job,
    ):
        job.rules.write_text(RULES)
        # 600 requests a minute, and 20 errors each in the minutes before: more than 1 %.
        now = time.time()
        await job.send(*(event("shop", n, timestamp=now - 60 - 3 * n) for n in range(80)))
        job.fleet.start("worker-1")
        job.fleet.start("worker-2")

        async def reasons() -> dict[str, list[str]]:
            return dict(await job.rows("SELECT rule, reasons FROM incidents"))

        async def both() -> bool:
            return set(await reasons()) == {"error-rate", "broken"}

        await until(both)
        told = await reasons()
        assert " requests in 5 min, above 1 % (service shop)" in told["error-rate"][0]
        assert "unclosed left parenthesis" in told["broken"][0]
        title = "broken cannot be answered: Prometheus does not tell of requests"
        assert await job.rows("SELECT title, service FROM incidents WHERE rule = 'broken'") == [(title, "cart")]
        assert await job.value(
            "SELECT channels FROM bundle_incidents JOIN incidents ON id = incident_id WHERE rule = 'broken'"
        ) == ["slack:#cart"]
        status = await job.command("status", "--json")
        assert [one["rule"] for one in status["unanswered"]] == ["broken"]
        assert job.logged("Prometheus does not tell a threshold's requests", "worker-1") or job.logged(
            "Prometheus does not tell a threshold's requests", "worker-2"
        )
