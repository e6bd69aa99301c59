"""Mails collected into digests: each change is told once, whatever restarts, and what ended meanwhile folds in."""

import asyncio
import email
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.policy import default
from types import SimpleNamespace

import pytest
from aiosmtpd.smtp import SMTP
from world import START, world

from rules.rulefile import RuleFileError, load
from seawall.notifier.looking import Looking
from sinks.attempting import Attempts
from sinks.contract import Retryable
from sinks.delivering import Deliverer
from sinks.delivery_locks import DeliveryLocks
from sinks.delivery_rows import take
from sinks.email.channel import Email
from sinks.limiting import Limiter
from sinks.postgres.connecting import connect, new_pool
from sinks.rendering import Renderer
from triage.digesting import collect
from triage.summing_up import sum_up

TEAM = "email:team@shop.example"
RULES = f'default_route: "{TEAM}"'
NOW = datetime.fromtimestamp(START, UTC)


async def collected(w, wait=600):
    """Let a notifier put all pending deliveries into digests."""
    for (delivery,) in await w.rows("SELECT id FROM deliveries WHERE status = 'pending' AND summary_id IS NULL"):
        async with w.connection.transaction():
            now = datetime.fromtimestamp(w.now, UTC)
            await collect(w.connection, delivery, TEAM, wait=wait, jobs=w.jobs, now=now)


async def digests(w):
    return await w.rows("SELECT title, lines FROM summaries WHERE told_at IS NOT NULL ORDER BY told_at")


async def test_many_changes_are_one_message_and_ends_fold_in(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open", "g1")
        await w.come("open", "g2", severity="critical")
        await collected(w)
        await w.wait(240)
        await w.come("escalate", "g1", severity="critical")
        await w.come("resolve", "g2", severity="critical")
        await collected(w)
        assert await digests(w) == []
        await w.wait(361)
        assert await digests(w) == [
            (
                "Digest: 2 incidents, 1 still open",
                [
                    "critical · shop · g1 (new) · opened, escalated · 0 in all",
                    "critical · shop · g2 (resolved) · resolved after 4 min · 0 in all",
                ],
            )
        ]
        assert await w.told(TEAM) == [
            ("open", "g1"), ("open", "g2"), ("escalate", "g1"), ("resolve", "g2"),
            ("summary", "Digest: 2 incidents, 1 still open"),
        ]  # fmt: skip
        replies = "SELECT DISTINCT status::text, reply FROM deliveries WHERE summary_id IS NULL"
        assert await w.rows(replies) == [("superseded", "told in a digest")]
        assert await w.timers() == 0


async def test_what_comes_after_a_digest_begins_the_next_one(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open", "g1")
        await collected(w)
        await w.wait(601)
        await w.come("resolve", "g1")
        await collected(w)
        await w.wait(601)
        assert [lines for _, lines in await digests(w)] == [
            ["error · shop · g1 (new) · opened · 0 in all"],
            ["error · shop · g1 (resolved) · resolved · 0 in all"],
        ]


async def test_a_collection_that_does_not_commit_leaves_the_delivery_as_it_was(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open", "g1")
        [(delivery,)] = await w.rows("SELECT id FROM deliveries")
        async with w.connection.transaction(force_rollback=True):
            await collect(w.connection, delivery, TEAM, wait=600, jobs=w.jobs, now=NOW)
        assert await w.rows("SELECT status::text, digest_id FROM deliveries") == [("pending", None)]
        assert await w.timers() == 0
        await collected(w)
        await collected(w)
        assert await w.rows("SELECT count(*) FROM summaries") == [(1,)]


async def test_a_digest_that_is_told_this_moment_takes_no_more(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open", "g1")
        await collected(w)
        await w.come("open", "g2")
        [(digest,)] = await w.rows("SELECT id::text FROM summaries")
        [(late,)] = await w.rows("SELECT id FROM deliveries WHERE status = 'pending'")
        async with await connect(database_url, application_name="test") as other:
            async with other.transaction():
                assert await sum_up(other, digest, w.jobs, NOW + timedelta(seconds=600))
                waiting = asyncio.create_task(_late(database_url, w, late))
                await asyncio.sleep(0.2)
                assert not waiting.done()
            await waiting
        [(first, then)] = await w.rows("SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM deliveries WHERE digest_id IS NOT NULL GROUP BY digest_id) AS each")  # fmt: skip
        assert (first, then) == (1, 1)
        assert await w.rows("SELECT count(*) FROM summaries") == [(2,)]


async def _late(url, w, delivery):
    async with await connect(url, application_name="test") as connection, connection.transaction():
        await collect(connection, delivery, TEAM, wait=600, jobs=w.jobs, now=NOW)


@asynccontextmanager
async def notifier(database_url, rules, port):
    """A notifier's parts, with a real mail server."""
    channel = Email(f"smtp://127.0.0.1:{port}", "a@shop.example", Renderer(), timeout=20)
    deliverer, locks = Deliverer({"email": channel}, Limiter(None, {})), DeliveryLocks(database_url)
    async with new_pool(database_url, application_name="test", max_size=4) as pool:
        looking = Looking(pool, rules)
        yield looking, Attempts(pool, deliverer, locks, links=looking.links, collect=looking.collect)
    await locks.close()


async def test_through_a_notifier_and_a_mail_server(database_url, tmp_path):
    rules, mails, refuse = tmp_path / "rules.yaml", [], SimpleNamespace(now=True)
    rules.write_text(f"digests: {{{TEAM}: 10m}}\n")

    class Box:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - its name there
            if refuse.now:
                return "451 try again"
            mails.append(email.message_from_bytes(envelope.content, policy=default))
            return "250 queued"

    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Box()), "127.0.0.1", 0)
    async with server, world(database_url, RULES) as w:
        port = server.sockets[0].getsockname()[1]
        for group in ("g1", "g2", "g3"):
            await w.come("open", group, title=f"KeyError: {group} <b>")
        async with notifier(database_url, rules, port) as (looking, attempts):
            looking.use(w.jobs)
            for (delivery,) in await w.rows("SELECT id FROM deliveries ORDER BY id"):
                await attempts.deliver(delivery, TEAM)
        assert mails == []
        # Another notifier tells it, when its time has come, and once though the server refused it at first.
        [(digest,)] = await w.rows("SELECT id::text FROM summaries")
        await sum_up(w.connection, digest, w.jobs, NOW)
        [(delivery,)] = await w.rows("SELECT id FROM deliveries WHERE summary_id IS NOT NULL")
        async with notifier(database_url, rules, port) as (looking, attempts):
            looking.use(w.jobs)
            with pytest.raises(Retryable):
                await attempts.deliver(delivery, TEAM)
            refuse.now = False
            await attempts.deliver(delivery, TEAM)
            await attempts.deliver(delivery, TEAM)
    [mail] = mails
    assert mail["Subject"] == "Digest: 3 incidents, 3 still open"
    assert mail["To"] == "team@shop.example"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,)).get_content()
        assert all(group in body for group in ("g1", "g2", "g3"))
        assert "Incident " not in body


async def test_a_mail_that_an_attempt_cut_short_may_have_sent_is_sent_and_not_collected(database_url, tmp_path):
    rules, mails = tmp_path / "rules.yaml", []
    rules.write_text(f"digests: {{{TEAM}: 10m}}\n")

    class Box:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - its name there
            mails.append(email.message_from_bytes(envelope.content, policy=default))
            return "250 queued"

    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Box()), "127.0.0.1", 0)
    async with server, world(database_url, RULES) as w:
        await w.come("open", "g1")
        await w.come("open", "g2")
        (first,), (second,) = await w.rows("SELECT id FROM deliveries ORDER BY id")
        assert await take(w.connection, first) is not None  # by a notifier that was killed then
        async with notifier(database_url, rules, server.sockets[0].getsockname()[1]) as (looking, attempts):
            looking.use(w.jobs)
            for delivery in (first, second, first, second):
                await attempts.deliver(delivery, TEAM)
        [(digest,)] = await w.rows("SELECT id::text FROM summaries")
        await sum_up(w.connection, digest, w.jobs, NOW)
        assert [lines for _, lines in await digests(w)] == [["error · shop · g2 (new) · opened · 0 in all"]]
    [mail] = mails
    assert "g1" in mail["Subject"]


async def test_no_digest_is_planned_for_what_is_finished(database_url):
    async with world(database_url, RULES) as w:
        await w.come("open", "g1")
        await w.rows("UPDATE deliveries SET status = 'sent' RETURNING id")
        [(delivery,)] = await w.rows("SELECT id FROM deliveries")
        assert not await collect(w.connection, delivery, TEAM, wait=600, jobs=w.jobs, now=NOW)
        assert await w.rows("SELECT count(*) FROM summaries") == [(0,)]


def test_digests_are_of_mails():
    assert load(f"digests: {{{TEAM}: 15m}}", "r").digests == {TEAM: 900}
    for wrong in ('"slack:#ops": 15m', f"{TEAM}: 30s", f"{TEAM}: 2d", "email:nobody: 5m"):
        with pytest.raises(RuleFileError):
            load(f"digests: {{{wrong!s}}}", "r")
