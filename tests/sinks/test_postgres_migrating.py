"""The schema comes out the same however often, from however many processes, and from whatever version it is made."""

import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from postgres_support import as_role, one, rows, run
from procrastinate.schema import SchemaManager
from psycopg import sql

from sinks.postgres import migrating
from sinks.postgres.migrating import migrate, pending

STEPS = sorted(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
OWN = sorted(path.stem for path in Path("sinks/postgres/migrations").glob("*.sql"))


@pytest.fixture
def bare_url(admin_database_url):
    """An empty database."""
    name = f"bare_{secrets.token_hex(4)}"
    with psycopg.connect(admin_database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield psycopg.conninfo.make_conninfo(admin_database_url, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def shape(url):
    """Everything in our schemas that has a name."""
    return rows(
        url,
        "SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable"
        " FROM information_schema.columns WHERE table_schema IN ('seawall', 'analytics') ORDER BY 1, 2, 3",
    ), rows(
        url,
        "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'seawall'::regnamespace ORDER BY 1, 2",
    )


def test_a_bare_database_gets_everything_once(bare_url):
    assert pending(bare_url) == [f"procrastinate/{name}" for name in STEPS] + OWN
    assert one(bare_url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'seawall'") == 0  # only looked

    assert migrate(bare_url) == [f"procrastinate/{name}" for name in STEPS] + OWN
    before = shape(bare_url)
    assert migrate(bare_url) == []
    assert pending(bare_url) == []
    assert shape(bare_url) == before


def test_the_role_finds_the_tables_without_being_told(bare_url):
    migrate(bare_url)
    assert one(bare_url, "SHOW search_path") == "seawall, public"
    assert one(bare_url, "SELECT count(*) FROM groups") == 0
    assert one(bare_url, "SELECT count(*) FROM procrastinate_jobs") == 0


def test_several_at_once_apply_each_step_once(bare_url):
    with ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in [pool.submit(migrate, bare_url) for _ in range(4)]]
    assert sorted(len(result) for result in results) == [0, 0, 0, len(STEPS) + len(OWN)]


def test_what_a_killed_run_leaves_does_not_matter(bare_url):
    """A step fails in its middle; then its cause goes away."""
    run(bare_url, "CREATE SCHEMA seawall", "CREATE TABLE seawall.incident_log (in_the_way int)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(bare_url)
    assert "0002-incidents" in pending(bare_url)
    assert one(bare_url, "SELECT to_regclass('seawall.incidents')") is None  # the step's first half is undone

    run(bare_url, "DROP TABLE seawall.incident_log")
    assert migrate(bare_url) == OWN[OWN.index("0002-incidents") :]


def test_a_queue_of_an_older_version_is_brought_up_to_date(bare_url, database_url):
    old = [name for name in STEPS if name < "03.02"]
    with psycopg.connect(bare_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA seawall")
        connection.execute("SET search_path = seawall, public")
        connection.execute("CREATE TABLE queue_migrations (name text PRIMARY KEY, applied_at timestamptz)")
        for name in old:
            connection.execute(Path(SchemaManager.get_migrations_path(), name).read_bytes())
            connection.execute("INSERT INTO queue_migrations VALUES (%s, now())", [name])

    new = [f"procrastinate/{name}" for name in STEPS if name not in old]
    assert new
    assert pending(bare_url)[: len(new)] == new
    migrate(bare_url)
    tables, functions = shape(bare_url)
    wanted_tables, wanted_functions = shape(database_url)
    assert {row[:4] for row in tables} == {row[:4] for row in wanted_tables}
    assert dict(functions).keys() == dict(wanted_functions).keys()


def test_an_ordinary_owner_may_migrate(admin_database_url):
    """A role that may neither make roles nor databases, as hosted services give."""
    name = f"plain_{secrets.token_hex(4)}"
    with psycopg.connect(admin_database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'pw'").format(sql.Identifier(name)))
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        try:
            url = as_role(admin_database_url, name, "pw").rpartition("/")[0] + f"/{name}"
            assert migrate(url)[-1] == OWN[-1]
            assert migrate(url) == []
            assert one(url, "SHOW search_path") == "seawall, public"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute(f"DROP ROLE {name}")


def test_what_was_told_and_held_back_before_counts_after_it(bare_url, tmp_path, monkeypatch):
    older = tmp_path / "older"
    older.mkdir()
    for path in Path("sinks/postgres/migrations").glob("*.sql"):
        if path.stem < "0026":
            shutil.copy(path, older)
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "_FOLDER", older)
        migrate(bare_url)
    with psycopg.connect(bare_url, autocommit=True) as connection:
        connection.execute("SET search_path = seawall, public")
        connection.execute(_TOLD_AND_HELD_BACK)
    assert [step for step in migrate(bare_url) if step >= "0026"]
    assert rows(bare_url, "SELECT route, messages FROM seawall.route_messages") == [("shop", 2)]
    assert one(bare_url, "SELECT told FROM seawall.told_lately('{shop}', '{3600}', '{1}', now())") == 2
    assert rows(bare_url, "SELECT channel, incidents.title FROM seawall.summary_incidents JOIN seawall.summaries ON id = summary_id"
                " JOIN seawall.incidents ON incidents.id = incident_id") == [("slack:#a", "held")]  # fmt: skip


_TOLD_AND_HELD_BACK = """
    INSERT INTO incidents (id, alert_key, status, severity, title, service, environment, opened_at, updated_at)
        SELECT gen_random_uuid(), title, 'new', 'error', title, 'shop', 'production', now(), now()
        FROM unnest('{told,told too,told long ago,held}'::text[]) AS title;
    INSERT INTO bundles (id, route, grouped, channels, most, most_per)
        SELECT id, 'shop', false, '{slack:#a}', 30, 600 FROM incidents;
    INSERT INTO bundle_incidents (bundle_id, incident_id, message_id, channels, joined_at, first_told, last_told)
        SELECT id, id, id, '{slack:#a}', now(), told, told
        FROM incidents, LATERAL (SELECT CASE title WHEN 'told long ago' THEN now() - interval '2 days'
            WHEN 'held' THEN NULL ELSE date_trunc('minute', now()) END AS told) AS at;
    INSERT INTO summaries (id, why, by, channel, since, due_at)
        SELECT gen_random_uuid(), 'flood', 'at_most', channel, now() - interval '1 minute', now()
        FROM unnest('{slack:#a,slack:#b}'::text[]) AS channel;
    INSERT INTO held_back (at, bundle_id, incident_id, transition_id, kind, why, by)
        SELECT now(), id, id, 'open', 'open', 'flood', 'at_most' FROM incidents WHERE title = 'held';
"""
