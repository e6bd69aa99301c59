"""Releases reach the store and the errors that name them, exactly once; files for enrichment reach them too."""

import asyncio
import subprocess
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from tests.streams.job_support import RULES, RunningJob, event, until

SHA = "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2"


async def produce(job: RunningJob, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=job.settings.kafka(), acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(job.settings.releases_topic, value)
    finally:
        await producer.stop()


async def read_to(job: RunningJob, offset: int) -> None:
    query = "SELECT next_offset FROM source_offsets WHERE topic = %s"

    async def there() -> bool:
        return await job.rows(query, job.settings.releases_topic) == [(offset,)]

    await until(there)


async def enrichment(job: RunningJob, service: str) -> Any:
    rows = await job.rows(
        "SELECT payload FROM analytics.payloads JOIN analytics.groups USING (group_id) WHERE service = %s"
        " ORDER BY occurred_at DESC LIMIT 1",
        service,
    )
    return rows[0][0].get("enrichment") if rows else None


async def test_releases_are_stored_once_and_told_with_errors(new_job, tmp_path):
    async with new_job() as job:
        (job.folder / "services.yaml").write_text("services: {shop: {team: payments}}")
        job.rules.write_text(RULES + "enrichment: {services: services.yaml}\n")
        green = {"service": "shop", "release": "green", "commit": SHA, "commits": [SHA], "at": "2026-01-02T00:00:00Z"}
        blue = {"service": "shop", "release": "blue", "at": "2026-01-01T00:00:00Z"}
        await produce(job, orjson.dumps(green), b"{}", b"green is out", orjson.dumps(blue))
        job.fleet.start("worker-1")
        await read_to(job, 4)
        assert await job.rows("SELECT release, commit FROM releases ORDER BY at") == [("blue", None), ("green", SHA)]
        dead = 'SELECT topic, "offset", reason FROM dead_letters ORDER BY 2'
        topic = job.settings.releases_topic
        assert await job.rows(dead) == [(topic, 1, "no_release"), (topic, 2, "invalid_json")]

        await until(lambda: _told(job, "green"))
        told = await enrichment(job, "shop")
        assert (told["team"], told["release"]["commit"]) == ("payments", SHA)

        # Fixed in green: what comes of blue, the older one though nothing in its name says so, changes nothing.
        await job.execute(
            "UPDATE groups SET status = 'resolved', resolved_at = '2026-01-03', resolved_in = '{\"release\": \"green\"}'"
        )
        await job.send(event("shop", 1, release="blue"))
        await job.until_read()
        assert await job.rows("SELECT status::text, regressions FROM groups") == [("resolved", 0)]
        await job.send(event("shop", 2, release="green"))
        await job.until_read()
        assert await job.rows("SELECT status::text, regressions FROM groups") == [("new", 1)]

        # A worker that is killed goes on where the store is; what was buried is not buried again.
        job.fleet.kill("worker-1")
        await produce(job, orjson.dumps({"service": "shop", "release": "red"}))
        job.fleet.start("worker-1")
        await read_to(job, 5)
        assert await job.value("SELECT count(*) FROM releases") == 3
        assert await job.value("SELECT count(*) FROM dead_letters") == 2

        # The command, with the commits of a clone.
        clone = _clone(tmp_path)
        sent = await job.command(
            "releases", "new", "cart", "1.1", "--environment", "eu", "--commits-from", str(clone), "--json"
        )
        assert (sent["commits"], sent["place"]) == (2, f"{topic}/0 offset 5")
        await read_to(job, 6)
        [listed] = await job.command("releases", "list", "--service", "cart", "--json")
        assert (listed["release"], listed["environment"], listed["commits"]) == ("1.1", "eu", 2)
        subjects = await job.value(
            "SELECT jsonb_path_query_array(commits, '$[*].subject') FROM releases WHERE service = 'cart'"
        )
        assert subjects == ["three", "two"]


async def _told(job: RunningJob, release: str) -> bool:
    """Workers read what is new of releases every few seconds: errors are sent until one is told of its release."""
    await job.send(event("shop", release=release))
    await job.until_read()
    await asyncio.sleep(0.5)
    return "release" in (await enrichment(job, "shop") or {})


def _clone(folder) -> str:
    """Three commits, of which the first one is tagged 1.0."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init")
    for name in ("one", "two", "three"):
        git("commit", "--allow-empty", "-m", name)
        if name == "one":
            git("tag", "1.0")
    return folder
