"""Receivers of every kind of channel on one bad day: what they accept is kept, much of it they fail to say so."""

import asyncio
import base64
import email
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ACCOUNT = "AC" + "0" * 32
HOLD = 12.0  # seconds: longer than a notifier waits
FAULTS = ("429", "500", "silent", "reset", "slow body", "drop reply", "hold reply")
SHARE = 0.25  # of requests that go wrong

# Every text names its transition, so that what came can be told apart by whoever counts.
MARK = '~{{ incident_id }}~{{ kind }}~{{ at.strftime("%Y%m%dT%H%M%S%f") }}~'
TEMPLATES = {"body.j2": MARK, "sms.body.j2": MARK, "googlechat.body.html.j2": MARK}
_MARK = re.compile(r"~([0-9a-f-]{36})~(\w+)~(\d{8}T\d{12})~")

Mark = tuple[str, str, str]  # incident, kind of the transition, its time; of a webhook its id


@dataclass
class Accepted:
    """Something that a receiver took."""

    kind: str  # of channel
    mark: Mark | None  # the transition
    thread: str  # what the receiver calls the incident
    key: str = ""  # by which the receiver knows a repetition; empty: it cannot
    ends: bool = False  # the incident is over by this


@dataclass
class Mall:
    """All receivers. `accepted` is in the order in which things came."""

    random: random.Random
    accepted: list[Accepted] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)

    def fault(self) -> str | None:
        """What goes wrong with the next request."""
        if self.random.random() >= SHARE:
            return None
        kind = self.random.choice(FAULTS)
        self.faults[kind] = self.faults.get(kind, 0) + 1
        return kind

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Any request of any vendor."""
        body, fault = await request.read(), self.fault()
        if fault == "429":
            return web.Response(status=429, headers={"Retry-After": "1"})
        if fault == "500":
            return web.Response(status=500)
        if fault == "silent":
            await asyncio.sleep(HOLD)
        if fault in {"silent", "reset"}:
            return _cut(request)
        self.accepted.append(_read(request, body))
        if fault == "hold reply":
            await asyncio.sleep(HOLD)
        if fault in {"hold reply", "drop reply"}:
            return _cut(request)
        return await _slowly(request) if fault == "slow body" else web.json_response({"result": "success"})

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 -- its name there
        """A mail."""
        fault = self.fault()
        if fault in {"429", "500"}:
            return "451 try again later"
        if fault not in {"silent", "reset"}:
            mail = email.message_from_bytes(envelope.content or b"", policy=default)
            assert isinstance(mail, EmailMessage)
            text = mail.get_body(("plain",))
            mark = _mark(text.get_content() if text else "")
            ends = mark is not None and mark[1] == "resolve"
            self.accepted.append(
                Accepted("email", mark, str(mail["X-Seawall-Incident"]), str(mail["Message-ID"]), ends)
            )
        if fault is not None and server.transport is not None:
            server.transport.abort()
        return "250 queued"


def _read(request: web.Request, body: bytes) -> Accepted:
    kind = request.path.split("/")[1]
    mark = _mark(parse_qs(body.decode())["Body"][0] if kind == "sms" else body.decode())
    ends = mark is not None and mark[1] == "resolve"
    if kind == "sms":
        return Accepted(kind, mark, mark[0] if mark else "", "", ends)
    told = orjson.loads(body)
    if kind == "opsgenie":
        alias = told.get("alias") or request.path.split("/")[-2]
        return Accepted(kind, mark, alias, f"{alias} {mark} {request.path}", request.path.endswith("/close"))
    if kind == "victorops":
        return Accepted(
            kind, mark, told["entity_id"], f"{told['entity_id']} {mark}", told["message_type"] == "RECOVERY"
        )
    if kind == "webhook":
        data = told["data"]
        named = (data["incident"], told["type"].removeprefix("incident."), data["transition"])
        return Accepted(kind, named, data["incident"], request.headers["webhook-id"], named[1] == "resolve")
    if kind == "alertmanager":
        labels = told[-1]["labels"]  # what it knows an alert by
        return Accepted(kind, mark, labels["incident"], f"{sorted(labels.items())} {mark}", ends)
    key = request.query.get("requestId", "")
    return Accepted(kind, mark, mark[0] if mark else "", key, ends)


def _mark(text: str) -> Mark | None:
    found = _MARK.search(text)
    return (found[1], found[2], found[3]) if found else None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _slowly(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    with suppress(ConnectionError):  # the notifier does not wait that long
        await response.prepare(request)
        for _ in range(int(HOLD * 5)):
            await response.write(b" ")
            await asyncio.sleep(0.2)
    return response


@asynccontextmanager
async def open_mall(seed: int, folder: Path) -> AsyncIterator[tuple[Mall, dict[str, str]]]:
    """The receivers, and the settings that lead to them. `folder` is for templates."""
    folder.mkdir()
    for name, text in TEMPLATES.items():
        (folder / name).write_text(text)
    mall = Mall(random.Random(seed))
    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{tail:.*}", mall.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    mails = await asyncio.get_running_loop().create_server(lambda: SMTP(mall), "127.0.0.1", 0)
    try:
        async with mails:
            yield mall, _settings(url, mails.sockets[0].getsockname()[1], folder)
    finally:
        await runner.cleanup()


def _settings(url: str, mails: int, folder: Path) -> dict[str, str]:
    return {
        "SEAWALL_TEMPLATES": str(folder),
        "SEAWALL_EMAIL_SERVER": f"smtp://127.0.0.1:{mails}",
        "SEAWALL_EMAIL_FROM": "seawall@shop.example",
        "SEAWALL_TEAMS_WEBHOOKS": f"{url}/teams",
        "SEAWALL_GOOGLECHAT_WEBHOOKS": f"{url}/googlechat/v1/spaces/A/messages?key=k&token=t",
        "SEAWALL_OPSGENIE_API_KEYS": "k" * 20,
        "SEAWALL_OPSGENIE_URL": f"{url}/opsgenie",
        "SEAWALL_VICTOROPS_URL": f"{url}/victorops/key",
        "SEAWALL_WEBHOOKS": f"{url}/webhook",
        "SEAWALL_WEBHOOK_SECRETS": SECRET,
        "SEAWALL_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
        "SEAWALL_ALERTMANAGER_URLS": f"{url}/alertmanager",
        "SEAWALL_TWILIO_ACCOUNT_SID": ACCOUNT,
        "SEAWALL_TWILIO_AUTH_TOKEN": "token",
        "SEAWALL_TWILIO_FROM": "+4930123456",
        "SEAWALL_TWILIO_URL": f"{url}/sms",
    }
