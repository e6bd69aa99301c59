"""A program that writes its errors into a table of its database, and what captures the changes of that table."""

import os
import traceback
import uuid

import psycopg
from carrier import WORK, carry
from psycopg.conninfo import conninfo_to_dict

from seawall.embedded.stack import EmbeddedStack

TABLE = """
    CREATE TABLE app_errors (
        event_id uuid PRIMARY KEY, occurred_at timestamptz NOT NULL DEFAULT now(), service text, environment text,
        release text, severity text, error_type text, message text, stack_trace text, user_id text, trace_id text
    )"""
PUT = """
    INSERT INTO app_errors (event_id, service, environment, release, severity, error_type, message, stack_trace,
                            user_id, trace_id)
    VALUES (%s, 'shop', %s, %s, %s, %s, %s, %s, %s, %s)"""


class OutOfStockError(Exception):
    """There is no more of it."""


def reserve(text):
    raise OutOfStockError(text)


def tell(what, text):
    if what != "catch":
        put("info", "stock was counted")
        return
    try:
        reserve(text)
    except OutOfStockError as error:
        put("error", str(error), type(error).__name__, traceback.format_exc())


def put(severity, message, error_type=None, stack_trace=None):
    environment, release, user, trace = (
        os.environ[f"SENDER_{name}"] for name in ("ENVIRONMENT", "RELEASE", "USER", "TRACE")
    )
    row = (uuid.uuid4(), environment, release, severity, error_type, message, stack_trace, user, trace)
    database.execute(PUT, row)


servers = EmbeddedStack(WORK / "database", kafka=False, valkey=False)
with servers, psycopg.connect(servers.postgres.superuser_url, autocommit=True) as starting:
    starting.execute("ALTER SYSTEM SET wal_level = logical")  # Debezium reads the log of changes
with servers, psycopg.connect(servers.postgres.superuser_url, autocommit=True) as database:
    database.execute(TABLE)
    place = conninfo_to_dict(servers.postgres.superuser_url)
    carry(tell, **{f"DATABASE_{name.upper()}": value for name, value in place.items()})
