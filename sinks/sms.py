"""Text messages by Twilio: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource."""

import re

from sinks.contract import Notice, Receipt
from sinks.message import message_of
from sinks.rendering import Renderer
from sinks.text import one_line
from sinks.twilio import Answers, Twilio

__all__ = ["Sms", "body_of"]

# 1,600 are taken (https://www.twilio.com/docs/api/errors/21617), billed by segments of 153: three are enough.
MAX_BODY = 459
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_LOUD = {"open", "escalate", "regress", "remind", "resolve", "page", "unanswered", "remind_acknowledged"}
# One character outside of GSM 7-bit makes segments less than half as long: https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
_PLAIN = str.maketrans({"…": "...", "·": "-", "•": "-", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'"})  # noqa: RUF001


def body_of(notice: Notice, renderer: Renderer, answers: Answers | None = None) -> str:
    """The text of the message, on one line."""
    more = f" {answers.invitation(notice.incident_id)}" if answers is not None and notice.kind != "resolve" else ""
    most = MAX_BODY - len(more)
    text = one_line(renderer.render("sms", "body", message_of(notice)), MAX_BODY * 2).translate(_PLAIN)
    return (text if len(text) <= most else text[: most - 3] + "...") + more


class Sms(Twilio):
    """Sends what is loud: opens, escalations, returns, reminders, pages, and the end of all that a message was about.

    The sender is a number of the account, or the id of a messaging service.
    """

    resource = "Messages"

    async def send(self, notice: Notice) -> Receipt:
        """Send one text message to the target's number. Raises Retryable or Rejected."""
        if notice.kind not in _LOUD or (notice.kind == "resolve" and notice.also):
            return Receipt(reply="only what is loud is sent", ref=notice.ref, shown=False)
        by = "MessagingServiceSid" if _SERVICE.fullmatch(self._sender) else "From"
        return await self._make(notice, {by: self._sender, "Body": body_of(notice, self._renderer, self._answers)})
