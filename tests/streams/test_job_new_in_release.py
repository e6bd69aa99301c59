"""Groups that are new in a release, through the running job: once, whoever is killed."""

import time

import orjson

from tests.streams.job_support import event, until
from tests.streams.test_job_releases import produce, read_to

RULES = """
version: 1
alerts:
  - {name: soon, on: new, after_release: 10m, match: {service: shop}}
  - {name: in-release, on: new_in_release, match: {service: cart}}
escalation: {resolve_after: 1m}
default_route: "slack:#alerts"
"""


async def test_new_in_a_release_and_soon_after_one(new_job):
    async with new_job() as job:
        now = time.time()
        await job.send(event("cart", 0, release="1"), event("mail", 0, release="1"))
        job.rules.write_text("version: 1\n")
        job.fleet.start("worker-1")
        await job.until_read()
        await produce(job, orjson.dumps({"service": "shop", "release": "1.4", "at": now - 60}))
        await read_to(job, 1)
        # What was there before the rules were is not new.
        job.fleet.kill("worker-1")
        job.rules.write_text(RULES)
        job.fleet.start("worker-1")
        await job.send(
            event("cart", 1, release="1"),
            event("cart", 2, release="2"),
            event("mail", 2, release="2"),
            event("shop", 1, release="1.4"),
        )

        async def reasons() -> dict[str, list[str]]:
            return dict(await job.rows("SELECT rule, reasons FROM incidents"))

        async def both() -> bool:
            return len(await reasons()) == 2

        await until(both, patience=150)  # its partitions come back once the killed worker is given up
        told = await reasons()
        assert told["in-release"] == ["first seen in release 2"]
        assert told["soon"][0].startswith("new error, 1 min")
        assert told["soon"][0].endswith("after release 1.4")

        # Killed and read again, and seen again: nothing more is said.
        job.fleet.kill("worker-1")
        job.fleet.start("worker-1")
        await job.send(event("cart", 3, release="2"), event("cart", 4, release="1"))
        await job.until_read()
        assert await job.value("SELECT count(*) FROM incident_log WHERE kind = 'open'") == 2
        assert await job.value("SELECT count(*) FROM group_releases") == 5


async def test_what_came_while_no_rule_asked_is_not_new_once_one_asks_again(new_job):
    async with new_job() as job:

        async def use(rules: str, times: int) -> None:
            job.rules.write_text(rules)

            async def in_force() -> bool:
                return len(job.logged("Rules in force")) >= times

            await until(in_force)

        job.rules.write_text(RULES)
        job.fleet.start("worker-1")
        await job.send(event("cart", release="1", error_type="Another"))
        await job.until_read()
        await use("version: 1\n", 2)
        await job.send(event("cart", release="1"), event("cart", release="2"))
        await job.until_read()
        await use(RULES, 3)
        await job.send(event("cart", release="2"))
        await job.until_read()
        await job.send(event("cart", release="3"))

        async def told() -> list[list[str]]:
            return [row[0] for row in await job.rows("SELECT reasons FROM incidents ORDER BY opened_at")]

        async def both() -> bool:
            return len(await told()) == 2

        await until(both)
        assert await told() == [["first seen in release 1"], ["first seen in release 3"]]
