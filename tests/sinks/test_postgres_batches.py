"""A batch is stored once or not at all, whatever is replayed, repeated, killed or done at the same time."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from postgres_support import NOON, event_id, group, moved, occurrence, one, put, rows, run, stores

from models.occurrence import Dead, Dropped
from models.reasons import DeadReason, DropReason
from models.severity import Severity
from sinks.postgres.batches import DeadLetter, Position

TABLES = "occurrences, groups, group_users, minute_stats, drop_stats, event_ids, source_offsets, dead_letters"


@pytest.fixture(autouse=True)
def _empty(database_url):
    run(database_url, f"TRUNCATE {TABLES}")


def counts(url):
    return (
        one(url, "SELECT count(*) FROM occurrences"),
        one(url, "SELECT coalesce(sum(occurrences), 0)::int FROM groups"),
        one(url, "SELECT coalesce(sum(occurrences), 0)::int FROM minute_stats"),
    )


async def test_every_column_arrives_as_it_was(database_url):
    item = occurrence(
        7,
        "naïve 💥",
        at=NOON + 0.123456,
        ordinal=2,
        severity=Severity.CRITICAL,
        message="Grüße,\n\ttab 'quote' \\ back",
        hostname="web-1",
        release="1.2.3",
        user_id="u-1",
        user_key=bytes(range(16)),
        trace_id="ab" * 16,
        payload='{"message":"Grüße","n":[1,2]}'.encode(),
    )
    async with stores(database_url) as [store]:
        stored = await put(store, [item], partition=3)

    [row] = rows(
        database_url,
        "SELECT occurred_at, received_at, event_id, group_id, service, environment, severity, type, message, hostname,"
        ' release, user_id, trace_id, topic, partition, generation, "offset", ordinal, payload FROM occurrences',
    )
    assert row == (
        datetime(2025, 6, 16, 12, 0, 0, 123456, UTC),
        datetime(2025, 6, 16, 12, 0, 0, 373456, UTC),
        UUID(bytes=item.event_id),
        UUID(item.group.group_id),
        "shop",
        "production",
        "critical",
        "ValueError",
        "Grüße,\n\ttab 'quote' \\ back",
        "web-1",
        "1.2.3",
        "u-1",
        "ab" * 16,
        "errors",
        3,
        0,
        7,
        2,
        {"message": "Grüße", "n": [1, 2]},
    )
    facts = stored.groups[item.group.group_id]
    assert (facts.total, facts.users_total, facts.new, facts.back) == (1, 1, True, None)


async def test_a_group_sums_up_its_occurrences(database_url):
    items = [
        occurrence(0, at=NOON + 5, release="2.0", severity=Severity.WARNING),
        occurrence(1, at=NOON - 100, release="1.0"),
        occurrence(2, at=NOON + 90, release=None, severity=Severity.CRITICAL),
    ]
    async with stores(database_url) as [store]:
        await put(store, items)
        await put(store, [occurrence(3, at=NOON - 5000, release="0.9")])

    [row] = rows(
        database_url,
        "SELECT title, type, service, severity, status, extract(epoch FROM first_seen)::float,"
        " extract(epoch FROM last_seen)::float, occurrences, users, first_release, last_release, last_event_id"
        " FROM groups",
    )
    last = UUID(bytes=items[2].event_id)
    assert row[:5] == ("ValueError: boom", "ValueError", "shop", "critical", "new")
    assert row[5:] == (NOON - 5000, NOON + 90, 4, 0, "0.9", "2.0", last)
    assert rows(database_url, "SELECT release, occurrences FROM minute_stats ORDER BY minute") == [
        ("0.9", 1),
        ("1.0", 1),
        ("2.0", 1),
        ("", 1),
    ]


async def test_a_replayed_batch_changes_nothing(database_url):
    batch = [occurrence(offset, f"group {offset % 3}") for offset in range(10)]
    async with stores(database_url) as [store]:
        await put(store, batch)
        before = rows(database_url, "SELECT * FROM groups ORDER BY id")
        again = await put(store, batch)

    assert again.kept == []
    assert counts(database_url) == (10, 10, 10)
    assert rows(database_url, "SELECT * FROM groups ORDER BY id") == before


async def test_overlapping_batches_count_each_record_once(database_url):
    records = [occurrence(offset, f"group {offset % 4}") for offset in range(40)]
    async with stores(database_url) as [store]:
        for start, end in ((0, 10), (5, 12), (0, 30), (12, 25), (29, 40), (0, 40)):
            await put(store, records[start:end])
        assert (await store.position("errors", 0)) == Position(0, 40, 1_750_000_000_000, 4_000_000_000)

    assert counts(database_url) == (40, 40, 40)
    assert rows(database_url, 'SELECT count(DISTINCT "offset") FROM occurrences') == [(40,)]


async def test_a_partition_never_read_has_no_position(database_url):
    async with stores(database_url) as [store]:
        assert await store.position("errors", 9) is None
        async with store.batch("errors", 9, 4) as transaction:
            assert transaction.position == Position(4, 0, None, None)


async def test_the_position_never_moves_back(database_url):
    async with stores(database_url) as [store]:
        await put(store, [occurrence(9)])
        with pytest.raises(ValueError, match="move back"):
            async with store.batch("errors", 0, 0) as transaction:
                await transaction.advance(9, None, None, 0)
        async with store.batch("errors", 0, 0) as transaction:
            await transaction.advance(0, None, None, 1)  # the topic was made anew
        assert await store.position("errors", 0) == Position(1, 0, None, None)
        await put_generation(store)
    assert rows(database_url, 'SELECT generation, "offset" FROM occurrences ORDER BY 1') == [(0, 9), (1, 0)]


async def put_generation(store):
    async with store.batch("errors", 0, 0) as transaction:
        await transaction.store([occurrence(0)], [])
        await transaction.advance(1, None, None, 1)


async def test_a_producers_retry_is_a_duplicate(database_url):
    first = occurrence(0, own_id=True, event_id=event_id("order 1"))
    twice = moved([first, first], offset=5)
    async with stores(database_url) as [store]:
        within = await put(store, [first, *moved([first], offset=1)])
        across = await put(store, twice)
        other_partition = await put(store, moved([first], offset=0), partition=1)

    assert [within.duplicates, across.duplicates, other_partition.duplicates] == [1, 2, 1]
    assert [item.offset for item in within.kept] == [0]
    assert across.kept == []
    assert across.groups == {}
    assert counts(database_url) == (1, 1, 1)
    assert rows(database_url, "SELECT reason, rule, service, records FROM drop_stats") == [("duplicate", "", "shop", 4)]


async def test_ids_that_we_made_are_never_duplicates(database_url):
    same = event_id("ours")
    async with stores(database_url) as [store]:
        stored = await put(store, [occurrence(offset, event_id=same) for offset in range(3)])
    assert stored.duplicates == 0
    assert counts(database_url) == (3, 3, 3)
    assert one(database_url, "SELECT count(*) FROM event_ids") == 0


async def test_one_of_many_workers_that_see_the_same_ids_stores_them(database_url):
    ids = [event_id(f"order {number}") for number in range(200)]

    async def work(store, partition):
        order = random.Random(partition).sample(ids, len(ids))
        batch = [occurrence(offset, own_id=True, event_id=one_id) for offset, one_id in enumerate(order)]
        return await put(store, batch, partition=partition)

    async with stores(database_url, 4) as workers:
        results = await asyncio.gather(*(work(store, number) for number, store in enumerate(workers)))

    assert sum(len(result.kept) for result in results) == 200
    assert sum(result.duplicates for result in results) == 600
    assert counts(database_url) == (200, 200, 200)


async def test_every_attempt_to_store_a_batch_decides_alike(database_url):
    """Given an attempt that failed after its id was claimed, when another partition stores the same event, then that one
    is the duplicate: what the failed attempt said of its record still holds."""
    here, there = (
        occurrence(0, own_id=True, event_id=event_id("order 1")),
        occurrence(7, own_id=True, event_id=event_id("order 1")),
    )
    async with stores(database_url) as [store]:
        with pytest.raises(CrashError):
            await store_and_crash(store, [here])
        assert (await put(store, [there], partition=1)).duplicates == 1
        assert (await put(store, [here])).duplicates == 0
    assert counts(database_url) == (1, 1, 1)


async def test_a_refused_record_gives_its_id_back(database_url):
    """Given a record whose event id is claimed, when it is buried instead of stored, then it is stored when sent again."""
    refused = occurrence(0, own_id=True, event_id=event_id("order 1"))
    async with stores(database_url) as [store]:
        with pytest.raises(CrashError):
            await store_and_crash(store, [refused])
        async with store.batch("errors", 0, 0) as transaction:
            await transaction.release([refused])
            await transaction.advance(1, 1, 1, 0)
        assert (await put(store, moved([refused], offset=5))).duplicates == 0
    assert counts(database_url) == (1, 1, 1)


class CrashError(Exception):
    pass


async def store_and_crash(store, batch):
    async with store.batch("errors", 0, 0) as transaction:
        await transaction.store(batch, [Dropped(offset=2, reason=DropReason.BELOW_LEVEL)])
        await transaction.advance(3, 1, 1, 0)
        raise CrashError


async def test_what_crashes_before_the_commit_leaves_nothing(database_url):
    batch = [occurrence(0, own_id=True, user_key=bytes(16)), occurrence(1, "other")]
    async with stores(database_url) as [store]:
        with pytest.raises(CrashError):
            await store_and_crash(store, batch)
        for table in set(TABLES.split(", ")) - {"event_ids"}:  # a claim stays, and holds for the next attempt
            assert one(database_url, f"SELECT count(*) FROM {table}") == 0, table
        stored = await put(store, batch)
    assert stored.groups[group("boom").group_id].new
    assert counts(database_url) == (2, 2, 2)


async def test_a_killed_session_leaves_nothing_and_the_next_attempt_succeeds(database_url):
    async with stores(database_url) as [store]:
        with pytest.raises(psycopg.OperationalError):
            await store_and_be_killed(store, database_url)
        assert counts(database_url) == (0, 0, 0)
        await put(store, [occurrence(0)])
    assert counts(database_url) == (1, 1, 1)


async def store_and_be_killed(store, url):
    async with store.batch("errors", 0, 0) as transaction:
        await transaction.store([occurrence(0)], [])
        run(
            url,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'seawall test%'",
        )
        await transaction.advance(1, 1, 1, 0)


async def freeze_while(store, other):
    """A batch that stops in its transaction: the other one waits for its lock, which goes with the session."""
    async with store.batch("errors", 0, 0) as transaction:
        await transaction._connection.execute("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
        await transaction.store([occurrence(0)], [])
        await transaction.advance(1, 1, 1, 0)
        await other()


async def test_a_frozen_worker_loses_its_locks_and_cannot_commit(database_url):
    async with stores(database_url, 2) as [zombie, heir]:
        with pytest.raises(psycopg.Error):
            await freeze_while(zombie, lambda: put(heir, [occurrence(0), occurrence(1)]))
        assert await zombie.position("errors", 0) == Position(0, 2, 1_750_000_000_000, 4_000_000_000)
    assert counts(database_url) == (2, 2, 2)


async def test_a_value_that_the_store_refuses_leaves_nothing(database_url):
    async with stores(database_url) as [store]:
        for bad in (occurrence(1, message="a\0b"), occurrence(1, payload=b"{not json")):
            with pytest.raises(psycopg.DataError):
                await put(store, [occurrence(0), bad, occurrence(2)])
        assert counts(database_url) == (0, 0, 0)
        await put(store, [occurrence(0), occurrence(2)])
    assert counts(database_url) == (2, 2, 2)


async def test_a_resolved_group_regresses_once(database_url):
    async with stores(database_url, 3) as workers:
        await put(workers[0], [occurrence(0)])
        run(
            database_url,
            f"UPDATE groups SET status = 'resolved', resolved_at = to_timestamp({NOON} + 60)",
        )
        late = await put(workers[0], [occurrence(1, at=NOON + 60)])  # not after it was resolved
        assert one(database_url, "SELECT status FROM groups") == "resolved"
        results = await asyncio.gather(
            *(put(store, [occurrence(10, at=NOON + 61)], partition=7 + number) for number, store in enumerate(workers))
        )

    group_id = group("boom").group_id
    assert not late.groups[group_id].back
    assert sorted(result.groups[group_id].back is not None for result in results) == [False, False, True]
    assert sorted(result.groups[group_id].total for result in results) == [3, 4, 5]
    assert rows(database_url, "SELECT status, resolved_at, regressions, occurrences FROM groups") == [
        ("new", None, 1, 5)
    ]


@pytest.mark.parametrize("status", ["acknowledged", "in_progress", "ignored"])
async def test_only_resolved_groups_regress(database_url, status):
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0)])
        run(database_url, f"UPDATE groups SET status = '{status}'")
        stored = await put(store, [occurrence(1, at=NOON + 999)])
    assert not stored.groups[group("boom").group_id].back
    assert one(database_url, "SELECT status::text FROM groups") == status


async def test_users_are_counted_once_a_group(database_url):
    ann, bob = b"a" * 16, b"b" * 16
    async with stores(database_url) as [store]:
        first = await put(store, [occurrence(0, user_key=ann), occurrence(1, user_key=ann), occurrence(2)])
        second = await put(
            store, [occurrence(3, user_key=ann), occurrence(4, user_key=bob), occurrence(5, "other", user_key=ann)]
        )
    assert first.groups[group("boom").group_id].users_total == 1
    assert second.groups[group("boom").group_id].users_total == 2
    assert second.groups[group("other").group_id].users_total == 1


async def test_workers_that_touch_the_same_groups_neither_deadlock_nor_miscount(database_url):
    names, rounds, size = [f"group {number}" for number in range(60)], 12, 80

    async def work(store, partition):
        choose = random.Random(partition)
        for number in range(rounds):
            await put(
                store,
                [
                    occurrence(
                        number * size + place,
                        choose.choice(names),
                        at=NOON + choose.randrange(-300, 300),
                        user_key=choose.randrange(20).to_bytes(16, "big"),
                        release=choose.choice(["1", "2"]),
                    )
                    for place in range(size)
                ],
                partition=partition,
                dropped=[Dropped(offset=0, reason=DropReason.BELOW_LEVEL, service=choose.choice("abc"))],
            )

    before = one(database_url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    async with stores(database_url, 4) as workers:
        await asyncio.gather(*(work(store, number) for number, store in enumerate(workers)))

    total = 4 * rounds * size
    assert counts(database_url) == (total, total, total)
    assert (
        rows(
            database_url,
            "SELECT g.id FROM groups g WHERE occurrences <> (SELECT count(*) FROM occurrences o WHERE o.group_id = g.id)"
            " OR users <> (SELECT count(*) FROM group_users u WHERE u.group_id = g.id)",
        )
        == []
    )
    run(database_url, "SELECT pg_stat_force_next_flush()")
    assert one(database_url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == before


async def test_a_group_deleted_behind_the_workers_back_is_made_again(database_url):
    async with stores(database_url) as [store]:
        await put(store, [occurrence(0), occurrence(1, "other")])
        run(database_url, "DELETE FROM groups WHERE title LIKE '%boom'")
        stored = await put(store, [occurrence(2), occurrence(3, "other")])
    assert stored.groups[group("boom").group_id].new
    assert stored.groups[group("boom").group_id].total == 1
    assert stored.groups[group("other").group_id].total == 2


async def test_any_day_finds_its_partition(database_url):
    day = 86_400
    async with stores(database_url) as [store]:
        await put(store, [occurrence(offset, at=NOON + days * day) for offset, days in enumerate((0, -29, 3, -400, 0))])
        run(database_url, "DROP TABLE occurrences_20240512")  # NOON - 400 days: retention took it away
        await put(store, [occurrence(5, at=NOON - 400 * day)])
        midnight = NOON + day / 2
        await put(store, [occurrence(6, at=midnight), occurrence(7, at=midnight - 1e-6)])
    assert counts(database_url)[0] == 7
    assert rows(
        database_url, 'SELECT tableoid::regclass::text FROM occurrences WHERE "offset" IN (6, 7) ORDER BY "offset"'
    ) == [
        ("occurrences_20250617",),
        ("occurrences_20250616",),
    ]


async def test_drops_and_dead_letters_are_counted(database_url):
    dropped = [Dropped(offset=n, reason=DropReason.BELOW_LEVEL, service="shop", rule="r") for n in range(3)]
    dead = Dead(offset=3, reason=DeadReason.NOT_TEXT, detail="binary", size=12, received_at=NOON)
    async with stores(database_url) as [store]:
        async with store.batch("errors", 0, 0) as transaction:
            stored = await transaction.store([], dropped)
            await transaction.dead([DeadLetter(dead=dead, dead_partition=1, dead_offset=77)])
            await transaction.advance(4, 1, 1, 0)
        await put(store, [], dropped=[Dropped(offset=4, reason=DropReason.BELOW_LEVEL, service="shop", rule="r")])
    assert (stored.kept, stored.duplicates, stored.groups) == ([], 0, {})
    assert rows(database_url, "SELECT reason, rule, service, records FROM drop_stats") == [
        ("below_level", "r", "shop", 4)
    ]
    assert rows(
        database_url,
        'SELECT topic, partition, generation, "offset", reason, detail, size, dead_partition, dead_offset FROM dead_letters',
    ) == [("errors", 0, 0, 3, "not_text", "binary", 12, 1, 77)]


async def test_megabytes_go_in_one_batch(database_url):
    large = b'{"message":"' + b"x" * 3_000_000 + b'"}'
    async with stores(database_url) as [store]:
        await put(store, [occurrence(offset, payload=large) for offset in range(3)])
    assert rows(database_url, "SELECT DISTINCT length(payload::text) FROM occurrences") == [(len(large),)]


async def test_a_group_is_given_its_owner_once(database_url):
    first = occurrence(0, group=group("owned", owner="@payments", team="money"))
    later = occurrence(1, "later", group=group("owned", owner="@others", team="others"))
    async with stores(database_url) as [store]:
        await put(store, [first])
        await put(store, [later])
    owner = f"SELECT owner || ' ' || team FROM analytics.group_owners WHERE group_id = '{first.group.group_id}'"
    assert one(database_url, owner) == "@payments money"
