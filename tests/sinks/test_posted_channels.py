"""What becomes of an incident at each vendor that is posted to, from its beginning to its end."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from notices import AT, notice
from vendor_rules import RULES
from vendors import Request, Rules, Vendor

from models.severity import Severity
from sinks.alertmanager import Alertmanager
from sinks.apprising import AppriseChannel, plugin_of
from sinks.contract import Also, Channel, Receipt, Rejected, Retryable
from sinks.googlechat.channel import GoogleChat
from sinks.opsgenie import Opsgenie
from sinks.posting import Poster
from sinks.rendering import Renderer
from sinks.sms import Sms
from sinks.twilio import Answers
from sinks.victorops import VictorOps
from sinks.voice import Voice

RENDERER = Renderer()
KEY = "5ec2e7-5ec2e7-5ec2e7"


@asynccontextmanager
async def opened(channel: Channel) -> AsyncIterator[Channel]:
    await channel.open()
    try:
        yield channel
    finally:
        await channel.close()


async def play(channel: Channel, target: str, steps: Sequence[dict[str, Any]]) -> list[bool]:
    """Send one transition after the other, each with the reference of the last; which of them were shown."""
    ref, shown = None, []
    for number, step in enumerate(steps):
        receipt = await channel.send(notice(**({"target": target, "ref": ref, "transition_id": f"t-{number}"} | step)))
        ref = receipt.ref if receipt.ref is not None else ref
        shown.append(receipt.shown)
    return shown


LIFE: list[dict[str, Any]] = [
    {"kind": "open"},
    {"kind": "update"},
    {"kind": "escalate", "severity": Severity.CRITICAL},
    {"kind": "acknowledge", "severity": Severity.CRITICAL, "status": "acknowledged"},
    {"kind": "resolve", "severity": Severity.CRITICAL, "status": "resolved"},
]


async def lived(kind: str, channel: Any, target: str = "payments") -> list[Request]:
    async with Vendor(RULES[kind]) as server, opened(channel(server.url)) as made:
        await play(made, target, LIFE)
        return server.accepted


async def test_opsgenie() -> None:
    requests = await lived("opsgenie", lambda url: Opsgenie({"payments": KEY}, RENDERER, Poster(), api_url=url))
    alias = notice().incident_id
    assert [(request.method, request.path) for request in requests] == [
        ("POST", "/v2/alerts"),
        ("PUT", f"/v2/alerts/{alias}/priority"),
        ("POST", f"/v2/alerts/{alias}/acknowledge"),
        ("POST", f"/v2/alerts/{alias}/close"),
    ]
    created, moved, *_ = [request.json() for request in requests]
    assert (created["alias"], created["priority"], moved["priority"]) == (alias, "P2", "P1")
    assert created["message"] == "[payments] KeyError: 'user'"
    assert created["details"]["Runbook"] == "https://wiki.example/runbook?a=1&b=2"
    assert {request.headers["authorization"] for request in requests} == {f"GenieKey {KEY}"}


async def test_opsgenie_opens_again_what_comes_back() -> None:
    async with Vendor(RULES["opsgenie"]) as server:
        channel = Opsgenie({"payments": KEY}, RENDERER, Poster(), api_url=server.url)
        async with opened(channel):
            await play(channel, "payments", [{"kind": "open"}, {"kind": "resolve"}, {"kind": "regress"}])
    assert [request.path.rpartition("/")[2] for request in server.accepted] == ["alerts", "close", "alerts"]


async def test_opsgenie_begins_anew_what_is_taken_up_again() -> None:
    async with Vendor(RULES["opsgenie"]) as server:
        channel = Opsgenie({"payments": KEY}, RENDERER, Poster(), api_url=server.url)
        async with opened(channel):
            await play(channel, "payments", [{"kind": "open"}, {"kind": "ignore"}, {"kind": "reopen"}])
    assert [request.path.rpartition("/")[2] for request in server.accepted] == ["alerts", "close", "alerts"]


async def test_victorops() -> None:
    requests = await lived("victorops", lambda url: VictorOps(f"{url}/alert/{KEY}", RENDERER, Poster()))
    events = [request.json() for request in requests]
    assert [event["message_type"] for event in events] == ["CRITICAL", "CRITICAL", "ACKNOWLEDGEMENT", "RECOVERY"]
    assert {event["entity_id"] for event in events} == {notice().incident_id}
    assert {request.path for request in requests} == {f"/alert/{KEY}/payments"}
    assert events[0]["vo_annotate.u.Runbook"] == "https://wiki.example/runbook?a=1&b=2"


async def test_victorops_says_no_with_200() -> None:
    refusing = Vendor(RULES["victorops"], answer='{"result": "failure", "message": "no such key"}')
    async with refusing as server, opened(VictorOps(server.url, RENDERER, Poster())) as channel:
        with pytest.raises(Retryable, match="no such key") as caught:
            await channel.send(notice(target="payments"))
    assert (caught.value.after, caught.value.maybe_accepted) == (60.0, False), "a key can be put right"


async def test_alertmanager() -> None:
    requests = await lived("alertmanager", lambda url: Alertmanager({"payments": url}, RENDERER, Poster()))
    opened_, updated, escalated, acknowledged, resolved = [request.json() for request in requests]
    [first] = opened_
    assert first["labels"] == {
        "alertname": "SeawallIncident", "service": "payments", "environment": "production", "severity": "error",
        "incident": notice().incident_id, "source": "seawall",
    }  # fmt: skip
    assert (first["startsAt"], first["endsAt"]) == ("2025-06-16T12:00:00.000Z", "2025-06-23T12:00:00.000Z")
    assert first["annotations"]["summary"] == "KeyError: 'user'"
    assert [alert["labels"] for alert in updated] == [first["labels"]]
    over, louder = escalated
    assert (over["labels"], over["endsAt"]) == (first["labels"], "2025-06-16T12:00:00.000Z")
    assert louder["labels"] == first["labels"] | {"severity": "critical"}
    assert len(acknowledged) == 1
    assert [alert["endsAt"] for alert in resolved] == ["2025-06-16T12:00:00.000Z"]


async def test_an_alert_starts_when_its_incident_did() -> None:
    server = Vendor(RULES["alertmanager"])
    async with server, opened(Alertmanager({"payments": server.url}, RENDERER, Poster())) as channel:
        for kind, status in (("update", "new"), ("resolve", "resolved")):
            await channel.send(notice(target="payments", kind=kind, status=status, at=AT + timedelta(hours=1)))
    times = [(alert["startsAt"], alert["endsAt"]) for request in server.accepted for alert in request.json()]
    assert times == [
        ("2025-06-16T12:00:00.000Z", "2025-06-23T13:00:00.000Z"),
        ("2025-06-16T12:00:00.000Z", "2025-06-16T13:00:00.000Z"),
    ]


async def test_all_alertmanagers_of_a_cluster_are_told() -> None:
    async with Vendor(RULES["alertmanager"]) as one, Vendor(RULES["alertmanager"]) as two:
        two.faults.add("500")
        channel = Alertmanager({"payments": f"{one.url} {two.url}/"}, RENDERER, Poster())
        async with opened(channel):
            with pytest.raises(Retryable):
                await channel.send(notice(target="payments"))
            await channel.send(notice(target="payments"))
        assert (len(one.accepted), len(two.accepted)) == (2, 1)


async def test_an_alertmanager_that_is_gone_keeps_no_alert_from_the_others() -> None:
    async with Vendor(RULES["alertmanager"]) as gone:
        pass
    async with Vendor(RULES["alertmanager"]) as other:
        channel = Alertmanager({"payments": f"{gone.url} {other.url}"}, RENDERER, Poster())
        async with opened(channel):
            with pytest.raises(Retryable):
                await channel.send(notice(target="payments"))
        assert len(other.accepted) == 1


async def test_google_chat_has_a_thread_an_incident_and_knows_a_repeated_request() -> None:
    async with Vendor(RULES["googlechat"], answer='{"name": "spaces/A/messages/B"}') as server:
        channel = GoogleChat({"payments": f"{server.url}/v1/spaces/A/messages?key=k&token={KEY}"}, RENDERER, Poster())
        async with opened(channel):
            shown = await play(channel, "payments", [*LIFE, LIFE[-1] | {"transition_id": "t-4"}])
            other = await channel.send(notice(target="payments", incident_id="other"))
    assert shown == [True, False, True, True, True, True]
    assert other.reply == "HTTP 200 spaces/A/messages/B"
    *of_one, of_other = [request.json()["thread"]["threadKey"] for request in server.accepted]
    assert set(of_one) == {notice().incident_id}
    assert of_other == "other"
    ids = [request.query["requestId"] for request in server.accepted]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 5
    assert server.accepted[0].query["token"] == KEY


async def test_text_messages() -> None:
    sid = "AC" + "0a" * 16
    requests = await lived(
        "sms", lambda url: Sms(sid, KEY, "+15005550006", RENDERER, Poster(), api_url=url), "+4930123456"
    )
    forms = [{name: value[0] for name, value in parse_qs(request.raw.decode()).items()} for request in requests]
    assert [form["Body"] for form in forms] == [
        "ERROR payments (production): KeyError: 'user' - Opened, new error",
        "CRITICAL payments (production): KeyError: 'user' - Escalated to critical, new error",
        "CRITICAL payments (production): KeyError: 'user' - Resolved, new error",
    ]
    assert {(form["To"], form["From"]) for form in forms} == {("+4930123456", "+15005550006")}
    login = base64.b64decode(requests[0].headers["authorization"].removeprefix("Basic ")).decode()
    assert login == f"{sid}:{KEY}"


async def test_text_messages_page_people_with_what_comes_next() -> None:
    server = Vendor(RULES["sms"])
    reasons = ["step 1 of 2: ann (on call: shop)", "next: page bob at 12:05 UTC"]
    sid, sender = "AC" + "0a" * 16, "+15005550006"
    async with server, opened(Sms(sid, KEY, sender, RENDERER, Poster(), api_url=server.url)) as channel:
        for kind in ("page", "unanswered", "remind_acknowledged"):
            assert (await channel.send(notice(target="+4930123456", kind=kind, reasons=reasons))).shown
    [page, *_] = [parse_qs(request.raw.decode())["Body"][0] for request in server.accepted]
    assert page == (
        "ERROR payments (production): KeyError: 'user' - You are asked: nobody has acknowledged it, "
        "step 1 of 2: ann (on call: shop), next: page bob at 12:05 UTC"
    )


async def test_text_messages_by_a_messaging_service() -> None:
    service = "MG" + "0a" * 16
    server = Vendor(RULES["sms"])
    async with server, opened(Sms("AC" + "0a" * 16, KEY, service, RENDERER, Poster(), api_url=server.url)) as channel:
        await channel.send(notice(target="+4930123456"))
        with pytest.raises(Rejected):
            await channel.send(notice(target="+49 30"))
    [request] = server.accepted
    assert parse_qs(request.raw.decode())["MessagingServiceSid"] == [service]


async def test_calls_say_what_happened_twice_and_wake_nobody_for_its_end() -> None:
    sid = "AC" + "0a" * 16
    requests = await lived(
        "voice", lambda url: Voice(sid, KEY, "+15005550006", RENDERER, Poster(), api_url=url), "+4930123456"
    )
    forms = [{name: value[0] for name, value in parse_qs(request.raw.decode()).items()} for request in requests]
    assert [form["Twiml"] for form in forms] == [
        (
            '<Response><Say loop="2">Seawall. error in payments, production. Opened. '
            "KeyError: 'user'. new error.</Say></Response>"
        ),
        (
            '<Response><Say loop="2">Seawall. critical in payments, production. Escalated to critical. '
            "KeyError: 'user'. new error.</Say></Response>"
        ),
    ]
    assert {(form["To"], form["From"]) for form in forms} == {("+4930123456", "+15005550006")}


async def test_calls_and_text_messages_say_how_to_answer() -> None:
    answers, made = Answers("https://alerts.example/"), notice(target="+4930123456")
    account = ("AC" + "0a" * 16, KEY, "+15005550006", RENDERER)
    async with Vendor(RULES["sms"]) as texts, Vendor(RULES["voice"]) as calls:
        async with opened(Sms(*account, Poster(), api_url=texts.url, answers=answers)) as channel:
            await channel.send(made)
        async with opened(Voice(*account, Poster(), api_url=calls.url, answers=answers)) as channel:
            await channel.send(made)
    [text], [call] = texts.accepted, calls.accepted
    assert parse_qs(text.raw.decode())["Body"][0].endswith("new error Reply ACK 0b5f0f5e or RESOLVE 0b5f0f5e")
    script = parse_qs(call.raw.decode())["Twiml"][0]
    assert f'action="https://alerts.example/hooks/twilio/calls?incident={made.incident_id}"' in script
    assert "Press 4 to acknowledge, or 6 to resolve." in script


async def test_a_login_that_a_vendor_repeats_is_not_told() -> None:
    async with Vendor(lambda request: f"bad login: {request.headers['authorization']}") as server:
        channel = Sms("AC" + "0a" * 16, KEY, "+15005550006", RENDERER, Poster(), api_url=server.url)
        async with opened(channel):
            with pytest.raises(Rejected, match=r"HTTP 400 bad login: Basic \[secret\]"):
                await channel.send(notice(target="+4930123456"))


OTHER = Also(incident_id="other", title="TypeError", service="cart", severity=Severity.CRITICAL, status="new", total=12)
SHARED: list[dict[str, Any]] = [
    {"kind": "open"},
    {"kind": "open", "incident_id": "second", "also": [OTHER]},
    {"kind": "resolve", "status": "resolved", "also": [OTHER]},
    {"kind": "summary"},
    {"kind": "resolve", "status": "resolved", "incident_id": "second"},
]


async def shared(kind: str, channel: Any) -> list[Request]:
    async with Vendor(RULES[kind]) as server, opened(channel(server.url)) as made:
        await play(made, "payments", [{"grouped": True, "message": "m-1", **step} for step in SHARED])
        return server.accepted


async def test_incidents_of_one_message_are_one_alert_at_opsgenie_until_the_last_is_over() -> None:
    requests = await shared("opsgenie", lambda url: Opsgenie({"payments": KEY}, RENDERER, Poster(), api_url=url))
    assert [request.path for request in requests] == ["/v2/alerts", "/v2/alerts", "/v2/alerts/m-1/close"]
    assert [request.json()["priority"] for request in requests[:2]] == ["P2", "P1"]
    assert "TypeError · cart · 12 in all" in requests[1].json()["description"]


async def test_and_at_splunk_on_call() -> None:
    requests = await shared("victorops", lambda url: VictorOps(f"{url}/alert/{KEY}", RENDERER, Poster()))
    events = [(request.json()["entity_id"], request.json()["message_type"]) for request in requests]
    assert events == [("m-1", "CRITICAL"), ("m-1", "CRITICAL"), ("m-1", "RECOVERY")]


async def test_alertmanager_has_an_alert_for_each() -> None:
    requests = await shared("alertmanager", lambda url: Alertmanager({"payments": url}, RENDERER, Poster()))
    alerts = [alert["labels"]["incident"] for request in requests for alert in request.json()]
    assert alerts == [notice().incident_id, "second", notice().incident_id, "second"]


@asynccontextmanager
async def apprised(rules: Rules = lambda _: None) -> AsyncIterator[tuple[Vendor, AppriseChannel]]:
    async with Vendor(rules) as server:
        url = server.url.replace("http://", "json://") + f"/{KEY}"
        async with opened(AppriseChannel({"phones": url, "two": url}, RENDERER)) as channel:
            yield server, channel


async def test_apprise_sends_what_is_not_an_update() -> None:
    async with apprised() as (server, channel):
        assert await play(channel, "phones", LIFE) == [True, False, True, True, True]
    bodies = [request.json() for request in server.accepted]
    assert [body["type"] for body in bodies] == ["failure", "failure", "failure", "success"]
    assert bodies[0]["title"] == "🟠 KeyError: 'user'"
    assert "Escalated to critical" in bodies[1]["message"]


@pytest.mark.parametrize("text", ["@everyone", "<!channel>", "<@U1>", "[x](http://evil.example)", "<script>"])
async def test_apprise_gets_no_markup_that_works_anywhere(text: str) -> None:
    async with apprised() as (server, channel):
        await channel.send(notice(target="phones", title=text, reasons=[text]))
    [body] = [request.json() for request in server.accepted]
    assert text not in body["title"] + body["message"]
    assert text in (body["title"] + body["message"]).replace("\u200b", "")


async def test_apprise_does_not_say_why_so_that_it_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async with apprised(lambda _: "no") as (_, channel):
        with pytest.raises(Retryable, match="not taken by NotifyJSON") as caught:
            await channel.send(notice(target="phones"))
    assert KEY not in caplog.text + str(caught.value)


async def test_apprise_keeps_nobody_else_waiting() -> None:
    async with apprised() as (server, channel):
        server.faults.add("timeout")
        slow = asyncio.create_task(channel.send(notice(target="phones")))
        while server.faults._waiting:
            await asyncio.sleep(0.01)
        assert isinstance(await channel.send(notice(target="two")), Receipt)
        assert not slow.done()
        with pytest.raises(Retryable):
            await slow


@pytest.mark.parametrize("url", ["nobody://x", "not a url", "mailto://", ""])
def test_what_apprise_does_not_know(url: str) -> None:
    with pytest.raises(ValueError):
        plugin_of(url)
