"""Buttons and commands of Slack: proven by the signature, carried out once, answered to the person alone."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from inbound.contract import Refused, Request
from inbound.server import MAX_BODY, HookServer, may_reply_to
from inbound.slack import SlackButtons, SlackCommands, SlackRequests
from inbound.slack_buttons import payload_of, pressed
from inbound.slack_commands import command_of
from seawall.desk.presses import Hooks
from seawall.desk.server import Desk
from sinks.slack.bot import SlackBot
from sinks.slack.buttons import buttons
from tests.inbound.hook_support import INCIDENT, OTHER, history, stands
from tests.sinks.notices import notice

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def signed(body: str, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    stamp = str(int(at or time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": str(signature)}


def press(verb: str, incident: str = INCIDENT, ts: str = "1.0", **more: Any) -> str:
    action = {"type": "button", "action_id": f"seawall:{verb}", "value": incident, "action_ts": ts}
    payload = {"type": "block_actions", "user": {"id": "U1", "username": "ann"}, "actions": [action], **more}
    return urlencode({"payload": json.dumps(payload)})


def typed(text: str, trigger: str = "t1") -> str:
    return urlencode({"command": "/seawall", "text": text, "user_name": "ann", "user_id": "U1", "trigger_id": trigger})


@pytest.fixture
def buttons_hook(pool):
    return SlackButtons(SlackRequests(pool), SECRET)


@pytest.fixture
def commands_hook(pool):
    return SlackCommands(SlackRequests(pool), SECRET)


async def test_a_button_changes_the_incident_and_its_group_once_however_often_slack_sends_it(buttons_hook, db):
    body = press("acknowledge")
    for _ in range(3):
        answer = await buttons_hook.take(Request(signed(body), body.encode()))
        assert (answer.status, answer.reply) == (200, None)
    assert await stands(db) == ("acknowledged", None)
    assert await history(db) == [("acknowledge", "slack:ann")]
    cursor = await db.execute("SELECT status::text FROM groups")
    assert await cursor.fetchall() == [("acknowledged",)]


@pytest.mark.parametrize(
    ("verb", "after"),
    [
        ("acknowledge", ("acknowledged", None)),
        ("start", ("in_progress", None)),
        ("resolve", ("resolved", None)),
        ("ignore", ("ignored", None)),
        ("assign", ("new", "ann")),
    ],
)
async def test_each_button_does_what_it_says(buttons_hook, db, verb, after):
    body = press(verb)
    assert (await buttons_hook.take(Request(signed(body), body.encode()))).reply is None
    assert await stands(db) == after


async def test_who_presses_what_makes_no_sense_is_told_why(buttons_hook, db):
    for ts in ("1", "2"):
        body = press("resolve", ts=ts, response_url="https://hooks.slack.com/actions/x")
        answer = await buttons_hook.take(Request(signed(body), body.encode()))
    assert answer.reply == "It is resolved already."
    assert answer.reply_to == "https://hooks.slack.com/actions/x"
    body = press("resolve", "00000000-dead")
    assert "No incident" in str((await buttons_hook.take(Request(signed(body), body.encode()))).reply)


async def test_a_button_silences_an_incident_and_its_like_once(buttons_hook, db):
    facts = '{"service": "shop", "environment": "production", "type": "KeyError", "title": "KeyError: <sku>"}'
    await db.execute("UPDATE incidents SET facts = %s WHERE id = %s", [facts, INCIDENT])
    body = press("silence", response_url="https://hooks.slack.com/x")
    for _ in range(2):
        answer = await buttons_hook.take(Request(signed(body), body.encode()))
        assert answer.reply.startswith("Silenced for 1 h.")
    cursor = await db.execute("SELECT author, matchers, ends_at - starts_at FROM silences")
    [(author, matchers, lasts)] = await cursor.fetchall()
    assert (author, lasts.total_seconds()) == ("slack:ann", 3600)
    assert ["service", "=", "shop"] in matchers
    assert ["title", "=", "KeyError: <sku>"] in matchers
    body = press("silence", OTHER)
    assert "Nothing is known" in (await buttons_hook.take(Request(signed(body), body.encode()))).reply


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(press("resolve"), secret="other"),
        signed(press("resolve"), at=1_000_000_000),
        signed(press("ignore")),
        {**signed(press("resolve")), "x-slack-request-timestamp": "now"},
        {**signed(press("resolve")), "x-slack-request-timestamp": "1" * 5_000},
    ],
)
async def test_what_is_not_signed_by_slack_now_is_refused(buttons_hook, db, headers):
    with pytest.raises(Refused) as refused:
        await buttons_hook.take(Request(headers, press("resolve").encode()))
    assert refused.value.status == 401
    assert await stands(db) == ("new", None)


@pytest.mark.parametrize(
    ("text", "said", "after"),
    [
        (f"ack {INCIDENT[:8]} on it", "Done.", ("acknowledged", None)),
        (f"resolve {INCIDENT}", "Done.", ("resolved", None)),
        (f"assign {INCIDENT[:8]} @bob", "Done.", ("new", "bob")),
        (f"assign {INCIDENT[:8]}", "Done.", ("new", "ann")),
        (f"comment {INCIDENT[:8]} don't", "Done.", ("new", None)),
        ("resolve abc", "No incident", ("new", None)),
        (f"reopen {INCIDENT}", "It is new", ("new", None)),
        ("", "/seawall list", ("new", None)),
        ("ack", "/seawall list", ("new", None)),
        ("explode everything", "/seawall list", ("new", None)),
    ],
)
async def test_commands_act_and_answer(commands_hook, db, text, said, after):
    body = typed(text)
    answer = await commands_hook.take(Request(signed(body), body.encode()))
    assert answer.body["response_type"] == "ephemeral"
    assert said in answer.body["text"]
    assert await stands(db) == after


async def test_the_list_shows_what_is_open_and_escapes_it(commands_hook, db):
    body = typed("list")
    text = (await commands_hook.take(Request(signed(body), body.encode()))).body["text"]
    assert "KeyError: &lt;sku&gt;" in text
    assert OTHER[:8] in text
    body = typed("list shop")
    assert OTHER[:8] not in (await commands_hook.take(Request(signed(body), body.encode()))).body["text"]
    await db.execute("UPDATE incidents SET status = 'resolved'")
    body = typed("list")
    assert (await commands_hook.take(Request(signed(body), body.encode()))).body["text"] == "Nothing is open."


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: urlencode({"payload": text}).encode()))
def test_whatever_comes_is_read_or_refused(body):
    for read in (lambda: pressed(payload_of(body)), lambda: command_of(body)):
        try:
            read()
        except Refused as refused:
            _bad(refused)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["username", "value", "x"]), inner),
)


@given(st.dictionaries(st.sampled_from(["type", "user", "actions", "response_url"]), json_values))
@example({"actions": 1})
def test_payloads_of_any_shape_ask_for_nothing_or_something(payload):
    assert isinstance(pressed({"type": "block_actions", **payload}), list)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://hooks.slack.com/actions/T1/2/3", True),
        ("http://hooks.slack.com/actions/T1/2/3", False),
        ("https://hooks.slack.com.evil.example/", False),
        ("https://hooks.slack.com@evil.example/", False),
        ("http://169.254.169.254/latest", False),
        ("http://127.0.0.1:8025/replies", True),
        ("http://[", False),
    ],
)
def test_answers_go_to_slack_or_the_desk_only(address, allowed):
    assert may_reply_to(address, frozenset({"127.0.0.1:8025"})) is allowed


@pytest.mark.parametrize("status", ["new", "acknowledged", "in_progress", "ignored", "resolved"])
def test_only_what_makes_sense_can_be_pressed(status):
    from rules.triage import RefusedError, act

    block = buttons(INCIDENT, status)
    for element in block.elements:
        verb = element.action_id.removeprefix("seawall:")
        [asked] = pressed({"type": "block_actions", "actions": [{"action_id": element.action_id, "value": "x"}]})
        if verb == "silence":
            assert asked.seconds == 3600
            continue
        try:
            act(status, asked.action)
        except RefusedError as refused:
            pytest.fail(f"{verb} in {status}: {refused}")


async def test_a_button_pressed_at_the_desk_acts_by_the_hooks(pool, db):
    async with aiohttp.ClientSession() as session:
        hooks = HookServer([SlackButtons(SlackRequests(pool), SECRET)], ["127.0.0.1"])
        port = await hooks.open("127.0.0.1", 0)
        async with Desk(hooks=Hooks(f"http://127.0.0.1:{port}", SECRET)) as desk:
            hooks._reply_hosts = frozenset({desk.url.removeprefix("http://")})
            bot = SlackBot("xoxb-12345-abcdef", api_url=f"{desk.url}/api/", interactive=True)
            await bot.open()
            await bot.send(notice(incident_id=INCIDENT))
            [message] = desk.messages()
            asked = {"channel": message["channel"], "ts": message["ts"], "action_id": "seawall:acknowledge"}
            for _ in range(2):
                async with session.post(f"{desk.url}/press", json=asked) as answer:
                    assert await answer.json() == {"ok": True, "status": 200}
            assert await stands(db) == ("acknowledged", None)
            while not desk._presses.replies:
                async with session.get(f"{desk.url}/received") as received:
                    await received.read()
            assert list(desk._presses.replies) == ["It is acknowledged already."]
            async with session.post(f"{desk.url}/press", json=asked | {"action_id": "seawall:explode"}) as answer:
                assert answer.status == 404
            await bot.close()
        await hooks.close()


async def test_the_server_bounds_what_it_reads_and_says_when_the_store_is_away(pool, db):
    hooks = HookServer([SlackButtons(SlackRequests(pool), SECRET)])
    port = await hooks.open("127.0.0.1", 0)
    address = f"http://127.0.0.1:{port}/hooks/slack/actions"
    async with aiohttp.ClientSession() as session:
        async with session.post(address, data=b"x" * (MAX_BODY + 1)) as answer:
            assert answer.status == 413
        async with session.post(address, data=b"payload=1") as answer:
            assert answer.status == 401
        await pool.close()
        body = press("resolve")
        async with session.post(address, data=body, headers=signed(body)) as answer:
            assert answer.status == 503
    await hooks.close()


def _bad(refused: Refused) -> None:
    assert refused.status == 400
