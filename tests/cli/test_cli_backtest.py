"""`seawall rules test` on what is stored."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator

import orjson
import pytest

from models.event import Origin
from models.severity import Severity
from models.traffic import Traffic
from rules.masking import Masker
from rules.preparing import PrepareConfig, prepare
from sinks.postgres.batches import BatchStore
from sinks.postgres.connecting import new_pool
from sinks.postgres.traffic import add_traffic
from tests.sinks.prometheus_server import PlayedPrometheus, played

SERVICE = "tried-on"
RULES = f"""
alerts:
- {{name: new-error, on: new, match: {{service: {SERVICE}}}}}
thresholds:
- {{name: burst, when: 'tags.region == "eu" && service == "{SERVICE}"', count: 5, window: 1m}}
- {{name: error-rate, match: {{service: {SERVICE}}}, window: 5m, rate: {{above: 1%}}, group_by: [service, environment]}}
- {{name: never, match: {{service: {SERVICE}}}, count: 500, window: 1m}}
routes:
- {{match: {{rule: burst}}, to: "pagerduty:default"}}
default_route: "slack:#alerts"
"""
NOW = time.time()


@pytest.fixture(scope="module", autouse=True)
def _stored(database_url: str) -> None:
    """Two bursts, a day and an hour ago, of seven errors each; a hundred requests with each."""
    config = PrepareConfig(masker=Masker(), minimum_severity=Severity.DEBUG, lateness=1e9, retention=1e9, hash_key=b"k")
    items, starts = [], [int(NOW - 86_400), int(NOW - 3_600)]
    for start in starts:
        for n in range(7):
            origin = Origin.model_construct(topic="tried", partition=0, offset=len(items))
            event = {"service": SERVICE, "error_type": "E", "tags": {"region": "eu"}, "timestamp": start + n}
            items += prepare(orjson.dumps(event), {}, origin, start + n, config)
    asked = [
        Traffic(offset=0, service=SERVICE, environment="production", requests=100, start=start - 60.0, end=start + 60.0)
        for start in starts
    ]

    async def store() -> None:
        pool = new_pool(database_url, application_name="seawall test")
        async with pool, BatchStore(pool).batch("tried", 0, 0) as transaction:
            await transaction.store(items, [])
            await add_traffic(transaction.connection, asked)

    asyncio.run(store())


def test_it_says_what_each_rule_would_have_done(seawall, database_url, tmp_path):
    (tmp_path / "new.yaml").write_text(RULES)
    env = {"SEAWALL_DATABASE_URL": database_url}
    done = seawall("rules", "test", "new.yaml", "--since", "2d", "--json", env=env)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    fired = {one["rule"]: (one["fired"], one["told"]) for one in told["rules"]}
    assert fired == {
        "new-error": (1, ["slack:#alerts"]),
        "burst": (2, ["pagerduty:default"]),
        "error-rate": (2, ["slack:#alerts"]),
        "never": (0, []),
    }
    burst = next(one for one in told["incidents"] if one["rule"] == "burst")
    assert burst["reasons"] == ["5 in 1 min, 5 or more"]
    assert burst["until"] is not None
    shown = seawall("rules", "test", "new.yaml", "--since", "12h", env=env)
    assert "never" in shown.stdout
    assert "the latest 2 of 2 incidents" in shown.stdout


ASKING = f"""
thresholds:
- name: share
  match: {{service: {SERVICE}}}
  window: 5m
  rate: {{above: 1%, at_least: 50, prometheus: "sum by (service) (rate(asked[1m]))"}}
  group_by: service
"""


@pytest.fixture
def prometheus() -> Iterator[PlayedPrometheus]:
    """One that was asked twice a second by the service that is tried, served by a thread of its own."""
    telling = PlayedPrometheus(series=[({"service": SERVICE}, lambda at: "2")])
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = played(telling)
    asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
    yield telling
    asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_requests_of_which_prometheus_tells_are_asked_for(seawall, database_url, tmp_path, prometheus):
    (tmp_path / "new.yaml").write_text(ASKING)
    env = {"SEAWALL_DATABASE_URL": database_url, "SEAWALL_PROMETHEUS_URL": prometheus.url}
    done = seawall("rules", "test", "new.yaml", "--since", "2d", "--json", env=env)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["not_tried"] == {}
    assert [one["fired"] for one in told["rules"]] == [2]
    reason = told["incidents"][0]["reasons"][0]  # 7 errors, while 120 were asked a minute
    assert re.fullmatch(r"1\.\d+ % of [67]\d\d requests in 5 min, above 1 % .*", reason)
    assert all(int(form["end"]) - int(form["start"]) < 2 * 3_600 for form in prometheus.asked)


def test_a_rule_whose_requests_nobody_tells_of_is_named(seawall, database_url, tmp_path, prometheus):
    (tmp_path / "new.yaml").write_text(ASKING)
    env = {"SEAWALL_DATABASE_URL": database_url}
    done = seawall("rules", "test", "new.yaml", "--since", "2d", env=env)
    assert "share could not be tried: SEAWALL_PROMETHEUS_URL is not set" in done.stdout
    prometheus.token = "sesame"
    done = seawall("rules", "test", "new.yaml", "--since", "2d", env=env | {"SEAWALL_PROMETHEUS_URL": prometheus.url})
    assert "share could not be tried: status 401" in done.stdout


def test_a_file_that_is_wrong_is_refused(seawall, tmp_path):
    (tmp_path / "new.yaml").write_text("thresholds: [{name: a, count: many, window: 1m}]")
    done = seawall("rules", "test", "new.yaml")
    assert done.returncode == 1
    assert "new.yaml:1:31: must be a whole number" in done.stderr
