"""What a notice looks like as a mail: text and HTML, in one thread an incident.

Mail programs thread by `References` and `In-Reply-To` (https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4), Gmail
wants the same subject as well (https://developers.google.com/workspace/gmail/api/guides/threads): what changes stands
in the body.
"""

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from models.severity import Severity
from sinks.contract import Notice, Rejected
from sinks.message import Message, attempt_key, message_of, thread_key
from sinks.rendering import Renderer
from sinks.text import clean, one_line

__all__ = ["MAX_RECIPIENTS", "is_address", "mail_of", "recipients", "thread_id"]

MAX_SUBJECT = 200
MAX_RECIPIENTS = 20
MAX_ADDRESS = 254  # https://www.rfc-editor.org/errata/eid1690
# What RFC 5322 calls a dot-atom, at a host: quoted names and comments are nobody's address, and ways to inject.
_MESSAGE_ID = re.compile(r"<seawall\.[0-9a-f]{32}@[A-Za-z0-9.-]{1,253}>")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


def is_address(text: str) -> bool:
    """Whether it is `name@host`, without a name to show, quotes or comments."""
    return len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) is not None


def recipients(target: str) -> list[str]:
    """The addresses of a target, with commas between them. Raises Rejected for what is no address."""
    addresses = [address.strip() for address in target.split(",") if address.strip()]
    if not 1 <= len(addresses) <= MAX_RECIPIENTS:
        raise Rejected(f"name 1 to {MAX_RECIPIENTS} addresses")
    for address in addresses:
        if not is_address(address):
            raise Rejected(f"`{one_line(address, 80)}` is not an e-mail address")
    return addresses


def thread_id(notice: Notice, domain: str) -> str:
    """The id of the mail that began the incident's thread for the target, or is about to."""
    begun = _begun(notice, "thread")
    if _MESSAGE_ID.fullmatch(begun):
        return begun
    told = "\0".join([thread_key(notice), notice.target, notice.opened_at.isoformat()])
    return f"<seawall.{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:32]}@{domain}>"


def _begun(notice: Notice, name: str) -> str:
    """What the channel keeps of the thread's first mail."""
    return one_line(str((notice.ref or {}).get(name, "")), MAX_ADDRESS * 2)


def mail_of(notice: Notice, sender: Address, renderer: Renderer) -> EmailMessage:
    """The mail. The same at every attempt, its id too, so that a repeated one is known as such."""
    message = message_of(notice)
    root = thread_id(notice, sender.domain)
    first = notice.ref is None
    mail = EmailMessage(policy=SMTP)
    subject = one_line(renderer.render("email", "subject", message), MAX_SUBJECT)
    mail["Subject"] = _plain(subject if first else f"Re: {_begun(notice, 'subject') or subject}")
    mail["From"] = sender
    mail["To"] = ", ".join(recipients(notice.target))
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = root if first else f"<seawall.{attempt_key(notice).hex()[:32]}@{sender.domain}>"
    if not first:
        mail["In-Reply-To"] = root
        mail["References"] = root
    mail["Auto-Submitted"] = "auto-generated"  # https://www.rfc-editor.org/rfc/rfc3834: no out-of-office answers
    mail["X-Seawall-Incident"] = _plain(message.incident_id)
    mail["X-Seawall-Severity"] = message.severity
    if notice.severity is Severity.CRITICAL and notice.status != "resolved":
        mail["Importance"] = "high"
    _fill(mail, message, renderer)
    return mail


def _plain(text: str) -> str:
    """A header's text without encoded words: the library decodes them, line ends included."""
    return text.replace("=?", "= ?")


def _fill(mail: EmailMessage, message: Message, renderer: Renderer) -> None:
    text = f"{renderer.render('email', 'title', message)}\n\n{renderer.render('email', 'body', message)}\n"
    mail.set_content(clean(text))
    mail.add_alternative(renderer.render("email", "body.html", message), subtype="html")
