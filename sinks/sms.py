"""Text messages by Twilio's REST API: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource."""

import base64
import re
from urllib.parse import quote, urlencode

from sinks.contract import Notice, Receipt, Rejected
from sinks.message import message_of
from sinks.posting import Posted, Poster
from sinks.rendering import Renderer
from sinks.text import one_line

__all__ = ["TWILIO_API", "Sms", "body_of", "is_number"]

TWILIO_API = "https://api.twilio.com"
# 1,600 are taken (https://www.twilio.com/docs/api/errors/21617), billed by segments of 153: three are enough.
MAX_BODY = 459
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # https://www.twilio.com/docs/glossary/what-e164
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_LOUD = {"open", "escalate", "regress", "remind", "resolve", "page", "unanswered", "remind_acknowledged"}
# One character outside of GSM 7-bit makes segments less than half as long: https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
_PLAIN = str.maketrans({"…": "...", "·": "-", "•": "-", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'"})  # noqa: RUF001


def is_number(text: str) -> bool:
    """Whether it is a telephone number in the international form, `+49…`."""
    return _NUMBER.fullmatch(text) is not None


def body_of(notice: Notice, renderer: Renderer) -> str:
    """The text of the message, on one line."""
    text = one_line(renderer.render("sms", "body", message_of(notice)), MAX_BODY * 2).translate(_PLAIN)
    return text if len(text) <= MAX_BODY else text[: MAX_BODY - 3] + "..."


class Sms(Posted):
    """Sends what is loud: opens, escalations, returns, reminders, pages, and the end of all that a message was about.

    A message whose answer got lost is sent again: at least once.

    Args:
        account_sid: of the account.
        auth_token: its token, a secret.
        sender: a number of the account, or the id of a messaging service.
        renderer: writes the text.
        poster: sends requests.
        api_url: where the API is.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        renderer: Renderer,
        poster: Poster,
        *,
        api_url: str = TWILIO_API,
    ) -> None:
        super().__init__(poster)
        self._url = f"{api_url.rstrip('/')}/2010-04-01/Accounts/{quote(account_sid, safe='')}/Messages.json"
        self._login = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._sender = sender
        self._renderer = renderer

    async def send(self, notice: Notice) -> Receipt:
        """Send one text message to the target's number. Raises Retryable or Rejected."""
        if notice.kind not in _LOUD or (notice.kind == "resolve" and notice.also):
            return Receipt(reply="only what is loud is sent", ref=notice.ref, shown=False)
        if not is_number(notice.target):
            raise Rejected("the target is not a number such as +4930123456")
        by = "MessagingServiceSid" if _SERVICE.fullmatch(self._sender) else "From"
        form = {"To": notice.target, by: self._sender, "Body": body_of(notice, self._renderer)}
        answer = await self._poster.send(
            self._url,
            urlencode(form).encode(),
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Basic {self._login}"},
        )
        return Receipt(reply=f"HTTP {answer.status} {one_line(str(answer.json().get('sid', '')), 40)}")
