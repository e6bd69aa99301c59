"""Mail, handed in to a real SMTP server."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from hypothesis import example, given, settings
from hypothesis import strategies as st
from notices import AT, HOSTILE, hostile_notice, notice

from sinks.contract import Receipt, Rejected, Retryable
from sinks.email.channel import Email, server_of
from sinks.email.mail import mail_of, recipients
from sinks.rendering import Renderer

FROM, TO = "alerts@seawall.example", "oncall@shop.example"
PASSWORD = "pa55w0rd-pa55w0rd"
SENDER = Address("Seawall", addr_spec=FROM)


class Mailbox:
    """Takes mail, or refuses it as it is told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = 0
        self.refuse: dict[str, str] = {}  # command -> answer

    async def handle_RCPT(self, _s: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if answer := self.refuse.get(f"RCPT {address}") or self.refuse.get("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, _s: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if answer := self.refuse.get("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse.get("DATA") == "hold":
            await asyncio.sleep(30)
        if self.refuse.get("DATA") == "cut":
            server.transport.abort()
        if answer := self.refuse.get("DATA"):
            return answer
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 queued as 42"


@asynccontextmanager
async def listening(box: Mailbox, **options: Any) -> AsyncIterator[int]:
    """A server for the mailbox; its port."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, **options), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    async with listening(box) as box.port:
        yield box


def channel(box: Mailbox, **more: Any) -> Email:
    return Email(f"smtp://127.0.0.1:{box.port}", FROM, Renderer(), **({"timeout": 20.0} | more))


async def outcome(sender: Email, **more: Any) -> Receipt | Retryable | Rejected:
    try:
        return await sender.send(notice(**({"target": TO} | more)))
    except (Retryable, Rejected) as error:
        return error


async def test_a_mail_says_what_happened_as_text_and_as_html(mailbox: Mailbox) -> None:
    receipt = await outcome(channel(mailbox))
    assert isinstance(receipt, Receipt)
    assert "queued as 42" in receipt.reply
    [mail] = mailbox.mails
    assert mail["Subject"] == "[payments] KeyError: 'user'"
    assert mail["From"] == f"Seawall <{FROM}>"
    assert mail["To"] == TO
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    for body in (text, html):
        for part in ("new error", "production", "1.2.3", "3 in the last minute", "https://wiki.example/runbook?a=1&"):
            assert part in body.get_content()


async def test_an_incident_is_one_thread(mailbox: Mailbox) -> None:
    sender = channel(mailbox)
    first = await sender.send(notice(target=TO))
    for kind in ("escalate", "update", "resolve"):
        await sender.send(notice(target=TO, kind=kind, transition_id=kind, ref=first.ref))
    opened, *later = mailbox.mails
    assert len(later) == 2
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 3
    for mail in later:
        assert mail["References"] == mail["In-Reply-To"] == opened["Message-ID"]
        assert mail["Subject"] == f"Re: {opened['Subject']}"


async def test_a_thread_keeps_its_subject_whichever_of_its_incidents_is_told_of(mailbox: Mailbox) -> None:
    sender = channel(mailbox)
    first = await sender.send(notice(target=TO, grouped=True, message="m-1"))
    await sender.send(
        notice(target=TO, grouped=True, message="m-1", incident_id="other", title="TypeError", ref=first.ref)
    )
    one, two = mailbox.mails
    assert (two["Subject"], two["References"]) == (f"Re: {one['Subject']}", one["Message-ID"])
    assert "TypeError" in two.get_body(("plain",)).get_content()


async def test_what_happens_again_under_the_same_names_is_another_mail(mailbox: Mailbox) -> None:
    sender = channel(mailbox)
    for minute in (0, 1):
        await sender.send(notice(target=TO, at=AT.replace(minute=minute), opened_at=AT.replace(minute=minute)))
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2


async def test_a_repeated_mail_is_the_same_mail(mailbox: Mailbox) -> None:
    sender = channel(mailbox)
    await sender.send(notice(target=TO))
    await sender.send(notice(target=TO, in_doubt=True))
    one, two = mailbox.mails
    assert one["Message-ID"] == two["Message-ID"]


async def test_threads_of_incidents_and_of_targets_are_kept_apart(mailbox: Mailbox) -> None:
    sender = channel(mailbox)
    for target, incident in ((TO, "a"), (TO, "b"), ("lead@shop.example", "a")):
        await sender.send(notice(target=target, incident_id=incident))
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 3


@pytest.mark.parametrize(
    ("refuse", "expected", "maybe_accepted"),
    [
        ({"RCPT": "550 no such user"}, Rejected, None),
        ({"RCPT": "450 mailbox busy"}, Retryable, False),
        ({"MAIL": "451 try later"}, Retryable, False),
        ({"MAIL": "553 not you"}, Rejected, None),
        ({"DATA": "554 looks like spam"}, Rejected, None),
        ({"DATA": "452 disk full"}, Retryable, False),
        ({"DATA": "hold"}, Retryable, True),
        ({"DATA": "cut"}, Retryable, True),
    ],
)
async def test_what_answers_mean(
    mailbox: Mailbox, refuse: dict[str, str], expected: type, maybe_accepted: bool | None
) -> None:
    mailbox.refuse = refuse
    result = await outcome(channel(mailbox, timeout=1.0 if refuse == {"DATA": "hold"} else 20.0))
    assert isinstance(result, expected)
    if isinstance(result, Retryable):
        assert result.maybe_accepted is maybe_accepted


async def test_one_refused_address_of_two_is_told(mailbox: Mailbox) -> None:
    mailbox.refuse = {"RCPT gone@shop.example": "550 no such user"}
    receipt = await outcome(channel(mailbox), target=f"{TO}, gone@shop.example")
    assert isinstance(receipt, Receipt)
    assert "refused: gone@shop.example" in receipt.reply
    assert len(mailbox.mails) == 1


async def test_a_list_that_is_partly_busy_comes_back(mailbox: Mailbox) -> None:
    mailbox.refuse = {f"RCPT {TO}": "450 busy", "RCPT gone@shop.example": "550 no such user"}
    assert isinstance(await outcome(channel(mailbox), target=f"{TO},gone@shop.example"), Retryable)


async def test_nobody_listens() -> None:
    result = await outcome(Email("smtp://127.0.0.1:9", FROM, Renderer(), timeout=20))
    assert isinstance(result, Retryable)
    assert not result.maybe_accepted


@pytest.mark.parametrize(
    "target",
    [
        "oncall",
        "a@b.example\r\nBcc: evil@evil.example",
        '"a b"@c.example',
        "A <a@b.example>",
        "",
        ",",
        "a@",
        "ä@b.example",
        ",".join(["a@b.example"] * 21),
    ],
)
def test_what_is_no_address_is_refused(target: str) -> None:
    with pytest.raises(Rejected):
        recipients(target)


any_text = st.text(max_size=300) | st.sampled_from(
    [
        "",
        "\r\nBcc: evil@evil.example",
        "\n\n<script>alert(1)</script>",
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "\ud800",
        "<" * 500,
        HOSTILE,
    ]
)


class Tags(HTMLParser):
    """The tags and addresses in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"} or name.startswith("on")]


@example(title="", service="=??Q?=0D", reasons=[], label="", first=False)
@settings(max_examples=100, deadline=None)
@given(title=any_text, service=any_text, reasons=st.lists(any_text, max_size=12), label=any_text, first=st.booleans())
def test_no_text_gets_into_headers_or_markup(
    *, title: str, service: str, reasons: list[str], label: str, first: bool
) -> None:
    made = notice(
        target=TO,
        title=title,
        service=service,
        culprit=title,
        rule=label,
        reasons=reasons,
        incident_id=service,
        links={label: "https://wiki.example/x", "js": "javascript:alert(1)", "q": 'https://a.example/"onload="x'},
        ref=None if first else {"thread": "x"},
    )
    raw = mail_of(made, SENDER, Renderer()).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    expected = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    expected |= {"X-Seawall-Incident", "X-Seawall-Severity"} | (set() if first else {"In-Reply-To", "References"})
    assert set(mail.keys()) == expected
    html = mail.get_body(("html",))
    assert html is not None
    tags = Tags(html.get_content())
    assert tags.found <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "p",
        "h1",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "a",
    }
    assert set(tags.links) <= {"https://wiki.example/x"}


def test_not_even_an_own_template_makes_a_header(tmp_path: Path) -> None:
    (tmp_path / "email.subject.j2").write_text("one\nBcc: x@evil.example\r\n\r\n{{ title }}")
    mail = mail_of(notice(target=TO), SENDER, Renderer(tmp_path))
    assert mail["Subject"] == "one Bcc: x@evil.example KeyError: 'user'"
    assert mail["Bcc"] is None


def test_the_largest_mail_is_small() -> None:
    made = hostile_notice(target=TO, title="<" * 100_000, reasons=["&" * 100_000] * 100)
    assert len(mail_of(made, SENDER, Renderer()).as_bytes()) < 200_000


@pytest.mark.parametrize(
    ("url", "port", "implicit", "start_tls"),
    [
        ("smtp://mail.example", 587, False, True),
        ("smtp://u:p%40ss@mail.example:2525", 2525, False, True),
        ("smtp://mail.example:25?tls=off", 25, False, False),
        ("smtp://127.0.0.1:25", 25, False, None),
        ("smtps://mail.example", 465, True, False),
    ],
)
def test_urls_of_servers(url: str, port: int, implicit: bool, start_tls: bool | None) -> None:
    server = server_of(url)
    assert (server.port, server.implicit_tls, server.start_tls) == (port, implicit, start_tls)
    assert server.password in {None, "p@ss"}


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://u:p@mail.example?tls=off"])
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(ValueError):
        server_of(url)


@asynccontextmanager
async def over_tls(*, trusted: bool = True) -> AsyncIterator[tuple[Mailbox, Email, list[bytes]]]:
    """A server that wants STARTTLS and a login; what passwords it was given."""
    authority, given = trustme.CA(), []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    ours = ssl.create_default_context()
    if trusted:
        authority.configure_trust(ours)

    def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        given.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    box = Mailbox()
    options = {"tls_context": context, "require_starttls": True, "authenticator": login, "auth_required": True}
    async with listening(box, **options) as port:
        url = f"smtp://seawall:{PASSWORD}@localhost:{port}"
        yield box, Email(url, FROM, Renderer(), timeout=20, tls=ours), given


async def test_it_logs_in_over_tls() -> None:
    async with over_tls() as (box, sender, given):
        assert isinstance(await outcome(sender), Receipt)
        assert given == [PASSWORD.encode()]
        assert len(box.mails) == 1


async def test_a_server_that_is_not_who_it_says_gets_nothing() -> None:
    async with over_tls(trusted=False) as (box, sender, given):
        result = await outcome(sender)
        assert isinstance(result, Retryable)
        assert PASSWORD not in result.reason
        assert (box.mails, given) == ([], [])


async def test_a_wrong_password_waits_for_a_person_and_is_not_told() -> None:
    async with over_tls() as (_, sender, _given):
        object.__setattr__(sender._server, "password", "wr0ng-wr0ng-wr0ng")
        result = await outcome(sender)
        assert isinstance(result, Retryable)
        assert (result.after, result.maybe_accepted) == (60.0, False)
        assert "wr0ng" not in result.reason
