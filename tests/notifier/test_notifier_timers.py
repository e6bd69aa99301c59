"""Timers outlive every process: killed and away for ten minutes, they come late, and each of them once."""

import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from test_notifier_process import notifier, until

from seawall.desk.server import Desk

sys.path.insert(0, str(Path(__file__).parents[1] / "triage"))
from world import world

RULES = """
routes:
  - {match: {service: cart}, to: "pagerduty:default", wait: 3s, at_most: {count: 500, per: 10m}}
  - {to: "slack:#alerts", repeat: 4m}
"""
TEN_MINUTES_PASS = """
    UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '10 min',
        args = jsonb_set(args, '{at}', to_jsonb((args->>'at')::float8 - 600)) WHERE args ? 'at' AND status = 'todo';
    UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '10 min' WHERE NOT args ? 'at';
    UPDATE bundles SET flush_at = flush_at - interval '10 min', flushed_at = flushed_at - interval '10 min';
    UPDATE bundle_incidents SET joined_at = joined_at - interval '10 min', first_told = first_told - interval '10 min',
        last_told = last_told - interval '10 min';
    UPDATE silences SET starts_at = starts_at - interval '10 min', ends_at = ends_at - interval '10 min';
    UPDATE summaries SET since = since - interval '10 min', due_at = due_at - interval '10 min';
    UPDATE held_back SET at = at - interval '10 min';
    UPDATE escalations SET due_at = due_at - interval '10 min', next_at = next_at - interval '10 min';
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def titles(desk, channel):
    return sorted(message["text"].split()[1] for message in desk.messages(channel) if not message.get("thread_ts"))


async def test_killed_while_timers_run_each_is_told_once(database_url, folder):
    several = [f"c{number}" for number in range(12)]
    async with Desk() as desk, world(database_url, RULES) as w, AsyncExitStack() as stack:
        w.now = float(int(time.time()))
        await w.take(*(w.alert("open", name, service="cart") for name in several))
        for shown in (1, 7):
            async with notifier(database_url, desk, folder) as victim:
                await until(lambda shown=shown: len(desk.pagerduty()) >= shown)
                await asyncio.sleep(random.random() / 20)  # anywhere in its work
                victim.kill()
                await victim.wait()
        await stack.enter_async_context(notifier(database_url, desk, folder))
        await until(lambda: len(desk.pagerduty()) == len(several))
        w.now = float(int(time.time()))
        await w.take(*(w.alert("resolve", name, service="cart") for name in several))
        await until(lambda: all(paged["status"] == "resolved" for paged in desk.pagerduty().values()))
        assert len(desk.pagerduty()) == len(several)
        told = sorted((kind, name) for name in several for kind in ("open", "resolve"))
        assert sorted(await w.told("pagerduty:default")) == told


async def test_ten_minutes_without_any_process_delay_timers_and_lose_and_double_none(database_url, folder):
    async with Desk() as desk, world(database_url, RULES) as w, AsyncExitStack() as stack:
        w.now = float(int(time.time()))
        await w.hush("rule=s1", lasts=300)
        await w.come("open", "r1")  # to be said again after 4 min
        await w.come("open", "s1")  # silent for 5 min
        await w.come("open", "c1", service="cart")  # waits
        async with notifier(database_url, desk, folder) as victim:
            await until(lambda: len(desk.pagerduty()) == 1 and titles(desk, "#alerts") == ["r1"])
            victim.kill()
            await victim.wait()
        await w.connection.execute(TEN_MINUTES_PASS)
        for _ in range(2):  # two notifiers come back at once
            await stack.enter_async_context(notifier(database_url, desk, folder))
        await until(lambda: len(titles(desk, "#alerts")) == 3)
        await until(lambda: any("Still open" in message["text"] for message in desk.messages("#alerts")))
        assert sorted(await w.told("slack:#alerts")) == [
            ("open", "r1"), ("open", "s1"), ("remind", "r1"), ("summary", "1 incident held back: a silence of ann: deploy"),
        ]  # fmt: skip
        assert len(desk.messages("#alerts")) == 4
        assert await w.told("pagerduty:default") == [("open", "c1")]


PAGED = """
users: {ann: {contact: "slack:#ann"}, bob: {contact: "slack:#bob"}}
policies:
  p: {steps: [{notify: user:ann, wait: 8m}, {notify: user:bob, wait: 1h}]}
  q: {steps: [{notify: user:ann, wait: 1s}, {notify: user:bob, wait: 1s}], unanswered: "slack:#managers"}
routes:
  - {match: {service: cart}, to: "slack:#alerts", policy: q}
  - {to: "slack:#alerts", policy: p}
"""


async def test_ten_minutes_without_any_process_delay_a_page_and_lose_and_double_none(database_url, folder):
    (folder / "rules.yaml").write_text(PAGED)
    async with Desk() as desk, world(database_url, PAGED) as w, AsyncExitStack() as stack:
        w.now = float(int(time.time()))
        await w.come("open", "r1")
        await w.come("open", "r2")
        async with notifier(database_url, desk, folder) as victim:
            await until(lambda: sorted(titles(desk, "#ann")) == ["r1", "r2"])
            victim.kill()
            await victim.wait()
        await w.act("acknowledge", "r2")
        await w.connection.execute(TEN_MINUTES_PASS)
        for _ in range(2):  # two notifiers come back at once
            await stack.enter_async_context(notifier(database_url, desk, folder))
        await until(lambda: titles(desk, "#bob") == ["r1"])
        await until(lambda: any("Acknowledged" in message["text"] for message in desk.messages("#ann")))
        assert sorted(await w.told("slack:#ann")) == [("acknowledge", "r2"), ("page", "r1"), ("page", "r2")]
        assert await w.told("slack:#bob") == [("page", "r1")]


async def test_killed_while_people_are_asked_each_step_is_taken_once(database_url, folder):
    (folder / "rules.yaml").write_text(PAGED)
    several = [f"c{number}" for number in range(8)]
    async with Desk() as desk, world(database_url, PAGED) as w, AsyncExitStack() as stack:
        w.now = float(int(time.time()))
        await w.take(*(w.alert("open", name, service="cart") for name in several))
        for shown in (1, 4):
            async with notifier(database_url, desk, folder) as victim:
                await until(lambda shown=shown: len(titles(desk, "#bob")) >= shown)
                await asyncio.sleep(random.random() / 20)  # anywhere in its work
                victim.kill()
                await victim.wait()
        await stack.enter_async_context(notifier(database_url, desk, folder))
        await until(lambda: len(titles(desk, "#managers")) == len(several))
        for channel, kind in (("#ann", "page"), ("#bob", "page"), ("#managers", "unanswered")):
            assert sorted(await w.told(f"slack:{channel}")) == sorted((kind, name) for name in several)
            assert titles(desk, channel) == sorted(several)
