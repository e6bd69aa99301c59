"""`seawall merge` and `unmerge`: at once, by short ids, all or none; the incident of what is merged away ends."""

import json

import psycopg
import pytest

A, B, C = (f"{digit}{digit}{digit}{digit}{digit}{digit}00-0000-4000-8000-00000000000{digit}" for digit in "123")
MADE = """
    TRUNCATE groups, incidents, bundles, group_log, procrastinate_jobs CASCADE;
    INSERT INTO groups (id, fingerprint, title, service, environment, severity, first_seen, last_seen, occurrences)
    SELECT id::uuid, id, 'title of ' || left(id, 4), 'shop', 'production', 'error', now(), now(), 10
    FROM unnest(ARRAY[{ids}]) AS id;
    INSERT INTO incidents (id, alert_key, status, severity, title, service, environment, group_id, opened_at, updated_at)
    VALUES ('{a}', 'group:{a}', 'new', 'error', 'title', 'shop', 'production', '{a}', now(), now());
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity) VALUES ('t1', '{a}', 'open', now(), 'error');
    INSERT INTO bundles (id, route, grouped, channels, most, most_per) VALUES ('{b}', '', false, ARRAY['slack:#a'], 30, 600);
    INSERT INTO bundle_incidents (bundle_id, incident_id, message_id, channels, joined_at, seen, first_told)
    SELECT '{b}', '{a}', '{b}', ARRAY['slack:#a'], now(), max(number), now() FROM incident_log;
"""


@pytest.fixture
def rows(settings):
    def query(sql):
        with psycopg.connect(settings.postgres(), autocommit=True) as connection:
            connection.execute("SET search_path = seawall")
            return connection.execute(sql).fetchall()

    with psycopg.connect(settings.postgres(), autocommit=True) as connection:
        connection.execute("SET search_path = seawall")
        connection.execute(MADE.format(ids=", ".join(f"'{one}'" for one in (A, B, C)), a=A, b=B))
    return query


def test_groups_are_merged_by_short_ids_and_taken_apart(seawall, environment, rows):
    done = seawall("merge", A[:8], C, "--into", B[:6], "--actor", "ann", "--json", env=environment)
    assert done.returncode == 0, done.stderr
    [shown] = json.loads(done.stdout)
    assert (shown["id"], shown["members"], shown["occurrences"]) == (B, 2, 10)
    assert rows("SELECT id::text, occurrences FROM shown_groups") == [(B, 30)]
    assert rows("SELECT DISTINCT actor FROM group_log") == [("ann",)]
    done = seawall("unmerge", A[:8], env=environment)
    assert done.returncode == 0, done.stderr
    assert "By themselves again" in done.stdout
    assert sorted(rows("SELECT id::text, occurrences FROM shown_groups")) == [(A, 10), (B, 20)]


def test_the_incident_of_what_is_merged_away_ends_and_is_told(seawall, environment, rows):
    assert seawall("merge", A, "--into", B, "--actor", "ann", env=environment).returncode == 0
    assert rows("SELECT status::text, reasons FROM incidents") == [("resolved", ["merged into: title of 2222"])]
    assert rows("SELECT kind, actor FROM incident_log WHERE transition_id <> 't1'") == [("resolve", "ann")]
    jobs = rows("SELECT task_name, args->>'bundle_id', status::text, scheduled_at FROM procrastinate_jobs")
    assert jobs == [("seawall.flush", B, "todo", None)]  # a notifier tells whoever knows of it


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("merge", A, A, "--into", B), "merged into"),
        (("merge", "4444444", "--into", B), "no group has an id that begins with"),
        (("merge", "11", "--into", B), "at least 6"),
        (("unmerge", A), "not merged"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(seawall, environment, rows, arguments, why):
    done = seawall(*arguments, env=environment)
    assert done.returncode == 1
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(rows("SELECT id FROM shown_groups")) == 3
