"""Every channel, through one table of what a vendor may answer: retry or never, how long, and nothing secret told."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote_plus

import pytest
from aiohttp import web
from notices import hostile_notice, notice
from vendor_rules import FORBIDDEN, RULES
from vendors import WEBHOOK_SECRET, Vendor, drip, every_text

from seawall.desk.server import Desk
from sinks.alertmanager import Alertmanager
from sinks.contract import Channel, Receipt, Rejected, Retryable
from sinks.delivering import Deliverer
from sinks.googlechat.channel import GoogleChat
from sinks.limiting import Limiter
from sinks.opsgenie import Opsgenie
from sinks.pagerduty.channel import THREADS, PagerDuty
from sinks.posting import Poster
from sinks.rendering import Renderer
from sinks.slack.bot import SlackBot
from sinks.slack.webhook import SlackWebhook
from sinks.sms import Sms
from sinks.teams.channel import Teams
from sinks.victorops import VictorOps
from sinks.voice import Voice
from sinks.webhook.channel import Endpoint, Webhook
from sinks.webhook.guard import Guard, networks_of
from sinks.webhook.signing import keys_of

PATIENCE, SHORT = 20.0, 1.0  # seconds for an answer: where one comes, however busy the machine; where none does
SECRET = "5ec2e75ec2e75ec2e75ec2e75ec2e755"  # 32 characters, as a routing key has
DESK: dict[str, Callable[[str, float], Channel]] = {  # played by the local desk
    "bot": lambda url, timeout: SlackBot(f"xoxb-{SECRET}", api_url=f"{url}/api/", timeout=timeout),
    "webhook": lambda url, timeout: SlackWebhook(f"{url}/services/T0/B0/{SECRET}", timeout=timeout),
    "pagerduty": lambda url, timeout: PagerDuty(SECRET, events_url=url, timeout=timeout),
}
POSTED: dict[str, Callable[[str, float], Channel]] = {  # played by `vendors`
    "teams": lambda url, timeout: Teams(
        {"payments": f"{url}/workflows/1?sig={SECRET}"}, Renderer(), Poster(timeout=timeout)
    ),
    "googlechat": lambda url, timeout: GoogleChat(
        {"payments": f"{url}/v1/spaces/A/messages?key=k&token={SECRET}"}, Renderer(), Poster(timeout=timeout)
    ),
    "opsgenie": lambda url, timeout: Opsgenie({"payments": SECRET}, Renderer(), Poster(timeout=timeout), api_url=url),
    "victorops": lambda url, timeout: VictorOps(f"{url}/alert/{SECRET}", Renderer(), Poster(timeout=timeout)),
    "webhook": lambda url, timeout: _webhook(f"{url}/hook/{SECRET}", timeout),
    "alertmanager": lambda url, timeout: Alertmanager(
        {"payments": url.replace("//", f"//u:{SECRET}@")}, Renderer(), Poster(timeout=timeout)
    ),
    "sms": lambda url, timeout: Sms(
        f"AC{'0a' * 16}", SECRET, "+15005550006", Renderer(), Poster(timeout=timeout), api_url=url
    ),
    "voice": lambda url, timeout: Voice(
        f"AC{'0a' * 16}", SECRET, "+15005550006", Renderer(), Poster(timeout=timeout), api_url=url
    ),
}
NUMBER = "+4930123456"
CHANNELS = DESK | {f"posted {name}": make for name, make in POSTED.items()}
KINDS = ["open", "update", "escalate", "deescalate", "acknowledge", "resolve", "regress", "a new one"]


def target(name: str) -> str:
    return "#payments" if name in DESK else NUMBER if name in {"posted sms", "posted voice"} else "payments"


def _webhook(url: str, timeout: float) -> Webhook:
    guard = Guard(networks_of(["127.0.0.0/8"]))
    return Webhook({"payments": Endpoint(url, keys_of(WEBHOOK_SECRET))}, guard, Poster(timeout=timeout, resolver=guard))


@dataclass
class Answer:
    status: int
    body: str = "{}"
    headers: dict[str, str] | None = None


@asynccontextmanager
async def vendor(answer: Answer) -> AsyncIterator[str]:
    """Answers everything the same way, and echoes the request, secrets and all."""

    async def handler(request: web.Request) -> web.Response:
        echo = f"{answer.body} {request.headers.get('Authorization', '')} {request.path} {await request.text()}"
        body = answer.body if answer.body.startswith("{") else echo
        kind = "application/json" if answer.body.startswith("{") else "text/plain"
        return web.Response(status=answer.status, text=body, content_type=kind, headers=answer.headers)

    async with served(handler) as url:
        yield url


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Answers everything by a handler."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def opened(name: str, url: str, patience: float = PATIENCE) -> AsyncIterator[Deliverer]:
    secrets = [f"xoxb-{SECRET}", SECRET]
    channels = {name: CHANNELS[name](url, patience)}
    deliverer = Deliverer(channels, Limiter(None, {}), deadline=2 * patience, secrets=secrets)
    await deliverer.open()
    try:
        yield deliverer
    finally:
        await deliverer.close()


async def outcome(name: str, url: str, patience: float = PATIENCE) -> Receipt | Retryable | Rejected:
    async with opened(name, url, patience) as deliverer:
        try:
            return await deliverer.attempt(name, notice(target=target(name)))
        except (Retryable, Rejected) as error:
            told, result = "".join(traceback.format_exception(error)), error
    assert SECRET not in told
    return result


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> object:
    caplog.set_level(logging.DEBUG)
    yield
    captured = capsys.readouterr()
    # What httpcore and asyncio trace at DEBUG about sockets is not ours; our loggers and the vendors' libraries are.
    assert SECRET not in caplog.text + captured.out + captured.err


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize(
    ("answer", "expected", "after", "maybe_accepted"),
    [
        (Answer(429, "slow down", {"Retry-After": "7"}), Retryable, 7.0, False),
        (Answer(429, "slow down"), Retryable, None, False),
        (Answer(429, "slow down", {"Retry-After": "soon"}), Retryable, None, False),
        (Answer(500, "oops"), Retryable, None, True),
        (Answer(502, "oops"), Retryable, None, True),
        (Answer(503, "oops", {"Retry-After": "30"}), Retryable, 30.0, True),
        (Answer(429, "slow down", {"Retry-After": "nan"}), Retryable, None, False),
        (Answer(429, "slow down", {"Retry-After": "-3"}), Retryable, 0.0, False),
        (Answer(429, "slow down", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), Retryable, 0.0, False),
        (Answer(404, "no_service"), Retryable, 60.0, False),
        (Answer(401, "who are you"), Retryable, 60.0, False),
        (Answer(403, "invalid_token"), Retryable, 60.0, False),
        (Answer(400, "invalid_payload"), Rejected, None, False),
        (Answer(413, "too large"), Rejected, None, False),
    ],
)
async def test_what_a_status_means(
    name: str, answer: Answer, expected: type, after: float | None, maybe_accepted: bool
) -> None:
    async with vendor(answer) as url:
        result = await outcome(name, url)
    assert isinstance(result, expected)
    assert SECRET not in result.reason
    assert str(answer.status) in result.reason
    if isinstance(result, Retryable):
        assert (result.after, result.maybe_accepted) == (after, maybe_accepted)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ratelimited", Retryable),
        ("internal_error", Retryable),
        ("invalid_auth", Retryable),
        ("not_in_channel", Retryable),
        ("token_revoked", Retryable),
        ("channel_not_found", Retryable),
        ("is_archived", Retryable),
        ("invalid_blocks", Rejected),
        ("msg_too_long", Rejected),
        ("something_new", Rejected),
    ],
)
async def test_what_slacks_error_codes_mean(code: str, expected: type) -> None:
    async with vendor(Answer(200, f'{{"ok": false, "error": "{code}"}}')) as url:
        result = await outcome("bot", url)
    assert isinstance(result, expected)
    assert result.reason == code


@pytest.mark.parametrize("body", ["<html>hello</html>", '{"ok": tr', "", "{}", "null"])
async def test_what_is_no_answer_of_slacks_says_nothing(body: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/html" if body.startswith("<") else "application/json")

    async with served(handler) as url:
        result = await outcome("bot", url)
    assert isinstance(result, Retryable)
    assert result.maybe_accepted


@pytest.mark.parametrize(("status", "expected"), [(202, Receipt), (200, Retryable)])
@pytest.mark.parametrize("body", ['{"status": "succ', "[]", ""])
async def test_what_pagerduty_took_is_not_sent_again(body: str, status: int, expected: type) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    async with served(handler) as url:
        result = await outcome("pagerduty", url)
    assert isinstance(result, expected)


@pytest.mark.parametrize(("status", "expected"), [(202, Receipt), (503, Retryable)])
async def test_endless_answers_keep_no_event_from_pagerduty(status: int, expected: type) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.2)
        return response

    async with served(endless) as url, opened("pagerduty", url, SHORT) as deliverer:
        for _ in range(2):  # more than there are threads
            done = await asyncio.gather(
                *(deliverer.attempt("pagerduty", notice()) for _ in range(THREADS)), return_exceptions=True
            )
            assert {type(one) for one in done} == {expected}


@pytest.mark.parametrize("name", DESK)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_gets_nothing_of_an_alert(name: str, status: int) -> None:
    followed = []

    async def elsewhere(request: web.Request) -> web.Response:
        followed.append(await request.text())
        return web.json_response({"ok": True, "channel": "C1", "ts": "1.1"})

    async with served(elsewhere) as other, vendor(Answer(status, "{}", {"Location": f"{other}/x"})) as url:
        result = await outcome(name, url)
    assert not followed
    assert isinstance(result, Retryable)
    assert (result.after, result.maybe_accepted) == (60.0, False)


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "invalid_attachments"])
async def test_slack_is_told_in_a_text_what_it_refuses_in_blocks(code: str) -> None:
    posted = []

    async def handler(request: web.Request) -> web.Response:
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        posted.append(body)
        refused = body.get("attachments") not in (None, [], "[]")
        return web.json_response(
            {"ok": False, "error": code} if refused else {"ok": True, "channel": "C1", "ts": "1.1"}
        )

    async with served(handler) as url:
        result = await outcome("bot", url)
    assert isinstance(result, Receipt)
    assert "KeyError" in posted[-1]["text"]
    assert len(posted) == 2


@pytest.mark.parametrize("name", CHANNELS)
async def test_nobody_listens(name: str) -> None:
    async with vendor(Answer(200)) as url:
        pass
    result = await outcome(name, url)
    assert isinstance(result, Retryable)


@pytest.mark.parametrize("name", DESK)
@pytest.mark.parametrize("kind", ["timeout", "reset", "drop_reply", "hold_reply"])
async def test_no_answer_is_a_doubt(name: str, kind: str) -> None:
    async with Desk() as desk:
        desk.faults.add(kind)
        result = await outcome(name, desk.url, patience=SHORT)
    assert isinstance(result, Retryable)
    assert result.maybe_accepted


@pytest.mark.parametrize("name", DESK)
@pytest.mark.parametrize("kind", ["open", "escalate", "deescalate", "acknowledge", "resolve"])
async def test_hostile_text_is_taken(name: str, kind: str) -> None:
    async with Desk() as desk, opened(name, desk.url) as deliverer:
        first = await deliverer.attempt(name, hostile_notice(target="#payments"))
        result = await deliverer.attempt(name, hostile_notice(target="#payments", kind=kind, ref=first.ref))
        assert result.shown
        assert "<!channel>" not in str(desk.messages())


@pytest.mark.parametrize("name", POSTED)
@pytest.mark.parametrize("kind", ["timeout", "reset", "drop_reply", "hold_reply"])
async def test_no_answer_to_a_post_is_a_doubt(name: str, kind: str) -> None:
    async with Vendor(RULES[name]) as server:
        server.faults.add(kind)
        result = await outcome(f"posted {name}", server.url, patience=SHORT)
    assert isinstance(result, Retryable)
    assert result.maybe_accepted


@pytest.mark.parametrize("name", POSTED)
async def test_an_endless_answer_is_not_waited_for(name: str) -> None:
    async with Vendor(RULES[name]) as server:
        server.respond = drip
        result = await outcome(f"posted {name}", server.url, SHORT)
    assert isinstance(result, Receipt)


@pytest.mark.parametrize("name", POSTED)
async def test_no_redirect_is_followed(name: str) -> None:
    async with vendor(Answer(307, "{}", {"Location": f"https://evil.example/{SECRET}"})) as url:
        result = await outcome(f"posted {name}", url)
    assert isinstance(result, Retryable)
    assert "redirect" in result.reason
    assert not result.maybe_accepted


@pytest.mark.parametrize("name", sorted(set(POSTED) - {"sms", "voice", "victorops"}))
async def test_a_target_that_is_not_set_up_waits_for_a_person(name: str) -> None:
    async with opened(f"posted {name}", "http://127.0.0.1:9") as deliverer:
        with pytest.raises(Retryable, match="`nobody`") as caught:
            await deliverer.attempt(f"posted {name}", notice(target="nobody"))
    assert (caught.value.after, caught.value.maybe_accepted) == (60.0, False)


def _form_told(raw: bytes) -> str:
    """What a form says, without the marks of TwiML."""
    return unquote_plus(raw.decode()).replace('<Response><Say loop="2">', "").replace("</Say></Response>", "")


@pytest.mark.parametrize("name", POSTED)
@pytest.mark.parametrize("kind", KINDS)
async def test_hostile_text_keeps_the_contract(name: str, kind: str) -> None:
    channel = f"posted {name}"
    async with Vendor(RULES[name]) as server, opened(channel, server.url) as deliverer:
        first = await deliverer.attempt(channel, hostile_notice(target=target(channel)))
        more = {"target": target(channel), "kind": kind, "ref": first.ref, "transition_id": "t-2"}
        second = await deliverer.attempt(channel, hostile_notice(**more))
        assert len(server.accepted) == 1 + second.shown
        for request in server.accepted:
            told = _form_told(request.raw) if name in {"sms", "voice"} else "".join(every_text(request.json()))
            assert not set(FORBIDDEN) & set(told)
            assert "javascript:alert(1)" not in told


@pytest.mark.parametrize("name", CHANNELS)
async def test_a_fault_of_ours_is_tried_again_and_its_text_is_kept_in(name: str) -> None:
    class Broken:
        async def open(self) -> None: ...

        async def close(self) -> None: ...

        async def send(self, notice: object) -> Receipt:
            raise KeyError(f"{SECRET} {name}")

    deliverer = Deliverer({name: Broken()}, Limiter(None, {}), secrets=[SECRET])
    with pytest.raises(Retryable, match="internal: KeyError") as caught:
        await deliverer.attempt(name, notice())
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_the_deadline_ends_an_attempt() -> None:
    class Slow:
        async def open(self) -> None: ...

        async def close(self) -> None: ...

        send: Callable[..., Awaitable[Receipt]] = staticmethod(lambda _: asyncio.sleep(60))

    deliverer = Deliverer({"slow": Slow()}, Limiter(None, {}), deadline=0.01)
    with pytest.raises(Retryable, match="no answer") as caught:
        await deliverer.attempt("slow", notice())
    assert caught.value.maybe_accepted


async def test_replies_are_short_and_without_secrets() -> None:
    class Chatty:
        async def open(self) -> None: ...

        async def close(self) -> None: ...

        async def send(self, _: object) -> Receipt:
            return Receipt(reply=f"ok {SECRET}\n" + "x" * 10_000)

    deliverer = Deliverer({"chatty": Chatty()}, Limiter(None, {}), secrets=[SECRET])
    receipt = await deliverer.attempt("chatty", notice())
    assert SECRET not in receipt.reply
    assert len(receipt.reply) == 500
