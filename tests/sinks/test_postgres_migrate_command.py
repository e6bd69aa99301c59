"""`seawall migrate`, as an operator runs it."""

import json
import os
import secrets
import subprocess
import sys

import psycopg
import pytest


@pytest.fixture
def bare_url(admin_database_url):
    name = f"bare_{secrets.token_hex(4)}"
    with psycopg.connect(admin_database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield admin_database_url.rpartition("/")[0] + f"/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def seawall(url, *arguments):
    environment = {**os.environ, "SEAWALL_DATABASE_URL": url}
    command = [sys.executable, "-m", "seawall", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_it_says_what_is_missing_and_applies_it_once(bare_url):
    missing = seawall(bare_url, "migrate", "--check", "--json")
    assert missing.returncode == 1
    applied = seawall(bare_url, "migrate", "--json")
    assert applied.returncode == 0
    assert json.loads(applied.stdout)["applied"] == json.loads(missing.stdout)["pending"]
    assert seawall(bare_url, "migrate").stdout == "the database is up to date\n"
    assert seawall(bare_url, "migrate", "--check").returncode == 0


def test_a_database_that_is_away_is_one_clear_line():
    result = seawall("postgresql://someone:secret@127.0.0.1:1/x", "migrate")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "cannot be reached" in result.stderr
    assert "secret" not in result.stderr
