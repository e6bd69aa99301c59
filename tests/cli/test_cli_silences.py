"""`seawall silences`: previewed, added, listed with what they held back, ended."""

import json

import psycopg
import pytest

INCIDENT = "bbbbbb00-0000-4000-8000-000000000002"
MADE = f"""
    SET search_path = seawall;
    TRUNCATE incidents, silences, bundles, held_back CASCADE;
    INSERT INTO incidents (id, alert_key, severity, title, service, environment, opened_at, updated_at, facts)
    VALUES ('{INCIDENT}', 'rule:a', 'error', 'KeyError: sku', 'shop', 'production', now(), now(),
        '{{"service": "shop", "title": "KeyError: sku"}}');
"""


@pytest.fixture
def silences(seawall, environment, settings):
    with psycopg.connect(settings.postgres(), autocommit=True) as connection:
        connection.execute(MADE)
    return lambda *arguments: seawall("silences", *arguments, env=environment)


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_life_by_command(silences, settings):
    assert [row["id"] for row in answer(silences("preview", "service=shop", "title~*sku*", "--json"))] == [INCIDENT]
    assert answer(silences("preview", "service=cart", "--json")) == []
    assert "KeyError: sku" in silences("preview", "service=shop").stdout
    made = answer(
        silences("add", "service=shop", "--for", "90m", "--author", "ann", "--comment", "load test", "--json")
    )
    assert (made["hides"], made["author"], made["matchers"]) == (1, "ann", ["service=shop"])
    with psycopg.connect(settings.postgres(), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO seawall.held_back (at, bundle_id, incident_id, transition_id, kind, why, by)"
            " VALUES (now(), gen_random_uuid(), %s, 't1', 'open', 'silence', %s)",
            [INCIDENT, made["id"]],
        )
    [listed] = answer(silences("list", "--json"))
    assert (listed["id"], listed["held_back"], listed["comment"]) == (made["id"], 1, "load test")
    assert "load test" in silences("list").stdout
    done = silences("expire", made["id"][:8])
    assert (done.returncode, done.stdout.strip()) == (
        0, f"silence {made['id'][:8]} has ended; incidents that it held back: 1",
    )  # fmt: skip
    assert answer(silences("list", "--json")) == []
    assert len(answer(silences("list", "--since", "1h", "--json"))) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("add",), 2, "Missing argument"),
        (("add", "shop"), 2, "no matcher such as service=shop"),
        (("add", "server=shop"), 2, "`server` is none of"),
        (("add", "service=shop", "--for", "soon"), 2, "soon"),
        (("add", "service=shop", "--until", "2020-01-01"), 1, "must end after it starts"),
        (("expire", "cccccc"), 1, "no silence has an id that begins with cccccc"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(silences, arguments, code, why):
    done = silences(*arguments)
    *progress, said = done.stderr.splitlines()
    assert done.returncode == code
    assert why in said
    assert all("asking the database" in line for line in progress)
