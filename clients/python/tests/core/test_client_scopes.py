"""Whose tags, users, breadcrumbs and traces an event has."""

import asyncio
import concurrent.futures
import contextvars
import sys
import threading
import types

import pytest

import seawall_client
from seawall_client.scope import Scope
from seawall_client.tracing import parse_traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def captured(client, gateway):
    """Events by their messages, once all are there."""
    made = client(max_per_second=1e9)

    def events():
        assert made.flush(10)
        return {event["message"]: event for event in gateway.events}

    return events


def test_what_is_set_is_told(captured):
    seawall_client.set_tag("region", "eu")
    seawall_client.set_tags({"shard": 7})
    seawall_client.set_extra("order", {"id": 7})
    seawall_client.set_user({"id": 17, "plan": "free"})
    seawall_client.set_transaction("POST /pay")
    seawall_client.set_fingerprint(["{{ default }}", "tenant-7"])
    seawall_client.add_breadcrumb("asked the bank", category="http", data={"status": 502})
    seawall_client.capture_message("m", "warning")
    event = captured()["m"]
    assert event["tags"].items() >= {"region": "eu", "shard": "7"}.items()
    assert event["extra"]["order"] == {"id": 7}
    assert (event["user_id"], event["extra"]["user"]) == ("17", {"id": 17, "plan": "free"})
    assert event["transaction"] == "POST /pay"
    assert event["fingerprint"] == ["{{ default }}", "tenant-7"]
    (crumb,) = event["extra"]["breadcrumbs"]
    assert crumb.items() >= {"message": "asked the bank", "category": "http", "data": {"status": 502}}.items()
    assert event["severity"] == "warning"


def test_a_block_keeps_what_it_sets_to_itself(captured):
    seawall_client.set_tag("a", "outer")
    with seawall_client.push_scope() as scope:
        scope.set_tag("a", "inner")
        scope.set_severity("critical")
        seawall_client.add_breadcrumb("inner")
        seawall_client.capture_exception(KeyError("inner"))
    seawall_client.capture_message("outer")
    events = captured()
    assert (events["'inner'"]["tags"]["a"], events["'inner'"]["severity"]) == ("inner", "critical")
    assert events["outer"]["tags"]["a"] == "outer"
    assert "breadcrumbs" not in events["outer"]["extra"]


def test_a_request_begins_with_what_the_process_says(captured):
    seawall_client.set_tag("region", "eu")
    seawall_client.add_breadcrumb("started")
    with seawall_client.isolation_scope():
        seawall_client.set_user("u")
        seawall_client.capture_message("request")
    seawall_client.capture_message("after")
    events = captured()
    assert events["request"]["tags"]["region"] == "eu"
    assert "breadcrumbs" not in events["request"]["extra"]
    assert "user_id" not in events["after"]


def test_breadcrumbs_are_a_ring(client, gateway):
    made = client(max_breadcrumbs=3)
    for number in range(10):
        seawall_client.add_breadcrumb(number)
    seawall_client.capture_message("m")
    made.flush(10)
    assert [crumb["message"] for crumb in gateway.wait()[0]["extra"]["breadcrumbs"]] == ["7", "8", "9"]


def test_requests_of_one_loop_are_kept_apart(captured):
    async def request(number):
        async with seawall_client.isolation_scope() as scope:
            scope.set_tag("request", number)
            await asyncio.sleep(0)
            await asyncio.gather(part(number, "a"), part(number, "b"))

    async def part(number, name):
        await asyncio.sleep(0)
        seawall_client.capture_message(f"{number} {name}")

    async def main():
        await asyncio.gather(*(request(number) for number in range(20)))

    asyncio.run(main())
    events = captured()
    assert len(events) == 40
    assert all(event["tags"]["request"] == message.split()[0] for message, event in events.items())
    traces = {number: {events[f"{number} {name}"]["trace_id"] for name in "ab"} for number in range(20)}
    assert all(len(ids) == 1 for ids in traces.values())
    assert len(set.union(*traces.values())) == 20


def test_threads_inherit_where_they_are_told_to(captured):
    with seawall_client.isolation_scope() as scope:
        scope.set_tag("request", "1")
        told = seawall_client.inherit_scope(lambda: seawall_client.capture_message("told"))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(told).result()
            pool.submit(lambda: seawall_client.capture_message("untold")).result()
    events = captured()
    assert events["told"]["tags"]["request"] == "1"
    assert "request" not in events["untold"]["tags"]


def test_a_scope_left_in_another_context_is_left(captured):
    def stream():
        with seawall_client.push_scope() as scope:
            scope.set_tag("a", "b")
            yield 1

    generator = stream()
    contextvars.copy_context().run(next, generator)
    contextvars.copy_context().run(generator.close)
    seawall_client.capture_message("after")
    assert "a" not in captured()["after"]["tags"]


def test_scopes_may_be_changed_while_events_are_made(captured):
    scope = Scope()
    ends = threading.Event()

    def change():
        number = 0
        while not ends.is_set():
            number += 1
            scope.set_tag(f"t{number % 90}", number)
            scope.tags.pop(f"t{(number + 40) % 90}", None)
            scope.add_breadcrumb({"message": str(number)})

    thread = threading.Thread(target=change)
    thread.start()
    for number in range(200):
        assert seawall_client.current_client().capture_message(f"m{number}", scope=scope) is not None
    ends.set()
    thread.join()
    assert len(captured()) == 200


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (HEADER, TRACE),
        (HEADER.replace("00-", "cc-", 1) + "-more", TRACE),
        (HEADER + "-more", None),
        (HEADER.replace("00-", "ff-", 1), None),
        (HEADER.upper(), None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        ("", None),
        (None, None),
        ("x" * 100_000, None),
    ],
)
def test_traceparent(header, trace):
    parsed = parse_traceparent(header)
    assert (parsed and parsed.trace_id) == trace


def test_the_trace_is_handed_on(captured):
    with seawall_client.isolation_scope() as scope:
        scope.trace = parse_traceparent(HEADER)
        seawall_client.capture_message("m")
        handed_on = seawall_client.traceparent()
    event = captured()["m"]
    assert event["trace_id"] == TRACE
    assert handed_on == f"00-{TRACE}-{event['span_id']}-01"


def test_a_process_is_no_trace(captured):
    seawall_client.capture_message("m")
    assert "trace_id" not in captured()["m"]
    assert seawall_client.traceparent() is None


def test_a_broken_opentelemetry_costs_no_answer(captured, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", types.ModuleType("opentelemetry.trace"))
    assert seawall_client.current_trace() is None
