"""Calls by Twilio that say what happened: https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource."""

from urllib.parse import urlencode
from xml.sax.saxutils import escape

from sinks.contract import Notice, Receipt
from sinks.message import message_of
from sinks.rendering import Renderer
from sinks.text import one_line
from sinks.twilio import Answers, Twilio

__all__ = ["Voice", "script_of"]

MAX_SAID = 350  # characters, half a minute of speech; with the worst escapes far below the 4,000 that are taken
ID = 36  # characters
TIMES = 2  # that it is said: nobody who was asleep has heard the beginning
_CALLS = {"open", "escalate", "regress", "remind", "page", "unanswered", "remind_acknowledged"}
_SPOKEN = str.maketrans(dict.fromkeys('_*`~^|<>{}[]()\\/#"', " "))  # read out, they are noise


def script_of(notice: Notice, renderer: Renderer, answers: Answers | None = None) -> str:
    """What the call says, as TwiML: https://www.twilio.com/docs/voice/twiml/say."""
    said = one_line(renderer.render("voice", "body", message_of(notice)), MAX_SAID * 2).translate(_SPOKEN)
    say = f'<Say loop="{TIMES}">{escape(" ".join(said.split())[:MAX_SAID])}</Say>'
    if answers is not None and notice.kind != "unanswered":
        say = answers.menu(urlencode({"incident": notice.incident_id[:ID]}), say)
    return f"<Response>{say}</Response>"


class Voice(Twilio):
    """Calls people for what is worth waking them: opens, escalations, returns, reminders and pages; never for an end.

    The sender is a number of the account, or one that it has verified.
    """

    resource = "Calls"

    async def send(self, notice: Notice) -> Receipt:
        """Call the target's number. Raises Retryable or Rejected."""
        if notice.kind not in _CALLS:
            return Receipt(reply="nobody is called for it", ref=notice.ref, shown=False)
        return await self._make(
            notice, {"From": self._sender, "Twiml": script_of(notice, self._renderer, self._answers)}
        )
