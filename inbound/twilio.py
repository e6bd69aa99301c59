"""What people answer by telephone: keys that they press in a call of ours, and text messages that they send back.

https://www.twilio.com/docs/voice/twiml/gather and https://www.twilio.com/docs/messaging/guides/webhook-request.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import escape

from inbound.carrying_out import carry_out, was_told, whole_id
from inbound.contract import Answer, Asked, Hook, Refused, Request
from inbound.twilio_signature import is_signed
from models.triage import Action, ActionKind
from sinks.postgres.connecting import Pool
from sinks.twilio import Answers, is_number

__all__ = ["TwilioCalls", "TwilioMessages"]

_MOST_FIELDS = 100
_KEYS: dict[str, ActionKind] = {"4": "acknowledge", "6": "resolve"}
_WORDS: dict[str, ActionKind] = {"ack": "acknowledge", "acknowledge": "acknowledge", "resolve": "resolve"}
_DONE: dict[ActionKind, str] = {"acknowledge": "Acknowledged.", "resolve": "Resolved."}
_ANSWER = re.compile(r"\s*([a-z]{3,11})\s+([0-9a-f-]{6,36})\s*", re.IGNORECASE)


class _Signed(Hook):
    """Takes what is signed with the account's token.

    Args:
        pool: of the store.
        token: the account's.
        answers: where Twilio was told to send answers.
    """

    def __init__(self, pool: Pool, token: str, answers: Answers) -> None:
        self._pool = pool
        self._token = token
        self._answers = answers

    def _fields(self, request: Request) -> dict[str, str]:
        """The form. Raises Refused."""
        try:
            text = request.body.decode()
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise Refused(400, "no form of Twilio's") from None
        url = self._answers.address(self.path, request.query)
        if not is_signed(self._token, request.headers.get("x-twilio-signature", ""), url, fields):
            raise Refused(403, "the signature is not right")
        return fields

    async def _act(self, kind: ActionKind, incident: str, number: str, request_id: str) -> str:
        """Carry it out; says what was done, or why not."""
        asked = Asked(action=Action(kind=kind), incident=incident, actor=f"phone:{number}", request_id=request_id)
        async with self._pool.connection() as connection:
            return await carry_out(connection, asked) or _DONE[kind]


class TwilioCalls(_Signed):
    """Takes the key that was pressed in a call about the incident that the address names."""

    path = Answers.CALLS

    async def take(self, request: Request) -> Answer:
        """See Hook."""
        fields = self._fields(request)
        kind = _KEYS.get(fields.get("Digits", ""))
        if kind is None:
            return _twiml(self._answers.menu(request.query))
        incident = parse_qs(request.query).get("incident", [""])[0]
        request_id = f"twilio:{fields.get('CallSid', '')}:{kind}"
        said = await self._act(kind, incident, _number(fields, "To"), request_id)
        return _twiml(f"<Say>{escape(said)}</Say>")


class TwilioMessages(_Signed):
    """Takes text messages that name what to do and the incident: `ack 6f1c3c0e`.

    The sender of a message can be forged, so that a number alone proves nothing: whoever answers has read the id, and
    only numbers that were told of the incident are heard.
    """

    path = Answers.MESSAGES

    async def take(self, request: Request) -> Answer:
        """See Hook."""
        fields = self._fields(request)
        answer = _ANSWER.fullmatch(fields.get("Body", ""))
        kind = _WORDS.get(answer[1].lower()) if answer else None
        number = _number(fields, "From")
        if answer is None or kind is None or not await self._was_told(number, answer[2]):
            return _twiml("")  # whatever strangers write, each answer to them would be paid for
        said = await self._act(kind, answer[2], number, f"twilio:{fields.get('MessageSid', '')}")
        return _twiml(f"<Message>{escape(said)}</Message>")

    async def _was_told(self, number: str, incident: str) -> bool:
        async with self._pool.connection() as connection:
            incident_id = await whole_id(connection, incident)
            return incident_id is not None and await was_told(
                connection, incident_id, [f"sms:{number}", f"voice:{number}"]
            )


def _number(fields: Mapping[str, str], name: str) -> str:
    """A number as history shows it. Raises Refused."""
    number = fields.get(name, "")
    if not is_number(number):
        raise Refused(400, "no number that we called or that could have written")
    return number


def _twiml(verbs: str) -> Answer:
    return Answer(markup=f"<Response>{verbs}</Response>")
