"""Whatever a producer sends: stored within bounds, or among the dead letters with its reason; and the next one is read."""

from datetime import UTC, datetime, timedelta

import orjson

from tests.streams.job_support import event, until

MB = 1024 * 1024
DEEP = b'{"message": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001

# value and reason
DEAD = {
    "no bytes": (b"", "empty"),
    "white space": (b" \n\t ", "empty"),
    "binary": (bytes(range(256)) * 20, "not_text"),
    "a number": (b"42", "not_text"),
    "no object in a list": (b"[1, 2]", "not_text"),
    "cut JSON": (b'{"message": "half', "invalid_json"),
    "deep": (DEEP, "invalid_json"),
    "nothing said": (b'{"service": "shop"}', "no_error"),
    "5 MB": (event("large", message="x" * 5 * MB), "too_large"),
    "10 MB": (event("larger", message="y" * 10 * MB), "too_large"),
    "a million tags": (event("many", tags={f"t{n}": 1 for n in range(700_000)}), "too_large"),
}

NOTHING = (b"", "empty")

# service -> value
READ = {
    "nul": b'{"service": "nul", "message": "a\\u0000b", "tags": {"k\\u0000": "\\u0000v"}}',
    "raw-nul": b'{"service": "raw-nul", "message": "a\x00b"}',
    "bad-utf8": b'{"service": "bad-utf8", "message": "caf\xe9 \xff\xfe"}',
    "surrogate": b'{"service": "surrogate", "message": "half \\ud83d of one", "user_id": "\\udfff"}',
    "huge-ints": b'{"service": "huge-ints", "message": "m", "line_number": 1%b, "extra": {"n": -9%b}}' % (b"0" * 400, b"9" * 400),
    "wrong-types": orjson.dumps(
        {
            "service": "wrong-types", "message": {"text": ["not", "text"]}, "timestamp": [1], "severity": [3],
            "environment": [], "hostname": 4, "exception": "boom", "stack_trace": {"a": 1}, "line_number": "x",
            "user_id": {"id": [1]}, "request": [1], "tags": "x", "extra": 3, "fingerprint": 9, "event_id": ["e"],
            "trace_id": {}, "release": 1.5, "error_type": ["E"],
        }
    ),
    "in-1970": event("in-1970", timestamp=0),
    "in-2099": event("in-2099", timestamp="2099-01-01T00:00:00Z"),
    "nan": b'{"service": "nan", "message": "m", "timestamp": NaN, "extra": {"n": -Infinity}}',
    "1e300": b'{"service": "1e300", "message": "m", "timestamp": 1e300}',
    "1e999": b'{"service": "1e999", "message": "m", "timestamp": 1e999}',
    "yesterday": event("yesterday", timestamp="yesterday, about noon"),
    "many-tags": event("many-tags", tags={f"t{n}": "v" for n in range(150_000)}),
    "many-fields": event("many-fields", **{f"f{n}": n for n in range(150_000)}),
    "long": event("long", message="z" * 3 * MB, stack_trace="s" * 100_000, user_id="u" * 10_000),
    "levels": event("levels", extra=orjson.loads(b'{"a":' * 200 + b"1" + b"}" * 200)),
}  # fmt: skip


async def test_bad_records_are_stored_within_bounds_or_dead_with_a_reason(new_job):
    began = datetime.now(UTC) - timedelta(minutes=2)
    async with new_job("worker-1") as job:
        await job.send_nothing(0)
        for value, _ in DEAD.values():
            await job.send(value, partition=0)
        await job.send(*READ.values(), event("good"), partition=0)
        await job.until_read()

        found = await job.rows('SELECT "offset", reason, size, topic FROM dead_letters ORDER BY "offset"')
        wanted = [
            (offset, reason, len(value), job.topic) for offset, (value, reason) in enumerate([NOTHING, *DEAD.values()])
        ]
        assert found == wanted
        rows = await job.rows("SELECT service, occurred_at, payload FROM occurrences")
        assert sorted(service for service, *_ in rows) == sorted([*READ, "good"])
        for service, occurred_at, payload in rows:
            assert began < occurred_at < datetime.now(UTC) + timedelta(minutes=2), service
            assert len(orjson.dumps(payload)) < 256 * 1024, service
            assert bool(payload.get("remarks")) == (service != "good"), (service, payload)
        assert job.fleet.ended() == {}
        errors = job.logged('"level": "error"')
        assert [line for line in errors if "GroupCoordinatorNotAvailable" not in str(line)] == []  # a broker just begun

        letters = await job.command("dead", "list", "--json")
        assert [letter["reason"] for letter in letters] == [reason for _, reason, *_ in wanted]
        shown = await job.command("dead", "show", f"{job.topic}/0/0/3", "--json")
        assert shown["reason"] == "not_text"
        assert shown["hex"].startswith("00000000")
        dry = await job.command("dead", "replay", "--dry-run", "--json")
        assert dry == {"matched": len(wanted), "sent": 0, "gone": 0, "refused": 0, "dry_run": True}
        done = await job.command("dead", "replay", "--yes", "--json")
        assert done["sent"] == len(wanted)
        await job.until_read()  # they are as bad as before, and die again, each under the place of its first attempt
        assert await job.value("SELECT count(*) FROM dead_letters") == 2 * len(wanted)
        await job.send(event("good"), partition=0)
        await job.until_stored("good", 2)
        assert job.fleet.ended() == {}


async def test_what_the_database_refuses_goes_alone_to_the_dead_letters_and_can_be_sent_again(new_job):
    async with new_job("worker-1") as job:
        await job.execute("ALTER TABLE occurrences ADD CONSTRAINT refuses CHECK (message NOT LIKE '% 13 %')")
        await job.send(*[event("shop", number) for number in range(40)], partition=0)
        await job.until_read()
        assert await job.stored("shop") == 39
        assert await job.rows('SELECT "offset", reason FROM dead_letters') == [(13, "refused")]
        refused = job.logged("refused by the database")
        assert [line["offset"] for line in refused] == [13]
        assert "order 13 failed" not in str(refused)

        await job.execute("ALTER TABLE occurrences DROP CONSTRAINT refuses")
        await job.command("dead", "replay", "--reason", "refused", "--yes", "--json")
        await job.until_stored("shop", 40)
        again = await job.command("dead", "replay", "--yes", "--json")
        assert again["matched"] == 0
        assert (await job.command("dead", "replay", "--again", "--yes", "--json"))["sent"] == 1
        await job.until_read()
        assert await job.stored("shop") == 40
        assert await job.rows("SELECT reason, records FROM drop_stats") == [("duplicate", 1)]
        assert (await job.command("status", "--json"))["dead_letters"] == {"refused": 1}


async def test_a_record_sent_twice_by_its_producer_counts_once(new_job):
    given = "2c0d6d4e-8c3f-4a5e-9a37-0f6f7f8a9b0c"
    now = datetime.now(UTC).isoformat()
    async with new_job("worker-1") as job:
        await job.send(event("twice", event_id=given), event("twice", event_id=given.upper()), partition=0)
        await job.send(event("twice", event_id=given.replace("-", ""), timestamp=now), partition=1)
        await job.send(
            event("twice", event_id="order-7"), event("twice", event_id="order-7", timestamp=now), partition=1
        )
        await job.until_read()
        await job.send(event("twice", event_id="order-7"), partition=0)
        # Without an id nothing can be told; another service's `order-7` is another event.
        await job.send(event("twice"), event("twice"), event("other", event_id="order-7"), partition=0)
        await job.until_read()
        assert await job.stored("twice") == 4
        assert await job.stored("other") == 1
        assert await job.value("SELECT count(*) FROM occurrences") == 5

        async def drops() -> bool:
            return (await job.command("status", "--json"))["drops"] == {"duplicate": 4}

        await until(drops)


async def test_an_alert_that_the_database_refuses_does_not_take_the_others_with_it(new_job):
    async with new_job("worker-1") as job:
        await job.execute("ALTER TABLE incidents ADD CONSTRAINT refuses CHECK (service <> 'refused')")
        others = [f"good-{number}" for number in range(12)]
        await job.send(event("refused"), *map(event, others), partition=0)

        async def opened():
            return {service for (service,) in await job.rows("SELECT service FROM incidents")}

        async def all_but_one():
            return await opened() == {*others} and job.logged("An alert was refused by the database")

        await until(all_but_one)
        await job.send(event("later"), partition=0)

        async def the_next_one():
            return "later" in await opened()

        await until(the_next_one)
        assert len(job.logged("An alert was refused by the database")) == 1
