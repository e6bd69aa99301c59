"""What people do to incidents and groups: both go together, once, with a history, and everybody is told."""

import asyncio
import uuid
from datetime import UTC, datetime

import msgspec
import psycopg
import pytest

from models.triage import Action, Ignored, Resolved
from rules.triage import RefusedError
from sinks.postgres.connecting import connect
from sinks.postgres.merging import merge
from triage.acting import ConflictError, NotFoundError, apply

NOW = 1_760_000_000.0
GROUP, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
INCIDENT, THRESHOLD, BUNDLE = (str(uuid.UUID(int=number)) for number in (11, 12, 13))
MADE = f"""
    TRUNCATE groups, incidents, bundles, group_log, procrastinate_jobs CASCADE;
    INSERT INTO groups (id, fingerprint, title, service, environment, severity, first_seen, last_seen, occurrences, users,
        last_release)
    VALUES ('{GROUP}', 'f', 'KeyError: sku', 'shop', 'production', 'error', now(), now(), 40, 7, '1.4.0'),
        ('{OTHER}', 'g', 'KeyError: id', 'shop', 'production', 'error', now(), now(), 1, 1, NULL);
    INSERT INTO incidents (id, alert_key, status, severity, title, service, environment, group_id, opened_at, updated_at)
    VALUES ('{INCIDENT}', 'group:{GROUP}', 'new', 'error', 'KeyError: sku', 'shop', 'production', '{GROUP}', now(), now()),
        ('{THRESHOLD}', 'rule:burst:shop', 'new', 'critical', 'burst', 'shop', 'production', NULL, now(), now());
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity)
    VALUES ('t1', '{INCIDENT}', 'open', now(), 'error'), ('t2', '{THRESHOLD}', 'open', now(), 'critical');
    INSERT INTO bundles (id, route, grouped, channels, most, most_per)
    VALUES ('{BUNDLE}', '', false, '{{slack:#a,pagerduty:x}}', 30, 600);
    INSERT INTO bundle_incidents (bundle_id, incident_id, message_id, channels, joined_at, seen, first_told)
    SELECT '{BUNDLE}', '{INCIDENT}', '{BUNDLE}', '{{slack:#a,pagerduty:x}}', now(), max(number), now() FROM incident_log;
"""


@pytest.fixture
async def db(database_url):
    connection = await connect(database_url, application_name="test")
    await connection.execute(MADE)
    yield connection
    await connection.close()


async def rows(connection, sql):
    return await (await connection.execute(sql)).fetchall()


async def do(connection, kind, **more):
    names = ("actor", "at", "incident_id", "group_id", "version", "request_id")
    given = {"actor": "ann", "at": NOW} | {name: more.pop(name) for name in names if name in more}
    return await apply(connection, Action(kind=kind, **more), **given)


async def stands(connection):
    [(incident,)] = await rows(connection, f"SELECT status::text FROM incidents WHERE id = '{INCIDENT}'")
    [(group,)] = await rows(connection, f"SELECT status::text FROM groups WHERE id = '{GROUP}'")
    return incident, group


async def test_an_incident_and_its_group_go_together_and_every_channel_is_told(db):
    done = await do(db, "acknowledge", incident_id=INCIDENT, comment="mine")
    assert await stands(db) == ("acknowledged", "acknowledged")
    assert (done.incident.acknowledged_at, done.incident.version, done.group.version) == (
        datetime.fromtimestamp(NOW, UTC), 2, 2,
    )  # fmt: skip
    log = await rows(db, "SELECT kind, actor, reasons FROM incident_log WHERE transition_id NOT IN ('t1', 't2')")
    assert log == [("acknowledge", "ann", ["mine"])]
    assert await rows(db, "SELECT actor, action, detail FROM group_log") == [("ann", "acknowledge", {"said": ["mine"]})]
    jobs = "SELECT task_name, args->>'bundle_id', scheduled_at FROM procrastinate_jobs"
    assert await rows(db, jobs) == [("seawall.flush", BUNDLE, None)]  # a notifier tells whoever knows, at once


async def test_the_group_is_a_way_to_its_incident(db):
    await do(db, "start", group_id=GROUP)
    assert await stands(db) == ("in_progress", "in_progress")


async def test_a_group_without_an_incident_is_acted_on_alone(db):
    done = await do(db, "resolve", group_id=OTHER)
    assert (done.incident, done.group.status) == (None, "resolved")


async def test_the_incident_of_a_threshold_stands_by_itself(db):
    done = await do(db, "acknowledge", incident_id=THRESHOLD)
    assert (done.incident.status, done.group) == ("acknowledged", None)
    assert await stands(db) == ("new", "new")


async def test_the_same_request_is_carried_out_once(db):
    first, again = [await do(db, "acknowledge", incident_id=INCIDENT, request_id="click-1") for _ in range(2)]
    assert (first.changed, again.changed) == (True, False)
    assert again.incident.status == "acknowledged"
    assert await rows(db, "SELECT count(*) FROM group_log") == [(1,)]


async def test_who_saw_an_older_version_is_told_so(db):
    [(version,)] = await rows(db, f"SELECT version FROM incidents WHERE id = '{INCIDENT}'")
    await do(db, "acknowledge", incident_id=INCIDENT, version=version)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        await do(db, "resolve", incident_id=INCIDENT, version=version)
    assert await stands(db) == ("acknowledged", "acknowledged")


async def test_of_many_at_once_one_succeeds(database_url, db):
    async def click(name):
        connection = await connect(database_url, application_name="test")
        try:
            return await do(connection, "acknowledge", incident_id=INCIDENT, actor=name)
        except RefusedError:
            return None
        finally:
            await connection.close()

    done = await asyncio.gather(*(click(f"person {number}") for number in range(6)))
    assert sum(one is not None for one in done) == 1
    assert await rows(db, "SELECT count(*) FROM group_log") == [(1,)]


async def test_what_makes_no_sense_is_refused_and_nothing_is_written(db):
    for kind, more in (("reopen", {"incident_id": INCIDENT}), ("unacknowledge", {"group_id": GROUP})):
        with pytest.raises(RefusedError, match="it is new"):
            await do(db, kind, **more)
    for more in ({"incident_id": str(uuid.uuid4())}, {"group_id": str(uuid.uuid4())}):
        with pytest.raises(NotFoundError):
            await do(db, "acknowledge", **more)
    assert await rows(db, "SELECT count(*) FROM group_log") == [(0,)]


@pytest.mark.parametrize(
    ("resolved", "kept", "words"),
    [
        (None, {"at": NOW}, []),
        (Resolved(at=0, release="1.5.0"), {"at": NOW, "release": "1.5.0"}, ["fixed in 1.5.0"]),
        (Resolved(at=0, after=""), {"at": NOW, "after": "1.4.0"}, ["fixed in the next release"]),
        (Resolved(at=0, commit="abc123"), {"at": NOW, "commit": "abc123"}, ["fixed by commit abc123"]),
    ],
)
async def test_it_is_kept_what_holds_the_fix(db, resolved, kept, words):
    done = await do(db, "resolve", incident_id=INCIDENT, resolved=resolved)
    assert done.incident.resolved_at == datetime.fromtimestamp(NOW, UTC)
    assert await rows(db, f"SELECT resolved_in, ignored FROM groups WHERE id = '{GROUP}'") == [(kept, None)]
    assert await rows(db, "SELECT reasons FROM incident_log WHERE kind = 'resolve'") == [(words,)]
    await do(db, "reopen", incident_id=INCIDENT)
    assert await stands(db) == ("new", "new")
    assert await rows(db, f"SELECT resolved_in, resolved_at FROM groups WHERE id = '{GROUP}'") == [(None, None)]


async def test_ignoring_remembers_what_there_was(db):
    await do(db, "ignore", group_id=GROUP, ignored=Ignored(at=0, events=100, until=NOW + 60))
    [(kept,)] = await rows(db, f"SELECT ignored FROM groups WHERE id = '{GROUP}'")
    assert msgspec.convert(kept, Ignored) == Ignored(at=NOW, until=NOW + 60, events=100, had_events=40, had_users=7)
    assert await stands(db) == ("ignored", "ignored")


async def test_assigning_and_commenting_change_no_status(db):
    done = await do(db, "assign", incident_id=INCIDENT, assignee="bob")
    assert (done.incident.assignee, done.group.assignee, done.incident.status) == ("bob", "bob", "new")
    await do(db, "comment", group_id=GROUP, comment="seen before")
    assert await stands(db) == ("new", "new")
    assert await rows(db, "SELECT action FROM group_log ORDER BY id") == [("assign",), ("comment",)]


async def test_a_merged_group_is_the_one_that_it_is_shown_as(db):
    await merge(db, OTHER, GROUP, "ann")
    done = await do(db, "acknowledge", group_id=OTHER)
    assert (done.group.id, done.group.occurrences) == (GROUP, 41)
    assert await stands(db) == ("acknowledged", "acknowledged")


async def test_an_old_incident_is_not_reopened_beside_a_newer_one(db):
    await do(db, "resolve", incident_id=THRESHOLD)
    await db.execute(
        "INSERT INTO incidents (id, alert_key, severity, title, service, environment, opened_at, updated_at)"
        " VALUES (%s, 'rule:burst:shop', 'critical', 'burst', 'shop', 'production', now(), now())",
        [str(uuid.uuid4())],
    )
    with pytest.raises(RefusedError, match="newer incident"):
        await do(db, "reopen", incident_id=THRESHOLD)


async def test_nothing_is_left_half_done_when_the_connection_breaks(database_url, db):
    class BrokenError(Exception):
        pass

    with pytest.raises(BrokenError):  # noqa: PT012 -- it is the block that breaks
        async with db.transaction():
            await do(db, "resolve", incident_id=INCIDENT)
            raise BrokenError
    assert await stands(db) == ("new", "new")
    with psycopg.connect(database_url) as other:
        assert other.execute("SELECT count(*) FROM seawall.group_log").fetchone() == (0,)
