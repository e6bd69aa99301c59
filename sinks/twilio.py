"""Twilio's REST API, as far as text messages and calls share it: https://www.twilio.com/docs/usage/requests-to-twilio."""

import base64
import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote, urlencode
from xml.sax.saxutils import quoteattr

from sinks.contract import Notice, Receipt, Rejected
from sinks.posting import Posted, Poster
from sinks.rendering import Renderer
from sinks.text import one_line

__all__ = ["TWILIO_API", "Answers", "Twilio", "is_number"]

TWILIO_API = "https://api.twilio.com"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # https://www.twilio.com/docs/glossary/what-e164


def is_number(text: str) -> bool:
    """Whether it is a telephone number in the international form, `+49…`."""
    return _NUMBER.fullmatch(text) is not None


class Answers:
    """Where people who are called or texted may answer.

    Args:
        url: the address of our hooks as Twilio reaches it.
    """

    CALLS: ClassVar = "/hooks/twilio/calls"
    MESSAGES: ClassVar = "/hooks/twilio/messages"
    WAIT: ClassVar = 8  # seconds for a key, after all was said

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def address(self, path: str, query: str = "") -> str:
        """The whole address of one of the hooks."""
        return f"{self._url}{path}{'?' if query else ''}{query}"

    def menu(self, query: str, said: str = "") -> str:
        """TwiML that waits for a key: https://www.twilio.com/docs/voice/twiml/gather.

        Args:
            query: tells the hook what the call is about.
            said: TwiML that is heard before, and ended by a key.
        """
        action = quoteattr(self.address(self.CALLS, query))
        keys = "<Say>Press 4 to acknowledge, or 6 to resolve.</Say>"
        return f'<Gather numDigits="1" timeout="{self.WAIT}" method="POST" action={action}>{said}{keys}</Gather>'

    @staticmethod
    def invitation(incident_id: str) -> str:
        """What a text message says of answers to it."""
        short = "".join(incident_id[:8].split())
        return f"Reply ACK {short} or RESOLVE {short}"


class Twilio(Posted):
    """Makes one kind of resource of an account. It has no key against repetition: at least once.

    Args:
        account_sid: of the account.
        auth_token: its token, a secret.
        sender: a number of the account, or what else the resource may come from.
        renderer: writes the text.
        poster: sends requests.
        api_url: where the API is.
        answers: where people may answer; None: they cannot.
    """

    resource: str  # as the API names it

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        renderer: Renderer,
        poster: Poster,
        *,
        api_url: str = TWILIO_API,
        answers: Answers | None = None,
    ) -> None:
        super().__init__(poster)
        account = quote(account_sid, safe="")
        self._url = f"{api_url.rstrip('/')}/2010-04-01/Accounts/{account}/{self.resource}.json"
        self._login = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._sender = sender
        self._renderer = renderer
        self._answers = answers

    async def _make(self, notice: Notice, form: Mapping[str, str]) -> Receipt:
        """Make one for the notice's target. Raises Retryable or Rejected."""
        if not is_number(notice.target):
            raise Rejected("the target is not a number such as +4930123456")
        answer = await self._poster.send(
            self._url,
            urlencode({"To": notice.target, **form}).encode(),
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Basic {self._login}"},
        )
        return Receipt(reply=f"HTTP {answer.status} {one_line(str(answer.json().get('sid', '')), 40)}")
