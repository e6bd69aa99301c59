"""Groups are made one and taken apart at once, and every count stays right meanwhile."""

import asyncio
import random
from dataclasses import replace

import psycopg
import pytest
from postgres_support import NOON, group, occurrence, one, put, rows, run, stores

from models.wire import Source
from rules.combining import combine
from sinks.postgres.connecting import connect
from sinks.postgres.merging import MergeError, members_of, merge, unmerge

TABLES = (
    "occurrences, groups, group_users, minute_stats, drop_stats, event_ids, source_offsets, dead_letters, group_hashes,"
    " group_log, message_templates"
)
A, B, C, D = (group(name).group_id for name in "abcd")
SHOWN = "SELECT id::text, occurrences, users, members FROM shown_groups ORDER BY title"


@pytest.fixture(autouse=True)
def _empty(database_url):
    run(database_url, f"TRUNCATE {TABLES} CASCADE")


def events(*names, start=0, **more):
    return [occurrence(start + index, name, **more) for index, name in enumerate(names)]


async def joined(url, *pairs):
    async with await connect(url, application_name="test") as connection:
        for first, second in pairs:
            await merge(connection, first, second, "tester")


async def apart(url, group_id):
    async with await connect(url, application_name="test") as connection:
        await unmerge(connection, group_id, "tester")


async def test_merged_groups_are_shown_as_one_and_apart_again_as_they_were(database_url):
    keys = [bytes([number]) * 16 for number in range(3)]
    items = [replace(item, user_key=keys[index % 3]) for index, item in enumerate(events(*"aabbbc"))]
    async with stores(database_url) as [store]:
        await put(store, items)
    before = rows(database_url, SHOWN)
    assert before == [(A, 2, 2, 0), (B, 3, 3, 0), (C, 1, 1, 0)]
    await joined(database_url, (A, B))
    assert rows(database_url, SHOWN) == [(B, 5, 3, 1), (C, 1, 1, 0)]
    assert rows(database_url, "SELECT group_id::text, errors FROM analytics.groups ORDER BY title") == [(B, 5), (C, 1)]
    assert one(database_url, "SELECT sum(errors)::int FROM analytics.errors_by_minute") == 6
    assert one(database_url, "SELECT count(*) FROM analytics.occurrences WHERE group_id = %s", B) == 5
    await apart(database_url, A)
    assert rows(database_url, SHOWN) == before
    assert rows(database_url, "SELECT action, group_id::text, actor FROM group_log ORDER BY id") == [
        ("merge", A, "tester"),
        ("unmerge", A, "tester"),
    ]


async def test_what_comes_after_a_merge_counts_for_both_and_is_told_as_the_one_that_is_shown(database_url):
    async with stores(database_url) as [store]:
        await put(store, events("a", "b"))
        await joined(database_url, (A, B))
        later = events("a", "a", "b", start=2, at=NOON + 60)
        stored = await put(store, later)
        facts = stored.groups
        assert {facts[A].shown.group_id, facts[B].shown.group_id} == {B}
        assert facts[A].total == facts[B].total == 5
        [combined] = combine(stored.kept, facts, Source(topic="errors", partition=0))
        assert (combined.group.group_id, combined.group.title, combined.total) == (B, "ValueError: b", 5)
        assert sum(run[1] for part in combined.parts for run in part.runs) == 3
    assert rows(database_url, SHOWN) == [(B, 5, 0, 1)]
    await apart(database_url, A)
    assert [row[:2] for row in rows(database_url, SHOWN)] == [(A, 3), (B, 2)]


async def test_chains_are_flat_and_a_branch_comes_out_whole(database_url):
    async with stores(database_url) as [store]:
        await put(store, events(*"abcd"))
    await joined(database_url, (A, B), (B, C), (D, A))  # D goes to what A is shown as
    assert [row[:2] for row in rows(database_url, SHOWN)] == [(C, 4)]
    await apart(database_url, B)
    assert rows(database_url, "SELECT id::text, occurrences, members FROM shown_groups ORDER BY title") == [
        (B, 2, 1),
        (C, 2, 1),
    ]
    async with await connect(database_url, application_name="test") as connection:
        assert [member.id for member in await members_of(connection, B)] == [A]
        assert [member.id for member in await members_of(connection, C)] == [D]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [(A, A, "itself"), (A, C, "service"), (A, "0" * 32, "no group"), ("0" * 32, B, "no group")],
)
async def test_what_cannot_be_merged_is_refused(database_url, first, second, why):
    async with stores(database_url) as [store]:
        await put(store, [*events("a", "b"), occurrence(2, "c", service="other")])
    other = group("c", "other").group_id
    with pytest.raises(MergeError, match=why):
        await joined(database_url, (first, other if second == C else second))
    assert len(rows(database_url, SHOWN)) == 3


async def test_no_circle_can_be_made(database_url):
    async with stores(database_url) as [store]:
        await put(store, events("a", "b"))
    await joined(database_url, (A, B))
    with pytest.raises(MergeError, match="itself"):
        await joined(database_url, (B, A))
    with pytest.raises(MergeError, match="already"):
        await joined(database_url, (A, B))
    with pytest.raises(MergeError, match="not merged"):
        await apart(database_url, B)


async def test_a_merged_group_that_was_resolved_comes_back_once_whoever_of_it_appears(database_url):
    async with stores(database_url) as [store]:
        await put(store, events("a", "b"))
        await joined(database_url, (A, B))
        run(
            database_url,
            f"UPDATE groups SET status = 'resolved', resolved_at = to_timestamp({NOON + 30}) WHERE id = '{B}'",
        )
        early = await put(store, events("a", start=2, at=NOON + 10))
        assert not early.groups[A].back
        late = await put(store, events("a", start=3, at=NOON + 60))
        assert late.groups[A].back
        again = await put(store, events("b", start=4, at=NOON + 61))
        assert not again.groups[B].back
    assert rows(database_url, "SELECT status::text, regressions FROM shown_groups") == [("new", 1)]


async def test_counts_stay_right_while_groups_are_merged_and_taken_apart_under_load(database_url):
    names = "abcd"
    rng = random.Random(3)

    async def load(store, partition):
        offset = 0
        for _ in range(25):
            batch = [occurrence(offset + n, rng.choice(names), at=NOON + n % 120) for n in range(20)]
            offset += len(batch)
            for _attempt in range(20):
                try:
                    await put(store, batch, partition=partition)
                    break
                except psycopg.errors.DeadlockDetected:
                    await asyncio.sleep(0.01)

    async def shuffle():
        for _ in range(60):
            first, second = rng.sample([A, B, C, D], 2)
            try:
                await (joined(database_url, (first, second)) if rng.random() < 0.6 else apart(database_url, first))
            except (MergeError, psycopg.errors.DeadlockDetected):
                await asyncio.sleep(0.01)

    async with stores(database_url, 2) as pair:
        await put(pair[0], events(*"abcd"), partition=9)
        await asyncio.gather(load(pair[0], 0), load(pair[1], 1), shuffle())
    assert one(database_url, "SELECT sum(occurrences)::int FROM shown_groups") == 1004
    assert one(database_url, "SELECT sum(occurrences)::int FROM groups") == 1004
    assert one(database_url, "SELECT count(*) FROM occurrences") == 1004
    wrong = (
        "SELECT g.id FROM groups g LEFT JOIN groups m ON m.root_id = g.id GROUP BY g.id HAVING g.members <> count(m.id)"
    )
    assert rows(database_url, wrong) == []
    assert rows(database_url, "SELECT id FROM groups WHERE root_id IS NOT NULL AND members > 0") == []
    for group_id in (A, B, C, D):
        counted = one(database_url, "SELECT count(*) FROM occurrences WHERE group_id = %s", group_id)
        assert one(database_url, "SELECT occurrences FROM groups WHERE id = %s", group_id) == counted
