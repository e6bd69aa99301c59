"""What is over for long goes, a bounded number of rows at a time; what is live, or young, stays whatever it is."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from sinks.postgres import expiring
from sinks.postgres.connecting import connect
from sinks.postgres.expiring import remove_expired
from sinks.postgres.group_releases import add_group_releases

NOW = datetime.now(UTC)
OLD, YOUNG = NOW - timedelta(days=40), NOW - timedelta(days=20)
TABLES = (
    "incidents, bundles, silences, held_back, summaries, channel_messages, releases, route_messages, group_releases,"
    " dead_letters"
)


@pytest.fixture
async def connection(database_url):
    async with await connect(database_url, application_name="seawall test") as opened:
        await opened.execute(f"TRUNCATE {TABLES} CASCADE")
        yield opened
        await opened.execute(f"TRUNCATE {TABLES} CASCADE")


async def _told(connection, bundle, *, resolved_at, told_at=OLD):
    """An incident in a bundle, with its message in a channel."""
    incident, message = str(uuid4()), str(uuid4())
    await connection.execute(
        "INSERT INTO incidents (id, alert_key, status, severity, title, service, environment, opened_at, resolved_at,"
        " updated_at) VALUES (%s, %s, %s, 'error', 'x', 'shop', 'production', %s, %s, %s)",
        [incident, incident, "resolved" if resolved_at else "new", OLD, resolved_at, resolved_at or OLD],
    )
    await connection.execute(
        "INSERT INTO bundles (id, route, grouped, channels, most, most_per, flushed_at)"
        " VALUES (%s, '', true, '{slack:#a}', 30, 600, %s) ON CONFLICT DO NOTHING",
        [bundle, told_at],
    )
    await connection.execute(
        "INSERT INTO bundle_incidents (bundle_id, incident_id, message_id, channels, joined_at)"
        " VALUES (%s, %s, %s, '{slack:#a}', %s)",
        [bundle, incident, message, OLD],
    )
    await connection.execute(
        "INSERT INTO escalations (bundle_id, incident_id, name, policy, began_at, phase, run, round, step, due_at, turn,"
        " asked, severity, worst) VALUES (%s, %s, 'p', '{}', %s, 'over', 1, 1, 0, %s, 0, '{}', 'error', 'error')",
        [bundle, incident, OLD, OLD],
    )
    await connection.execute(
        "INSERT INTO channel_messages (message_id, channel, ref) VALUES (%s, 'slack:#a', '{}')", [message]
    )


async def _count(connection, table):
    ((number,),) = await (await connection.execute(f"SELECT count(*) FROM {table}")).fetchall()
    return number


async def test_bundles_go_once_all_that_was_told_in_them_is_long_over(connection):
    over, live, young = str(uuid4()), str(uuid4()), str(uuid4())
    await _told(connection, over, resolved_at=OLD)
    await _told(connection, over, resolved_at=OLD)
    await _told(connection, live, resolved_at=OLD)
    await _told(connection, live, resolved_at=None)
    await _told(connection, young, resolved_at=YOUNG)
    assert await remove_expired(connection, 30) == 1
    left = await (await connection.execute("SELECT id::text FROM bundles")).fetchall()
    assert {row[0] for row in left} == {live, young}
    assert await _count(connection, "bundle_incidents") == 3
    assert await _count(connection, "channel_messages") == 3
    assert await _count(connection, "escalations") == 3
    assert await _count(connection, "incidents") == 5  # analysts ask for them


async def test_a_bundle_that_is_to_be_looked_at_again_stays(connection):
    bundle = str(uuid4())
    await _told(connection, bundle, resolved_at=OLD)
    await connection.execute("UPDATE bundles SET flush_at = now() + interval '1 hour'")
    assert await remove_expired(connection, 30) == 0


async def test_summaries_silences_and_what_was_held_back_go_by_age(connection):
    for at in (OLD, YOUNG):
        summary = str(uuid4())
        await connection.execute(
            "INSERT INTO summaries (id, why, by, channel, since, due_at, told_at)"
            " VALUES (%s, 'flood', 'x', 'slack:#a', %s, %s, %s)",
            [summary, at, at, at],
        )
        await connection.execute(
            "INSERT INTO deliveries (summary_id, channel, message_id) VALUES (%s, 'slack:#a', %s)", [summary, summary]
        )
        await connection.execute(
            "INSERT INTO silences (id, matchers, starts_at, ends_at, author) VALUES (%s, '[]', %s, %s, 'ann')",
            [str(uuid4()), at - timedelta(hours=1), at],
        )
        await connection.execute(
            "INSERT INTO held_back (at, bundle_id, incident_id, transition_id, kind, why, by)"
            " VALUES (%s, %s, %s, %s, 'open', 'flood', 'x')",
            [at, str(uuid4()), str(uuid4()), str(uuid4())],
        )
    assert await remove_expired(connection, 30) == 3
    for table in ("summaries", "silences", "held_back"):
        assert await _count(connection, table) == 1


async def test_digests_go_by_age_and_what_they_told_of_stays_in_the_history(connection):
    digest = str(uuid4())
    await _told(connection, str(uuid4()), resolved_at=None)
    await connection.execute(
        "INSERT INTO summaries (id, why, by, channel, since, due_at, told_at)"
        " VALUES (%s, 'digest', 'email:a', 'email:a', %s, %s, %s)",
        [digest, OLD, OLD, OLD],
    )
    await connection.execute(
        "INSERT INTO deliveries (summary_id, channel, message_id) VALUES (%s, 'email:a', %s)", [digest, digest]
    )
    await connection.execute(
        "INSERT INTO incident_log (transition_id, incident_id, kind, at, severity)"
        " SELECT 'open-1', id, 'open', %s, 'error' FROM incidents",
        [OLD],
    )
    await connection.execute(
        "INSERT INTO deliveries (transition_id, incident_id, channel, message_id, digest_id, status)"
        " SELECT 'open-1', id, 'email:a', %s, %s, 'superseded' FROM incidents",
        [str(uuid4()), digest],
    )
    assert await remove_expired(connection, 30) == 1
    left = await (await connection.execute("SELECT transition_id, digest_id FROM deliveries")).fetchall()
    assert left == [("open-1", None)]


async def test_old_releases_go_but_for_the_newest_of_each_service(connection):
    await connection.execute(
        "INSERT INTO releases (service, release, at)"
        " SELECT service, 'r' || n, %s - n * interval '1 hour'"
        " FROM generate_series(1, 60) AS n, unnest('{shop,cart}'::text[]) AS service WHERE service = 'shop' OR n < 10",
        [OLD],
    )
    assert await remove_expired(connection, 30) == 10
    cursor = await connection.execute("SELECT service, count(*) FROM releases GROUP BY 1 ORDER BY 1")
    assert await cursor.fetchall() == [("cart", 9), ("shop", 50)]


async def test_what_a_route_has_sent_goes_when_no_route_counts_for_so_long(connection):
    await connection.execute(
        "INSERT INTO route_messages (route, at, messages)"
        " SELECT 'r', now() - n * interval '1 hour', 1 FROM generate_series(1, 30) AS n",
    )
    assert await remove_expired(connection, 30) == 7
    assert await _count(connection, "route_messages") == 23


async def test_what_was_seen_in_a_release_goes_when_it_is_seen_no_more(connection):
    seen, unseen = str(uuid4()), str(uuid4())
    pairs = {(seen, "1"), (unseen, "1"), (unseen, "2")}
    assert await add_group_releases(connection, pairs, ()) == pairs
    await connection.execute("UPDATE group_releases SET seen_at = %s", [OLD])
    assert await add_group_releases(connection, {(seen, "1"), (unseen, "3")}, ()) == {(unseen, "3")}
    assert await remove_expired(connection, 30) == 2
    left = await (await connection.execute("SELECT group_id::text, release FROM group_releases")).fetchall()
    assert set(left) == {(seen, "1"), (unseen, "3")}


async def test_one_call_does_a_bounded_amount_of_work_and_the_next_goes_on(connection, monkeypatch):
    monkeypatch.setattr(expiring, "ROWS", 10)
    monkeypatch.setattr(expiring, "STATEMENTS", 2)
    await connection.execute(
        "INSERT INTO held_back (at, bundle_id, incident_id, transition_id, kind, why, by)"
        " SELECT %s, gen_random_uuid(), gen_random_uuid(), n::text, 'open', 'flood', 'x' FROM generate_series(1, 25) AS n",
        [OLD],
    )
    assert await remove_expired(connection, 30) == 20
    assert await remove_expired(connection, 30) == 5


@pytest.mark.parametrize(("retention", "left"), [(7, [80]), (100, [80, 95]), (200, [80, 95, 150])])
async def test_the_index_of_dead_letters_outlives_their_topic_and_not_much_more(connection, retention, left):
    for age in (80, 95, 150):
        await connection.execute(
            'INSERT INTO dead_letters (topic, partition, generation, "offset", reason, detail, size, received_at,'
            " dead_partition, dead_offset) VALUES ('errors', 0, 0, %s, 'empty', '', 0, %s, 0, 0)",
            [age, NOW - timedelta(days=age)],
        )
    assert await remove_expired(connection, retention) == 3 - len(left)
    rows = await (await connection.execute('SELECT "offset" FROM dead_letters ORDER BY 1')).fetchall()
    assert [row[0] for row in rows] == left
