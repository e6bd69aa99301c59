"""One living message an incident, its history in the thread, and each delivery shown once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from notices import notice

from models.severity import Severity
from seawall.desk.server import Desk
from sinks.contract import Retryable
from sinks.slack.bot import SlackBot


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk() as desk:
        yield desk


@pytest.fixture
async def bot(desk: Desk) -> AsyncIterator[SlackBot]:
    bot = SlackBot("xoxb-12345-abcdef", api_url=f"{desk.url}/api/", timeout=20)
    await bot.open()
    yield bot
    await bot.close()


@pytest.fixture
async def hasty(desk: Desk) -> AsyncIterator[SlackBot]:
    """A bot that waits a second for an answer: for those that never come."""
    bot = SlackBot("xoxb-12345-abcdef", api_url=f"{desk.url}/api/", timeout=1)
    await bot.open()
    yield bot
    await bot.close()


def doubtful(**more: Any) -> Any:
    return notice(in_doubt=True, attempted_at=datetime.now(UTC) - timedelta(seconds=5), **more)


async def test_an_incident_is_one_message_with_its_history_in_the_thread(desk: Desk, bot: SlackBot) -> None:
    opened = await bot.send(notice())
    await bot.send(notice(delivery_id=8, kind="update", ref=opened.ref, activity={"total": 44}))
    escalated = await bot.send(
        notice(delivery_id=9, kind="escalate", severity=Severity.CRITICAL, reasons=["120 in 1 min"], ref=opened.ref)
    )
    await bot.send(notice(delivery_id=10, kind="resolve", status="resolved", ref=escalated.ref))
    living, escalation, resolution = desk.messages("#payments")
    assert living["edits"] == 3
    assert living["text"].startswith("✅")
    assert escalation["thread_ts"] == resolution["thread_ts"] == living["ts"]
    assert "Escalated to critical" in escalation["text"]
    assert escalation["broadcast"]
    assert not resolution["broadcast"]
    assert living["metadata"]["event_payload"] == {"delivery": "7"}


@pytest.mark.parametrize("fault", ["drop_reply", "hold_reply"])
async def test_a_post_whose_answer_was_lost_is_found_again(
    desk: Desk, bot: SlackBot, hasty: SlackBot, fault: str
) -> None:
    desk.faults.add(fault)
    with pytest.raises(Retryable):
        await hasty.send(notice())
    receipt = await bot.send(doubtful())
    assert [message["ts"] for message in desk.messages()] == [receipt.ref["ts"]]


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel", "channel_not_found"])
@pytest.mark.parametrize("target", ["D024BE7LH", "#payments"])
async def test_what_may_not_be_looked_for_is_posted_all_the_same(code: str, target: str) -> None:
    posted = []

    async def handler(request: web.Request) -> web.Response:
        if not request.path.endswith(("chat.postMessage", "chat.update")):
            return web.json_response({"ok": False, "error": code})
        posted.append(request.path)
        return web.json_response({"ok": True, "channel": "D024BE7LH", "ts": f"1700000000.00000{len(posted)}"})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", handler)
    async with TestServer(app) as server:
        bot = SlackBot("xoxb-12345-abcdef", api_url=str(server.make_url("/api/")), timeout=20)
        await bot.open()
        receipt = await bot.send(doubtful(target=target))
        await bot.send(doubtful(target=target, kind="escalate", ref=receipt.ref))
        await bot.close()
    assert posted == ["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"]


@pytest.mark.parametrize("fault", ["reset", "timeout", "500"])
async def test_a_post_that_never_arrived_is_posted(desk: Desk, bot: SlackBot, hasty: SlackBot, fault: str) -> None:
    desk.faults.add(fault)
    with pytest.raises(Retryable):
        await hasty.send(notice())
    await bot.send(doubtful())
    assert len(desk.messages()) == 1


async def test_a_line_in_the_thread_whose_answer_was_lost_is_found_again(desk: Desk, bot: SlackBot) -> None:
    opened = await bot.send(notice())
    desk.faults.add("drop_reply", path="/api/chat.postMessage")
    with pytest.raises(Retryable):
        await bot.send(notice(delivery_id=8, kind="escalate", ref=opened.ref))
    await bot.send(doubtful(delivery_id=8, kind="escalate", ref=opened.ref))
    assert len(desk.messages()) == 2


async def test_it_is_found_by_another_process_among_many(desk: Desk, bot: SlackBot) -> None:
    desk.faults.add("drop_reply")
    with pytest.raises(Retryable):
        await bot.send(notice())
    for number in range(100, 300):  # more than a page of others
        desk._state.change(
            {"do": "post", "message": {"channel": "C00000001", "ts": f"{2e9 + number:.6f}", "text": "x", "via": "bot"}}
        )
    other = SlackBot("xoxb-12345-abcdef", api_url=f"{desk.url}/api/", timeout=20)
    await other.open()
    await other.send(doubtful())
    await other.close()
    assert len([message for message in desk.messages() if "metadata" in message]) == 1


async def test_a_broadcast_line_is_not_taken_for_the_living_message(desk: Desk, bot: SlackBot) -> None:
    opened = await bot.send(notice())
    await bot.send(notice(delivery_id=8, kind="escalate", ref=opened.ref))
    found = await bot._lookup.in_channel(doubtful(delivery_id=8), "#payments")
    assert found is None


async def test_a_living_message_that_was_deleted_is_posted_anew(desk: Desk, bot: SlackBot) -> None:
    opened = await bot.send(notice())
    desk._state.messages.clear()
    again = await bot.send(notice(delivery_id=8, kind="update", ref=opened.ref))
    assert again.ref["ts"] != opened.ref["ts"]
    assert len(desk.messages()) == 1


async def test_the_end_of_what_nobody_saw_is_not_shown(desk: Desk, bot: SlackBot) -> None:
    receipt = await bot.send(notice(kind="resolve", status="resolved"))
    assert not receipt.shown
    assert desk.messages() == []


async def test_what_opens_later_in_a_shared_message_is_a_line_of_its_thread(desk: Desk, bot: SlackBot) -> None:
    first = await bot.send(notice(grouped=True))
    await bot.send(notice(delivery_id=8, grouped=True, title="KeyError: sku", ref=first.ref))
    living, line = desk.messages("#payments")
    assert line["thread_ts"] == living["ts"]
    assert (line["text"].startswith("🚨 Opened"), line["broadcast"]) == (True, True)


@pytest.mark.parametrize("kind", ["resolve", "ignore", "assign", "comment"])
async def test_what_is_said_of_a_message_that_never_was_makes_none(desk: Desk, bot: SlackBot, kind: str) -> None:
    receipt = await bot.send(notice(kind=kind))
    assert (receipt.shown, desk.messages()) == (False, [])
