"""The index of dropped records: written with the batch or not at all, read back as it was, forgotten with the errors of its days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from models.occurrence import Dropped
from models.reasons import DropReason
from sinks.postgres.dropping import DroppedFilter, add_dropped_records, find_dropped, mark_replayed
from sinks.postgres.partitions import maintain

DAY = timedelta(days=1)


@pytest.fixture
async def connection(database_url):
    async with await AsyncConnection.connect(database_url, autocommit=True) as made:
        await made.execute("DELETE FROM dropped_records")
        yield made


def dropped(*offsets: int, rule: str = "noise", reason: DropReason = DropReason.FILTERED, **more) -> list[Dropped]:
    return [Dropped(offset=offset, reason=reason, rule=rule, **more) for offset in offsets]


async def runs(connection, **which):
    return [(one.rule, one.runs, one.records) for one in await find_dropped(connection, DroppedFilter(**which))]


async def test_a_row_a_rule_with_the_runs_of_its_records(connection):
    batch = [*dropped(5, 6, 7, 9), *dropped(8, 10, rule="few", reason=DropReason.SAMPLED)]
    await add_dropped_records(connection, ("errors", 2, 1), batch)
    [few, noise] = sorted(await find_dropped(connection, DroppedFilter()), key=lambda one: one.rule)
    assert (noise.topic, noise.partition, noise.generation) == ("errors", 2, 1)
    assert (noise.runs, noise.records, noise.ordinals, noise.reason) == (((5, 8), (9, 10)), 4, None, "filtered")
    assert (few.runs, few.records, few.reason) == (((8, 9), (10, 11)), 2, "sampled")
    assert abs(noise.at - datetime.now(UTC)) < timedelta(minutes=5)


async def test_what_no_filter_dropped_is_left_out(connection):
    others = [
        Dropped(offset=1, reason=reason, rule="x") for reason in DropReason if reason not in ("filtered", "sampled")
    ]
    await add_dropped_records(connection, ("errors", 0, 0), [*others, *dropped(2, rule="")])
    assert await runs(connection) == []


async def test_the_events_of_a_record_that_were_dropped_are_told_where_others_were_kept(connection):
    batch = [
        *dropped(5, ordinal=0, alone=False), *dropped(5, ordinal=2, alone=False), *dropped(6, ordinal=2, alone=False),
        *dropped(7, ordinal=0, alone=False), *dropped(7, ordinal=2, alone=False), *dropped(8),
    ]  # fmt: skip
    await add_dropped_records(connection, ("errors", 0, 0), batch)
    found = {one.ordinals: one.runs for one in await find_dropped(connection, DroppedFilter())}
    assert found == {(0, 2): ((5, 6), (7, 8)), (2,): ((6, 7),), None: ((8, 9),)}


async def test_it_is_written_with_the_batch_or_not_at_all(connection):
    async with connection.transaction(force_rollback=True):
        await add_dropped_records(connection, ("errors", 0, 0), dropped(1))
        assert len(await runs(connection)) == 1
    assert await runs(connection) == []


@given(
    offsets=st.sets(st.integers(0, 2**62), max_size=50) | st.sets(st.integers(0, 60)),
    rule=st.text("ab.'{}\\, é", min_size=1),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_offset_comes_back(connection, offsets, rule):
    await connection.execute("DELETE FROM dropped_records")
    await add_dropped_records(connection, ("errors", 0, 0), dropped(*offsets, rule=rule))
    found = await find_dropped(connection, DroppedFilter(rule=rule))
    assert {one.rule for one in found} <= {rule}
    assert sum(one.records for one in found) == len(offsets)
    assert [run for one in found for run in one.runs] == _runs(sorted(offsets))


def _runs(offsets):
    starts = [one for one in offsets if one - 1 not in offsets]
    ends = [one + 1 for one in offsets if one + 1 not in offsets]
    return list(zip(starts, ends, strict=True))


async def test_filters(connection):
    await add_dropped_records(connection, ("errors", 0, 0), dropped(1))
    await add_dropped_records(connection, ("errors", 0, 0), dropped(2, rule="few", reason=DropReason.SAMPLED))
    await connection.execute("UPDATE dropped_records SET at = now() - interval '2 days' WHERE rule = 'few'")
    now = datetime.now(UTC)
    assert [rule for rule, *_ in await runs(connection)] == ["few", "noise"]
    assert [rule for rule, *_ in await runs(connection, rule="few")] == ["few"]
    assert [rule for rule, *_ in await runs(connection, reason="filtered")] == ["noise"]
    assert [rule for rule, *_ in await runs(connection, since=now - DAY)] == ["noise"]
    assert [rule for rule, *_ in await runs(connection, until=now - DAY)] == ["few"]
    [few] = await find_dropped(connection, DroppedFilter(rule="few"))
    await mark_replayed(connection, [few.id])
    assert [rule for rule, *_ in await runs(connection, waiting_only=True)] == ["noise"]
    assert [rule for rule, *_ in await runs(connection)] == ["few", "noise"]


async def test_it_is_kept_for_as_long_as_errors_are(connection):
    await add_dropped_records(connection, ("errors", 0, 1), dropped(1))
    await add_dropped_records(connection, ("errors", 0, 1), dropped(2))
    await connection.execute("UPDATE dropped_records SET at = now() - interval '31 days' WHERE offsets @> 1::bigint")
    await maintain(connection, retention_days=30, dedupe_horizon=3600)
    assert [one.runs for one in await find_dropped(connection, DroppedFilter())] == [((2, 3),)]
