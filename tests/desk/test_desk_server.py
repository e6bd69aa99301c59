"""The desk holds to Slack's and PagerDuty's contracts, keeps what came, and shows it harmlessly."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from seawall.desk.pacing import Buckets
from seawall.desk.server import Desk

AUTH = {"Authorization": "Bearer xoxb-12345-abcdef"}
PAYLOAD = {"summary": "It burns", "source": "payments", "severity": "critical"}
EVENT = {"routing_key": "k" * 32, "event_action": "trigger", "dedup_key": "a", "payload": PAYLOAD}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk() as desk:
        yield desk


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def slack(http: aiohttp.ClientSession, desk: Desk, method: str, headers: Any = AUTH, **body: Any) -> Any:
    async with http.post(f"{desk.url}/api/{method}", json=body, headers=headers) as answer:
        return await answer.json()


def section(length: int) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "channel_not_found"),
        ({"channel": "No Such"}, "channel_not_found"),
        ({"channel": "C99999999", "text": "x"}, "channel_not_found"),
        ({"channel": "#archived-1", "text": "x"}, "is_archived"),
        ({"channel": "#a"}, "no_text"),
        ({"channel": "#a", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "#a", "blocks": [section(3_001)]}, "invalid_blocks"),
        ({"channel": "#a", "blocks": [section(0)]}, "invalid_blocks"),
        ({"channel": "#a", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": "#a", "blocks": [{"type": "unheard"}]}, "invalid_blocks"),
        ({"channel": "#a", "blocks": "x"}, "invalid_blocks_format"),
        ({"channel": "#a", "blocks": [section(3_000)] * 5}, "msg_blocks_too_long"),
        ({"channel": "#a", "attachments": [{"blocks": [section(3_001)]}]}, "invalid_blocks"),
        ({"channel": "#a", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": "#a", "text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        ({"channel": "#a", "text": "x", "thread_ts": "1.0"}, "thread_not_found"),
        (
            {"channel": "#a", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
            "invalid_blocks",
        ),
        ({"channel": "#a", "blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
        (
            {"channel": "#a", "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}]},
            "invalid_blocks",
        ),
    ],
)
async def test_slack_refuses(desk: Desk, http: aiohttp.ClientSession, body: dict[str, Any], error: str) -> None:
    assert await slack(http, desk, "chat.postMessage", **body) == {"ok": False, "error": error}
    assert desk.messages() == []


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, "not_authed"),
        ({"Authorization": "Bearer x"}, "invalid_auth"),
        ({"Authorization": "Basic x"}, "invalid_auth"),
    ],
)
async def test_slack_wants_a_token(desk: Desk, http: aiohttp.ClientSession, headers: Any, error: str) -> None:
    assert (await slack(http, desk, "auth.test", headers))["error"] == error


async def test_a_message_its_thread_and_its_change(desk: Desk, http: aiohttp.ClientSession) -> None:
    meta = {"event_type": "e", "event_payload": {"a": 1}}
    posted = await slack(http, desk, "chat.postMessage", channel="#a", text="one", metadata=meta)
    channel, ts = posted["channel"], posted["ts"]
    await slack(http, desk, "chat.postMessage", channel=channel, thread_ts=ts, text="line")
    assert (await slack(http, desk, "chat.update", channel=channel, ts=ts, text="two"))["ok"]
    assert (await slack(http, desk, "chat.update", channel=channel, ts="1.1", text="x"))["error"] == "message_not_found"
    history = await slack(http, desk, "conversations.history", channel=channel, include_all_metadata=True)
    assert [(message["text"], message["metadata"]) for message in history["messages"]] == [("two", meta)]
    plain = await slack(http, desk, "conversations.history", channel=channel)
    assert "metadata" not in plain["messages"][0]
    replies = await slack(http, desk, "conversations.replies", channel=channel, ts=ts)
    assert [message["text"] for message in replies["messages"]] == ["two", "line"]
    assert (await slack(http, desk, "conversations.list"))["channels"] == [{"id": channel, "name": "a"}]


async def test_pages_of_a_history(desk: Desk, http: aiohttp.ClientSession) -> None:
    for number in range(5):
        await slack(http, desk, "chat.postMessage", channel="#a", text=str(number))
    first = await slack(http, desk, "conversations.history", channel="C00000001", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await slack(http, desk, "conversations.history", channel="C00000001", limit=3, cursor=cursor)
    assert [message["text"] for message in first["messages"] + second["messages"]] == ["4", "3", "2", "1", "0"]
    oldest = first["messages"][1]["ts"]
    newer = await slack(http, desk, "conversations.history", channel="C00000001", oldest=oldest)
    assert [message["text"] for message in newer["messages"]] == ["4"]


async def test_a_burst_is_paced_by_channel(desk: Desk, http: aiohttp.ClientSession) -> None:
    answers = [await slack(http, desk, "chat.postMessage", channel="#a", text="x") for _ in range(30)]
    assert next(answer for answer in answers if not answer["ok"])["error"] == "ratelimited"
    async with http.post(
        f"{desk.url}/api/chat.postMessage", json={"channel": "#a", "text": "x"}, headers=AUTH
    ) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
    assert (await slack(http, desk, "chat.postMessage", channel="#b", text="x"))["ok"]


@pytest.mark.parametrize(
    ("path", "data", "status", "text"),
    [
        ("T/B/x", '{"text": "hello"}', 200, "ok"),
        ("T/B/x", "{", 400, "invalid_payload"),
        ("T/B/x", "[]", 400, "invalid_payload"),
        ("T/B/x", "{}", 400, "no_text"),
        ("T/B/invalid", '{"text": "hello"}', 403, "invalid_token"),
    ],
)
async def test_the_webhook(
    desk: Desk, http: aiohttp.ClientSession, *, path: str, data: str, status: int, text: str
) -> None:
    async with http.post(f"{desk.url}/services/{path}", data=data) as answer:
        assert (answer.status, await answer.text()) == (status, text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"routing_key": "short"}, "routing_key"),
        ({"event_action": "shout"}, "event_action"),
        ({"dedup_key": "x" * 256}, "dedup_key"),
        ({"event_action": "resolve", "dedup_key": None}, "dedup_key"),
        ({"payload": None}, "payload"),
        ({"payload": {**PAYLOAD, "severity": "debug"}}, "severity"),
        ({"payload": {**PAYLOAD, "summary": "x" * 1025}}, "summary"),
        ({"payload": {**PAYLOAD, "source": " "}}, "source"),
    ],
)
async def test_pagerduty_refuses(desk: Desk, http: aiohttp.ClientSession, change: dict[str, Any], words: str) -> None:
    async with http.post(f"{desk.url}/v2/enqueue", json=EVENT | change) as answer:
        assert answer.status == 400
        assert words in str((await answer.json())["errors"])
    assert desk.pagerduty() == {}


async def test_pagerdutys_incident(desk: Desk, http: aiohttp.ClientSession) -> None:
    for action in ("trigger", "trigger", "acknowledge", "resolve", "acknowledge", "trigger"):
        async with http.post(f"{desk.url}/v2/enqueue", json=EVENT | {"event_action": action}) as answer:
            assert answer.status == 202
            assert (await answer.json())["dedup_key"] == "a"
    incident = desk.pagerduty()["a"]
    assert (incident["status"], incident["number"]) == ("triggered", 2)


async def test_pagerduty_takes_no_more_than_512_kb(desk: Desk, http: aiohttp.ClientSession) -> None:
    large = EVENT | {"payload": PAYLOAD | {"custom_details": "x" * 600_000}}
    async with http.post(f"{desk.url}/v2/enqueue", json=large) as answer:
        assert answer.status == 413


async def test_what_came_outlives_the_desk_and_a_line_cut_off(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    path = tmp_path / "desk.jsonl"
    async with Desk(state=path) as desk:
        posted = await slack(http, desk, "chat.postMessage", channel="#a", text="one")
        await slack(http, desk, "chat.update", channel=posted["channel"], ts=posted["ts"], text="two")
        async with http.post(f"{desk.url}/v2/enqueue", json=EVENT):
            pass
        before = desk.messages(), desk.pagerduty()
    with path.open("a") as file:
        file.write('{"do": "post", "mess')
    async with Desk(state=path) as desk:
        assert (desk.messages(), desk.pagerduty()) == before
        await slack(http, desk, "chat.postMessage", channel="#a", text="three")
    async with Desk(state=path) as desk:
        assert [message["text"] for message in desk.messages()] == ["two", "three"]


async def test_faults_by_http(desk: Desk, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{desk.url}/faults", json={"kind": "500", "count": 2}) as answer:
        assert answer.status == 200
    for expected in (500, 500, 200):
        async with http.post(f"{desk.url}/api/auth.test", headers=AUTH) as answer:
            assert answer.status == expected
    for bad in ({"kind": "plague"}, {}, []):
        async with http.post(f"{desk.url}/faults", json=bad) as answer:
            assert answer.status == 400
    async with http.post(f"{desk.url}/faults", data='{"kind": "500"}') as answer:
        assert answer.status == 415


async def test_the_page_needs_nothing_from_elsewhere(desk: Desk, http: aiohttp.ClientSession) -> None:
    async with http.get(desk.url) as answer:
        page = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "innerHTML" not in page
    assert "src=" not in page
    async with http.get(f"{desk.url}/received") as answer:
        version = (await answer.json())["version"]
    async with http.get(f"{desk.url}/received", params={"since": version}) as answer:
        assert answer.status == 204


async def test_a_port_that_is_taken(desk: Desk) -> None:
    with pytest.raises(OSError, match="address already in use"):
        await Desk(port=int(desk.url.rpartition(":")[2])).open()


def test_a_bucket_fills_with_time() -> None:
    now = 0.0
    buckets = Buckets(rate=1, burst=2, clock=lambda: now)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
    now = 1.0
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
    assert buckets.take("b") == 0
