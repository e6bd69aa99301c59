"""Filters, masking, grouping and look-ups of the rule file in the running job: what is dropped comes back, once."""

from typing import Any

import orjson
from aiohttp import web

from tests.streams.job_support import RULES, RunningJob, event, until

FILTERS = """
filters:
  rules:
    - {name: noise, match: {service: noisy}, do: drop}
    - {name: quiet-users, when: 'tags["plan"] == "free"', do: lower, to: debug}
"""
MASKING = """
masking:
  rules:
    - {name: order_number, pattern: 'ORD-[0-9]{6}', method: replace}
"""
GROUPING = """
grouping:
  fingerprints:
    - 'type:"TillError" -> till-{{ tags.shop }}'
"""


async def drops(job: RunningJob) -> dict[tuple[str, str], int]:
    return {
        (reason, rule): int(count)
        for reason, rule, count in await job.rows("SELECT reason, rule, sum(records) FROM drop_stats GROUP BY 1, 2")
    }


async def payloads(job: RunningJob, service: str) -> list[dict[str, Any]]:
    rows = await job.rows('SELECT payload FROM occurrences WHERE service = %s ORDER BY "offset"', service)
    return [row[0] for row in rows]


async def test_what_a_filter_dropped_is_counted_and_sent_again_once_the_rule_is_put_right(new_job):
    async with new_job() as job:
        job.rules.write_text(RULES + FILTERS)
        job.fleet.start("worker-1")
        both = orjson.dumps([orjson.loads(event("noisy", 7)), orjson.loads(event("kept", 7))])
        await job.send(*[event("noisy", number) for number in range(5)], event("kept"), both, partition=0)
        await job.send(event("kept", tags={"plan": "free"}), partition=0)
        await job.until_stored("kept", 2)
        await job.until_read()
        assert await drops(job) == {("filtered", "noise"): 6, ("filtered", "quiet-users"): 1}
        status = await job.command("status", "--json")
        assert "noise" in orjson.dumps(status).decode()
        job.rules.write_text(RULES)
        await until(lambda: len(job.logged("Rules in force")) >= 2)
        for _ in range(2):
            await job.command("replay", "--rule", "noise", "--again", "--yes")
            await job.until_read()
            await job.until_stored("noisy", 6)
        assert await job.stored("kept") == 2, "what was stored of a record is not stored again"
        await job.command("replay", "--rule", "quiet-users", "--yes")
        await job.until_stored("kept", 3)


async def test_rules_of_the_file_mask_and_group_and_the_same_message_is_one_group_on_every_worker(new_job):
    async with new_job() as job:
        job.rules.write_text(RULES + MASKING + GROUPING)
        for name in ("worker-1", "worker-2"):
            job.fleet.start(name)
        for partition in (0, 1):
            await job.send(
                *[
                    event(
                        "alike",
                        error_type=None,
                        message=f"customer {name} was not found in region north for ORD-123456",
                    )
                    for name in ("Alice", "Bob", "Carol")
                ],
                *[event("tills", n, error_type="TillError", tags={"shop": f"s{n % 2}"}) for n in range(4)],
                partition=partition,
            )
        await job.until_stored("alike", 6)
        await job.until_stored("tills", 8)
        assert await job.value("SELECT count(*) FROM groups WHERE service = 'alike'") == 1
        assert await job.value("SELECT count(*) FROM groups WHERE service = 'tills'") == 2
        for payload in await payloads(job, "alike"):
            assert "ORD-" not in orjson.dumps(payload).decode()
            assert "[order_number]" in payload["message"]
            stored = await job.rows("SELECT group_id::text FROM occurrences WHERE service = 'alike'")
            assert (payload["group_id"],) in stored


async def test_errors_carry_what_files_and_services_know_of_them(new_job, unused_tcp_port):
    asked: list[Any] = []

    async def users(request: web.Request) -> web.Response:
        ids = (await request.json())["ids"]
        asked.append(ids)
        return web.json_response({"users": {one: {"plan": "gold", "secret": "x"} for one in ids}})

    app = web.Application()
    app.router.add_post("/users", users)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    try:
        async with new_job() as job:
            (job.folder / "services.yaml").write_text(
                "services: {shop: {team: payments, tier: 1, runbook: 'https://wiki.example/shop'}}"
            )
            (job.folder / "CODEOWNERS").write_text("*.py @python\n/pay/ @payments-backend\n")
            job.rules.write_text(
                RULES + "enrichment:\n  services: services.yaml\n  codeowners: [{file: CODEOWNERS, strip: /srv/}]\n"
                f"  users: {{url: 'http://127.0.0.1:{unused_tcp_port}/users', fields: [plan], timeout_ms: 3000}}\n"
            )
            job.fleet.start("worker-1")
            frames = [{"function": "pay", "file": "/srv/pay/cards.py", "line": 3, "in_app": True}]
            exception = [{"type": "CardError", "value": "declined", "frames": frames}]
            await job.send(event("shop", user_id="u-1", exception=exception), event("other"))
            await job.until_stored("shop", 1)
            [payload] = await payloads(job, "shop")
            known = payload["enrichment"]
            assert (known["team"], known["tier"], known["runbook"]) == ("payments", 1, "https://wiki.example/shop")
            assert known["owner"] == "@payments-backend"
            assert known["user"] == {"plan": "gold"}
            assert asked == [["u-1"]]
            await job.until_stored("other", 1)
            assert not (await payloads(job, "other"))[0].get("enrichment")
    finally:
        await runner.cleanup()
