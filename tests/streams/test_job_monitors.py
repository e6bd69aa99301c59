"""Jobs that check in, sessions and feedback through the running job: what was missed becomes an error, exactly once."""

import asyncio
import time
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from models.dead import ORIGIN
from tests.streams.job_support import RunningJob, event, until

EON = {"type": "interval", "value": 9_999 - time.gmtime().tm_year, "unit": "year"}
EONS = {"schedule": EON, "checkin_margin": 10**9}
EVERY_TEN = {"schedule": {"type": "interval", "value": 10, "unit": "minute"}, "checkin_margin": 1, "max_runtime": 5}


async def tell(job: RunningJob, topic: str, *values: Any, headers: Any = ()) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=job.settings.kafka(), acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, orjson.dumps(value), partition=0, headers=headers)
    finally:
        await producer.stop()


def check_in(slug: str, status: str, at: float, number: int, **fields: Any) -> dict[str, Any]:
    ids = {"check_in_id": f"{number:032x}", "new_id": f"{number + 1_000:032x}"}
    return {"project": "shop", "slug": slug, "status": status, "at": at, **ids, **fields}


async def errors(job: RunningJob) -> list[tuple[str, str, int]]:
    """Type, job and number of the errors that are stored."""
    return await job.rows(
        "SELECT type, payload::jsonb -> 'tags' ->> 'monitor.slug', count(*)::int FROM occurrences"
        " WHERE service = 'shop' AND type <> 'TestError' GROUP BY 1, 2 ORDER BY 1, 2"
    )


async def test_what_jobs_missed_is_an_error_once_whatever_dies(new_job):
    async with new_job() as job:
        now, topic = time.time(), job.settings.check_ins_topic
        await tell(
            job, topic,
            # Checked in 35 minutes ago and not since: missed three times.
            check_in("backup", "ok", now - 35 * 60, 1, config=EVERY_TEN),
            # Began 8 minutes ago: takes longer than 5.
            check_in("report", "in_progress", now - 8 * 60, 2, config=EVERY_TEN),
            check_in("import", "in_progress", now - 90, 3),
            check_in("import", "error", now - 60, 3, duration=30.0),
            check_in("never", "later", now, 4),
            check_in("eons", "ok", now - 50, 6, config=EONS),  # no later than databases and calendars go
        )  # fmt: skip
        job.fleet.start("worker-1")
        wanted = [("CheckInFailed", "import", 1), ("CheckInTimeout", "report", 1), ("MissedCheckIn", "backup", 3)]

        async def all_there() -> bool:
            return await errors(job) == wanted

        await until(all_there)
        # As if the worker had died after it wrote to Kafka and before it stored that it had.
        job.fleet.kill("worker-1")
        await job.execute(
            "UPDATE monitors SET next_due = next_due - interval '30 min', look_at = now() - interval '1 h' WHERE slug = 'backup'"
        )
        await job.execute(
            "UPDATE check_ins SET status = 'in_progress' WHERE monitor_id = (SELECT id FROM monitors WHERE slug = 'report')"
        )
        job.fleet.start("worker-1")
        await tell(job, topic, check_in("import", "error", now - 60, 3), check_in("report", "ok", time.time(), 5))
        await tell(job, topic, check_in("eons", "ok", time.time(), 7))

        async def looked_at() -> bool:
            return not await job.value("SELECT count(*) FROM monitors WHERE look_at < now() - interval '10 s'")

        await until(looked_at)
        await job.until_read()
        assert await errors(job) == wanted
        [monitor] = [one for one in await job.command("monitors", "list", "--json") if one["slug"] == "backup"]
        assert (monitor["failing"], monitor["last_status"], monitor["schedule"]) == (True, "missed", "10")
        assert "every 10 minute" in await job.command("monitors", "list", "shop")
        await job.command("monitors", "delete", str(monitor["id"]), "--yes")
        assert "backup" not in await job.command("monitors", "list")
        groups = await job.rows("SELECT count(*)::int FROM groups WHERE service = 'shop'")
        assert groups == [(3,)]
        dead = "SELECT topic, reason FROM dead_letters"
        assert await job.rows(dead) == [(topic, "no_check_in")]


async def test_a_worker_that_was_frozen_reads_first_what_came_meanwhile(new_job):
    async with new_job() as job:
        topic = job.settings.check_ins_topic
        await tell(job, topic, check_in("pulse", "ok", time.time() - 300, 1, config=EVERY_TEN))
        job.fleet.start("worker-1")

        async def known() -> bool:
            return await job.value("SELECT count(*) FROM monitors") == 1

        await until(known)
        freezing = asyncio.to_thread(job.fleet.freeze, "worker-1", 4.0)
        frozen = asyncio.create_task(freezing)
        await asyncio.sleep(0.5)
        # Due two minutes ago, said a second after that, written now: as after 2 minutes in which all stood still.
        await job.execute("UPDATE monitors SET next_due = now() - interval '120 s', look_at = now() - interval '60 s'")
        await tell(job, topic, check_in("pulse", "ok", time.time() - 119, 2))
        await frozen

        async def taken() -> bool:
            return await job.value("SELECT count(*) FROM check_ins") == 2

        await until(taken)
        assert await job.rows("SELECT failing, failures, last_status FROM monitors") == [(False, 0, "ok")]
        assert await job.rows("SELECT count(*)::int FROM monitors WHERE next_due > now()") == [(1,)]
        await job.until_read()
        assert await errors(job) == []


async def test_the_end_of_a_run_that_is_written_twice_ends_one(new_job):
    async with new_job() as job:
        topic, now = job.settings.check_ins_topic, time.time()
        failed = {**check_in("copy", "error", now - 10, 3), "check_in_id": None}
        await tell(
            job, topic, check_in("copy", "in_progress", now - 30, 1), check_in("copy", "in_progress", now - 20, 2), failed
        )  # fmt: skip
        await tell(job, topic, failed)  # by a gateway that Kafka had not answered in time
        job.fleet.start("worker-1")

        async def read() -> bool:
            rows = await job.rows("SELECT next_offset FROM source_offsets WHERE topic = %s AND partition = 0", topic)
            return rows == [(4,)]

        await until(read)
        await tell(job, topic, failed)
        await tell(job, topic, check_in("last", "ok", now, 9))

        async def last() -> bool:
            return await job.value("SELECT count(*) FROM monitors WHERE slug = 'last'") == 1

        await until(last)
        runs = "SELECT check_in_id, status FROM check_ins JOIN monitors ON monitors.id = monitor_id WHERE slug = 'copy'"
        found = {str(number)[-1]: status for number, status in await job.rows(runs)}
        assert found == {"1": "in_progress", "2": "error"}
        await job.until_read()
        assert await errors(job) == [("CheckInFailed", "copy", 1)]


async def test_what_is_over_is_resolved_after_so_many_good_runs(new_job):
    async with new_job() as job:
        topic, now = job.settings.check_ins_topic, time.time()
        twice = {**EONS, "recovery_threshold": 2}
        await tell(
            job, topic,
            check_in("over", "error", now - 60, 1, config=twice), check_in("over", "ok", now - 50, 2),
            check_in("over", "ok", now - 40, 3),  # read before its error is stored
            check_in("not-yet", "error", now - 60, 4, config=twice), check_in("not-yet", "ok", now - 50, 5),
            check_in("ignored", "error", now - 60, 6, config=EONS),
        )  # fmt: skip
        job.fleet.start("worker-1")
        of = "SELECT transaction, status::text FROM groups JOIN occurrences ON group_id = groups.id ORDER BY 1"
        of = of.replace("transaction", "payload::jsonb -> 'tags' ->> 'monitor.slug'")

        async def status() -> dict[str, str]:
            return dict(await job.rows(of))

        async def resolved() -> bool:
            return await status() == {"ignored": "new", "not-yet": "new", "over": "resolved"}

        await until(resolved)
        [group] = await job.rows(
            "SELECT group_id::text FROM occurrences WHERE payload::jsonb -> 'tags' ->> 'monitor.slug' = 'ignored'"
        )
        await job.execute(f"UPDATE groups SET status = 'ignored' WHERE id = '{group[0]}'")
        await tell(job, topic, check_in("ignored", "ok", now - 30, 7), check_in("not-yet", "ok", now - 30, 8))

        async def all_known() -> bool:
            return not await job.value("SELECT count(*) FROM monitors WHERE failing OR recovered_at IS NOT NULL")

        await until(all_known)
        assert await status() == {"ignored": "ignored", "not-yet": "resolved", "over": "resolved"}
        assert await job.rows("SELECT DISTINCT actor, action FROM group_log") == [("monitor", "resolve")]
        await tell(job, topic, check_in("over", "error", time.time(), 9))

        async def back() -> bool:
            return (await status())["over"] == "new"

        await until(back)


async def test_sessions_count_once_however_often_they_are_written(new_job):
    async with new_job() as job:
        topic, now = job.settings.traffic_topic, time.time()
        session = {"service": "shop", "id": "session/a", "requests": 1, "from": now - 5, "to": now - 4}
        await tell(job, topic, [session, session], [session, {**session, "id": "session/b"}])
        counted = {"service": "shop", "requests": 40, "from": now - 60, "to": now}
        for _ in range(2):
            await tell(job, topic, [counted, counted], headers=[(ORIGIN, b"gateway-traffic-1/0/0/0")])
        await tell(job, topic, counted)
        job.fleet.start("worker-1")

        async def read() -> bool:
            rows = await job.rows("SELECT next_offset FROM source_offsets WHERE topic = %s AND partition = 0", topic)
            return rows == [(5,)]

        await until(read)
        assert await job.value("SELECT sum(requests)::int FROM traffic") == 2 + 80 + 40


async def test_what_people_say_is_masked_and_found_by_its_group(new_job):
    async with new_job() as job:
        error = "9ec79c33ec9942ab8353589fcb2e04dc"
        said = {"feedback_id": "1" * 32, "project": "shop", "event_id": error, "comments": "My card 4111 1111 1111 1111",
                "name": "Ada", "email": "ada@example.com"}  # fmt: skip
        await tell(
            job, job.settings.feedback_topic, said, said, {**said, "feedback_id": "2" * 32, "event_id": None}, {}
        )
        job.fleet.start("worker-1")

        async def stored() -> bool:
            return await job.value("SELECT count(*) FROM feedback") == 2

        await until(stored)
        before = await job.command("feedback", "list", "--json")
        assert [one["group_id"] for one in before] == [None, None]
        await job.send(event("shop", event_id=error))
        await job.until_stored("shop", 1)
        group = str(await job.value("SELECT id FROM groups"))

        async def incident() -> bool:
            return await job.value("SELECT count(*) FROM incidents") == 1

        await until(incident)
        [one] = await job.command("feedback", "list", "--group", group, "--json")
        assert one["group_id"] == group
        assert "4111" not in str(one)
        assert "ada@example.com" not in str(one)
        shown = await job.command("incidents", "show", group)
        assert "My card" in shown
        assert await job.rows("SELECT topic, reason FROM dead_letters") == [
            (job.settings.feedback_topic, "no_feedback")
        ]
