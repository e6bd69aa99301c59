"""E-mail by SMTP: one connection a mail, TLS unless the server is on this machine or the URL says otherwise."""

import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from sinks.answers import OPERATOR_SECONDS
from sinks.contract import Notice, Receipt, Rejected, Retryable
from sinks.email.mail import mail_of, recipients, thread_id
from sinks.loopback import is_loopback
from sinks.rendering import Renderer
from sinks.text import one_line

__all__ = ["Email", "Server", "server_of"]

_PERMANENT = 500  # https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1: 4yz is worth another try, 5yz is not
# Codes about us, not about this mail: a person can put them right. https://www.rfc-editor.org/rfc/rfc4954#section-6
_OPERATOR = {530, 534, 535, 538}
MAX_TOLD = 200


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    username: str | None
    password: str | None
    implicit_tls: bool
    start_tls: bool | None  # None: where the server offers it


def server_of(url: str) -> Server:
    """Read `smtp://user:password@host:587` (STARTTLS, unless `?tls=off`) or `smtps://…:465`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("should be smtp://host:port or smtps://host:port")
    implicit = parts.scheme == "smtps"
    off = parse_qs(parts.query).get("tls") == ["off"]
    here = is_loopback(url)
    if off and parts.password and not here:
        raise ValueError("sends its password over the network unencrypted; leave out tls=off")
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if implicit else 587),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        implicit_tls=implicit,
        start_tls=False if implicit or off else None if here else True,
    )


class Email:
    """Sends opens, escalations, acknowledgements and resolves, each incident in one thread; updates are not mailed.

    Args:
        url: see `server_of`; a secret where it holds a password.
        sender: the address that mails come from.
        renderer: writes subject and bodies.
        timeout: seconds for each step of the dialogue.
        tls: how to check the server's certificate; None: by the system's authorities.
    """

    def __init__(
        self, url: str, sender: str, renderer: Renderer, *, timeout: float = 5.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = server_of(url)
        self._sender = Address("Seawall", addr_spec=sender)
        self._renderer = renderer
        self._timeout = timeout
        self._tls = tls

    async def open(self) -> None:
        """Nothing: each mail has a connection of its own."""

    async def close(self) -> None:
        """Nothing."""

    async def send(self, notice: Notice) -> Receipt:
        """Send one mail to all addresses of the target. Raises Retryable or Rejected."""
        if notice.kind == "update":
            return Receipt(reply="updates are not mailed", ref=notice.ref, shown=False)
        to = recipients(notice.target)
        mail = mail_of(notice, self._sender, self._renderer)
        server = self._server
        try:
            refused, told = await aiosmtplib.send(
                mail,
                sender=self._sender.addr_spec,
                recipients=to,
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.implicit_tls,
                start_tls=server.start_tls,
                tls_context=self._tls,
                timeout=self._timeout,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _meaning(error) from None
        reply = "; refused: ".join([_told(told), *([", ".join(refused)] if refused else [])])
        return Receipt(
            reply=reply,
            ref=notice.ref or {"thread": thread_id(notice, self._sender.domain), "subject": str(mail["Subject"])},
        )


def _meaning(error: aiosmtplib.SMTPException | OSError) -> Retryable | Rejected:
    """Try again, or never: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        worst = min(error.recipients, key=lambda one: one.code)  # one that may be taken later is worth another try
        return _by_code(worst.code, worst.message)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_code(error.code, error.message)
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return Retryable(f"network: {type(error).__name__}", maybe_accepted=False)
    if isinstance(error, ssl.SSLError) or not isinstance(error, OSError):  # no STARTTLS, no login, a wrong certificate
        return Retryable(f"SMTP: {type(error).__name__}", OPERATOR_SECONDS, maybe_accepted=False)
    return Retryable(f"network: {type(error).__name__}")


def _by_code(code: int, message: str) -> Retryable | Rejected:
    reason = f"SMTP {code} {_told(message)}"
    if code in _OPERATOR:
        return Retryable(reason, OPERATOR_SECONDS, maybe_accepted=False)
    return Rejected(reason) if code >= _PERMANENT else Retryable(reason, maybe_accepted=False)


def _told(text: str) -> str:
    return one_line(text, MAX_TOLD)
