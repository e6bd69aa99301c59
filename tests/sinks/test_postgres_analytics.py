"""Analysts find what docs/analysts.md promises, and can do no harm."""

import re
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from postgres_support import as_role, group, occurrence, put, rows, run, set_password, stores

from models.occurrence import Dead, Dropped
from models.reasons import DeadReason, DropReason
from models.severity import Severity
from sinks.postgres.batches import DeadLetter
from sinks.postgres.connecting import connect
from sinks.postgres.incidents import Delivery, IncidentRow, LogEntry, add_deliveries, write_incidents

DOC = Path("docs/analysts.md").read_text()
QUERIES = re.findall(r"^(?P<title>[^\n]+\?)\n\n```sql\n(?P<sql>.+?)```", DOC, re.MULTILINE | re.DOTALL)
NOW = time.time()
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
VIEWS = {
    "deliveries",
    "dead_letters",
    "drops",
    "error_rate_by_service_release",
    "errors_by_day",
    "errors_by_hour",
    "errors_by_minute",
    "escalations",
    "group_owners",
    "groups",
    "held_back",
    "incident_links",
    "hourly_error_rate_by_service_release",
    "incident_history",
    "merged_groups",
    "incidents",
    "occurrences",
    "payloads",
    "releases",
    "suspects",
    "top_groups",
    "traffic",
    "monitors",
    "check_ins",
    "feedback",
}


def card(offset, minutes, **more):
    """An error of the checkout service, some minutes ago."""
    fields = {
        "release": "1.0",
        "group": group("card", "checkout", title="TimeoutError: card service"),
        "user_id": "ann",
    }
    return occurrence(offset, at=LATEST - minutes * 60, **(fields | more))


LATEST = NOW - 30  # half a minute ago: one minute's errors may lie in two


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def analyst_url(database_url, admin_database_url):
    set_password(admin_database_url, "seawall_analyst", "for the test")
    async with stores(database_url) as [store]:
        url = b'{"message":"m","request":{"url":"/pay","method":"POST"}}'
        await put(
            store,
            [
                *(card(offset, 0, payload=url, message="card", user_id="bob") for offset in range(6)),
                *(card(offset, 1, release="1.1", trace_id=TRACE, payload=url) for offset in range(6, 9)),
                *(card(offset, 60 * 24 * 3) for offset in range(9, 11)),
                occurrence(11, "disk full", at=LATEST - 90, service="shop", trace_id=TRACE, severity=Severity.CRITICAL),
            ],
            dropped=[Dropped(offset=12, reason=DropReason.BELOW_LEVEL, service="shop")],
        )
        async with store.batch("errors", 1, 0) as transaction:
            dead = Dead(offset=0, reason=DeadReason.NOT_TEXT, detail="binary", size=9, received_at=NOW)
            await transaction.dead([DeadLetter(dead=dead, dead_partition=0, dead_offset=5)])
    async with await connect(database_url, application_name="seawall test") as connection:
        for number, (acknowledged, resolved) in enumerate([(2, 10), (4, 20), (None, None)]):
            await write_incident(connection, number, acknowledged, resolved)
    return as_role(database_url, "seawall_analyst", "for the test")


async def write_incident(connection, number, acknowledged, resolved):
    opened = datetime.fromtimestamp(NOW - 7200, UTC)

    def after(minutes):
        return None if minutes is None else opened + timedelta(minutes=minutes)

    incident = IncidentRow(
        id=f"00000000-0000-0000-0000-00000000000{number}",
        alert_key=f"group:{number}",
        status="new" if resolved is None else "resolved",
        severity=Severity.ERROR,
        title="TimeoutError: card service",
        service="checkout",
        environment="production",
        opened_at=opened,
        updated_at=after(resolved) or opened,
        acknowledged_at=after(acknowledged),
        resolved_at=after(resolved),
    )
    entry = LogEntry(transition_id=f"t{number}", kind="open", at=opened, severity=Severity.ERROR, reasons=["new"])
    await write_incidents(connection, [incident], [(incident.id, entry)])
    told = Delivery(
        transition_id=entry.transition_id, incident_id=incident.id, channel="slack:#ops", message_id=incident.id
    )
    await add_deliveries(connection, [told])


def only(result, *columns):
    return [tuple(row[column] for column in columns) for row in result]


def minutes(count):
    return timedelta(minutes=count)


# What each query of the page finds in the data above; times are left out.
EXPECTED = {
    "What fails most, today?": lambda found: (
        only(found, 0, 1, 2, 3, 4)
        == [
            (1, "TimeoutError: card service", "checkout", 9, Decimal("90.0")),
            (2, "ValueError: disk full", "shop", 1, 10),
        ]
    ),
    "What is new since yesterday?": lambda found: only(found, 1, 4) == [("ValueError: disk full", 1)],
    "Which services have failed in the last hour, and how fast at worst?": lambda found: (
        found == [("checkout", 9, 6), ("shop", 1, 1)]
    ),
    "Did a release make it worse?": lambda found: only(found, 0, 2) == [("1.0", 8), ("1.1", 3)],
    "How do the days of this week compare?": lambda found: (
        sum(row[1] for row in found) == 12 and found[0][1:] == (2, 1)
    ),
    "Whom does a group hurt most?": lambda found: only(found, 0, 1) == [("bob", 6), ("ann", 5)],
    "What else failed in the same trace, in any service?": lambda found: (
        only(found, 1, 2) == [("shop", "ValueError"), *[("checkout", "ValueError")] * 3]
    ),
    "What did the request look like (from the masked JSON)?": lambda found: found == [("/pay", "POST", 9)],
    "How fast do we answer, by service?": lambda found: found == [("checkout", 3, minutes(3), minutes(15), 1)],
    "What was not stored as an error, and why?": lambda found: (
        sorted(found) == [("below_level", "shop", 1), ("not_text", "", 1)]
    ),
}


def test_the_page_has_ten_queries_and_all_views():
    assert [title for title, _ in QUERIES] == list(EXPECTED)
    assert set(re.findall(r"`([a-z_]+)`", re.search(r"## The views\n\n(.+?)\n\n", DOC, re.DOTALL)[1])) >= VIEWS


@pytest.mark.parametrize(("title", "query"), QUERIES, ids=[title for title, _ in QUERIES])
def test_the_pages_queries_find_what_is_there(analyst_url, title, query):
    found = rows(analyst_url, query)
    assert EXPECTED[title](found), found


def test_every_view_agrees_on_the_number_of_errors(analyst_url):
    for view in ("errors_by_minute", "errors_by_hour", "errors_by_day", "groups", "error_rate_by_service_release"):
        assert rows(analyst_url, f"SELECT sum(errors)::int FROM {view}") == [(12,)], view
    assert rows(analyst_url, "SELECT sum(errors)::int FROM hourly_error_rate_by_service_release") == [(12,)]
    assert rows(analyst_url, "SELECT count(*) FROM occurrences JOIN payloads USING (event_id)") == [(12,)]
    assert rows(analyst_url, "SELECT channel, status, kind FROM deliveries LIMIT 1") == [
        ("slack:#ops", "pending", "open")
    ]


def test_every_view_and_column_says_what_it_is(database_url):
    found = rows(
        database_url,
        "SELECT relname, attname, obj_description(c.oid), col_description(c.oid, attnum) FROM pg_class c"
        " JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 WHERE relnamespace = 'analytics'::regnamespace",
    )
    assert {row[0] for row in found} == VIEWS
    assert [row[:2] for row in found if not (row[2] and row[3])] == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO groups (title) VALUES ('x')",
        "UPDATE incidents SET title = 'x'",
        "DELETE FROM occurrences",
        "CREATE TABLE analytics.mine (n int)",
        "CREATE TABLE public.mine (n int)",
        "SELECT * FROM seawall.groups",
        "SELECT * FROM seawall.secrets_store",
        "SELECT * FROM seawall.procrastinate_jobs",
        "SELECT * FROM seawall.group_users",
    ],
)
def test_an_analyst_cannot_write_nor_see_the_tables(analyst_url, statement):
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)  # views take no rows
    with pytest.raises((*refused, psycopg.errors.ReadOnlySqlTransaction)):
        run(analyst_url, statement)
    with pytest.raises(refused):
        run(analyst_url, "SET default_transaction_read_only = off", statement)


def test_an_analysts_session_is_bounded_and_lands_in_the_views(analyst_url):
    shown = {
        name: rows(analyst_url, f"SHOW {name}")[0][0]
        for name in ("statement_timeout", "default_transaction_read_only", "search_path", "TimeZone")
    }
    assert shown == {
        "statement_timeout": "30s",
        "default_transaction_read_only": "on",
        "search_path": "analytics",
        "TimeZone": "UTC",
    }


def test_a_range_of_time_reads_only_its_days(analyst_url):
    query = "EXPLAIN SELECT count(*) FROM {} WHERE {} >= now() - interval '1 hour' AND {} < now() + interval '1 hour'"
    for view, column in (("occurrences", "occurred_at"), ("errors_by_minute", "minute")):
        plan = "\n".join(row[0] for row in rows(analyst_url, query.format(view, column, column)))
        assert "Subplans Removed" in plan or plan.count("_20") == 1, plan
