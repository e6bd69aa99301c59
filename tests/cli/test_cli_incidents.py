"""`seawall incidents`: found by short ids, listed, shown, acted on; what makes no sense is refused in one line."""

import json

import psycopg
import pytest

GROUP, INCIDENT = "aaaaaa00-0000-4000-8000-000000000001", "bbbbbb00-0000-4000-8000-000000000002"
MADE = f"""
    SET search_path = seawall;
    TRUNCATE groups, incidents, group_log CASCADE;
    INSERT INTO groups (id, fingerprint, title, service, environment, severity, first_seen, last_seen, last_release)
    VALUES ('{GROUP}', 'f', 'KeyError: sku', 'shop', 'production', 'error', now(), now(), '1.4.0');
    INSERT INTO incidents (id, alert_key, severity, title, service, environment, group_id, opened_at, updated_at)
    VALUES ('{INCIDENT}', 'group:{GROUP}', 'error', 'KeyError: sku', 'shop', 'production', '{GROUP}', now(), now());
    INSERT INTO incident_log (transition_id, incident_id, kind, at, severity, reasons)
    VALUES ('t1', '{INCIDENT}', 'open', now(), 'error', '{{new error}}');
    INSERT INTO deliveries (transition_id, incident_id, message_id, channel, status)
    VALUES ('t1', '{INCIDENT}', '{INCIDENT}', 'slack:#a', 'sent');
"""


@pytest.fixture
def incidents(seawall, environment, settings):
    with psycopg.connect(settings.postgres(), autocommit=True) as connection:
        connection.execute(MADE)
    return lambda *arguments: seawall("incidents", *arguments, env=environment)


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_life_by_command(incidents):
    assert [row["status"] for row in answer(incidents("list", "--json"))] == ["new"]
    done = incidents("acknowledge", "bbbbbb", "--actor", "ann", "--comment", "on it")
    assert (done.returncode, done.stdout.strip()) == (0, "incident bbbbbb00 (KeyError: sku): acknowledged")
    assert answer(incidents("start", "aaaaaa00", "--json"))["status"] == "in_progress"
    assert "assigned" in incidents("assign", INCIDENT, "bob").stdout
    assert answer(incidents("resolve", "bbbbbb", "--next-release", "--json"))["status"] == "resolved"
    assert answer(incidents("list", "--json")) == []
    assert len(answer(incidents("list", "--all", "--json"))) == 1
    told = answer(incidents("show", GROUP, "--json"))
    assert [(step["kind"], step["reasons"]) for step in told["history"]] == [
        ("open", ["new error"]),
        ("acknowledge", ["on it"]),
        ("start", []),
        ("assign", ["to bob"]),
        ("resolve", ["fixed in the next release"]),
    ]
    assert told["history"][1]["actor"] == "ann"
    assert told["incident"]["assignee"] == "bob"
    assert "fixed in the next release" in incidents("show", "bbbbbb").stdout
    assert "new again" in incidents("reopen", "bbbbbb").stdout
    assert answer(incidents("ignore", "bbbbbb", "--until", "7d", "--events", "100", "--json"))["status"] == "ignored"


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("reopen", "bbbbbb"), 1, "reopen: it is new"),
        (("acknowledge", "cccccc"), 1, "no incident and no group has an id that begins with cccccc"),
        (("acknowledge", "bbb"), 1, "at least 6"),
        (("resolve", "bbbbbb", "--version", "9"), 1, "changed meanwhile"),
        (("resolve", "bbbbbb", "--release", "1", "--commit", "2"), 2, "only one of"),
        (("ignore", "bbbbbb", "--until", "soon"), 2, "2h or 3d"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(incidents, arguments, code, why):
    done = incidents(*arguments)
    problems = [line for line in done.stderr.splitlines() if not line.endswith("…")]  # a slow machine sees progress
    assert (done.returncode, len(problems)) == (code, 1)
    assert why in problems[0]
