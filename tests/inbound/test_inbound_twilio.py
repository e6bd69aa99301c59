"""Keys that are pressed in calls and text messages that are sent back, signed by Twilio's own library, over HTTP."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from inbound.server import HookServer
from inbound.twilio import TwilioCalls, TwilioMessages
from inbound.twilio_signature import is_signed
from sinks.rendering import Renderer
from sinks.twilio import Answers
from sinks.voice import script_of
from tests.inbound.hook_support import INCIDENT, OTHER, history, stands
from tests.sinks.notices import notice

TOKEN = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
PUBLIC = "https://alerts.example/seawall"
NUMBER = "+4930123456"
CALL = {"CallSid": "CA1", "From": "+15005550006", "To": NUMBER, "CallStatus": "in-progress", "Empty": ""}
TEXT = {"MessageSid": "SM1", "From": NUMBER, "To": "+15005550006"}


@pytest.fixture
async def post(pool, db) -> AsyncIterator[Any]:
    """Sends a form as Twilio does, to where whatever ends TLS would pass it on; returns the status and the TwiML."""
    hooks = [hook(pool, TOKEN, Answers(PUBLIC)) for hook in (TwilioCalls, TwilioMessages)]
    server = HookServer(hooks)
    port = await server.open("127.0.0.1", 0)

    async def send(address: str, form: Mapping[str, str], token: str = TOKEN) -> tuple[int, str]:
        signature = RequestValidator(token).compute_signature(address, dict(form))
        local = address.replace(PUBLIC, f"http://127.0.0.1:{port}")
        async with (
            aiohttp.ClientSession() as session,
            session.post(local, data=dict(form), headers={"X-Twilio-Signature": signature}) as answer,
        ):
            return answer.status, await answer.text()

    yield send
    await server.close()


def call_about(incident: str) -> str:
    """Where the key that is pressed in a call about it is sent."""
    script = script_of(notice(kind="page", incident_id=incident), Renderer(), Answers(PUBLIC))
    gather = ET.fromstring(script).find("Gather")
    assert gather is not None
    assert (gather.get("numDigits"), gather.get("method")) == ("1", "POST")
    return gather.get("action", "")


async def test_a_key_acknowledges_and_another_resolves(post, db):
    address = call_about(INCIDENT)
    for _ in range(2):  # Twilio asks again where an answer is lost
        assert await post(address, {**CALL, "Digits": "4"}) == (200, "<Response><Say>Acknowledged.</Say></Response>")
    assert await stands(db) == ("acknowledged", None)
    status, said = await post(address, {**CALL, "Digits": "6"})
    assert (status, await stands(db)) == (200, ("resolved", None))
    assert "Resolved." in said
    assert await history(db) == [("acknowledge", f"phone:{NUMBER}"), ("resolve", f"phone:{NUMBER}")]


async def test_any_other_key_is_asked_for_again(post, db):
    status, said = await post(call_about(INCIDENT), {**CALL, "Digits": "9"})
    gather = ET.fromstring(said).find("Gather")
    assert status == 200
    assert gather is not None
    assert gather.get("action") == call_about(INCIDENT)
    assert await stands(db) == ("new", None)


async def test_only_what_twilio_signed_for_this_incident_is_taken(post, db):
    assert (await post(call_about(INCIDENT), {**CALL, "Digits": "4"}, token="another"))[0] == 403
    assert (await post(f"{PUBLIC}/hooks/twilio/calls", {**CALL, "To": "nobody", "Digits": "4"}))[0] == 400
    status, said = await post(f"{PUBLIC}/hooks/twilio/calls?incident=a%25", {**CALL, "Digits": "4"})
    assert (status, "No incident" in said) == (200, True)
    assert await stands(db) == ("new", None)


async def test_a_text_message_acknowledges_what_its_number_was_told_of(post, db):
    await db.execute(
        "INSERT INTO incident_log (transition_id, incident_id, at, kind, severity, actor)"
        " VALUES ('t', %s, now(), 'open', 'error', 'seawall')",
        [INCIDENT],
    )
    await db.execute(
        "INSERT INTO deliveries (transition_id, incident_id, message_id, channel, status, attempts)"
        " VALUES ('t', %s, %s, %s, 'sent', 1)",
        [INCIDENT, INCIDENT, f"sms:{NUMBER}"],
    )
    address = f"{PUBLIC}/hooks/twilio/messages"
    silence = (200, "<Response></Response>")
    for body in (
        "ack",
        "STOP",
        "",
        f"ack {OTHER[:8]}",
        f"drop {INCIDENT[:8]}",
        f"ack {INCIDENT[:8]} or not",
        "ack %%%%%%",
    ):
        assert await post(address, {**TEXT, "Body": body}) == silence, body
    assert await post(address, {**TEXT, "From": "+4930654321", "Body": f"ack {INCIDENT[:8]}"}) == silence
    assert await stands(db) == ("new", None)
    status, said = await post(address, {**TEXT, "Body": f" Ack {INCIDENT[:8].upper()} "})
    assert (status, said) == (200, "<Response><Message>Acknowledged.</Message></Response>")
    assert await stands(db) == ("acknowledged", None)
    assert await history(db) == [("open", "seawall"), ("acknowledge", f"phone:{NUMBER}")]


@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_addresses_are_right_with_and_without_the_port(port):
    address, form = f"https://alerts.example{port}/hooks/twilio/calls?incident=1", {"b": "2", "a": "1", "empty": ""}
    other = address.replace(":443/", "/") if port == ":443" else address.replace("example/", "example:443/")
    for told in {address, other}:
        signature = RequestValidator(TOKEN).compute_signature(told, form)
        assert is_signed(TOKEN, signature, address, form)
    assert not is_signed(TOKEN, signature, f"{address}2", form)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_whatever_is_sent_is_refused_without_a_signature(body, given):
    fields = {"Body": body.decode("latin-1"), given: given}
    assert not is_signed(TOKEN, given, f"{PUBLIC}/?{urlencode({'q': given})}", fields)


def test_the_address_of_a_call_names_its_incident_alone():
    assert parse_qs(urlsplit(call_about(INCIDENT)).query) == {"incident": [INCIDENT]}
