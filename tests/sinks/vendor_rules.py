"""What vendors let pass: each rule is a vendor's documented contract, and answers with why not, or None."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import jsonschema
from google.apps.chat_v1 import Message as ChatMessage
from google.protobuf.json_format import ParseError
from microsoft_teams.cards import AdaptiveCard
from pydantic import ValidationError
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks import WebhookVerificationError
from vendors import WEBHOOK_SECRET, Request, every_text

FORBIDDEN = "\u202e\u2066\x00\r\x1b"  # nothing of these may reach anyone


def teams(request: Request) -> str | None:
    """https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook."""
    if len(request.raw) > 28 * 1024:
        return "Request Entity too large"
    body = request.json()
    if body.get("type") != "message" or len(body.get("attachments", [])) != 1:
        return "no attachments"
    [attachment] = body["attachments"]
    if attachment["contentType"] != "application/vnd.microsoft.card.adaptive":
        return "not an adaptive card"
    return adaptive_card(attachment["content"])


def adaptive_card(card: dict[str, Any]) -> str | None:
    """By Microsoft's own models, and: no element that reads Markdown, no mention, six actions at most."""
    try:
        AdaptiveCard.model_validate(card)
    except ValidationError as error:
        return str(error)
    if '"TextBlock"' in json.dumps(card) or "entities" in card.get("msteams", {}):
        return "text that may be read as Markdown or a mention"
    if len(card.get("actions", [])) > 6:
        return "too many actions"
    if any("{{" in text or "${" in text for text in every_text(card)):
        return "a macro"
    return None


def googlechat(request: Request) -> str | None:
    """https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create."""
    if request.query.get("messageReplyOption") != "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD":
        return "not in a thread"
    if not {"key", "token", "requestId"} <= set(request.query):
        return "not authenticated"
    return chat_message(request.raw)


def chat_message(raw: bytes) -> str | None:
    """By Google's own models, and: only tags of ours, no mention."""
    if len(raw) > 32_000:
        return "message too large"
    body = json.loads(raw)
    try:
        ChatMessage.from_json(raw, ignore_unknown_fields=False)
    except ParseError as error:
        return str(error)
    if not 1 <= len(body["thread"]["threadKey"]) <= 4_000:
        return "threadKey"
    for text in every_text(body | {"thread": None}):
        if "<users/" in text:
            return "a mention"
        if Tags(text).found - {"b", "br", "font"}:
            return "markup that is not ours"
    return None


class Tags(HTMLParser):
    """The tags in a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def opsgenie(request: Request) -> str | None:
    """https://docs.opsgenie.com/docs/alert-api and its second page."""
    if not request.headers.get("authorization", "").startswith("GenieKey "):
        return "Could not authenticate"
    body = request.json()
    if markup(body):
        return "markup"
    if request.path == "/v2/alerts":
        return opsgenie_alert(body)
    action = re.fullmatch(r"/v2/alerts/([^/]{1,512})/(acknowledge|unacknowledge|close|notes|priority)", request.path)
    if not action or request.query != {"identifierType": "alias"}:
        return "no such request"
    if action[2] == "priority":
        wanted = request.method == "PUT" and body.get("priority") in {"P1", "P2", "P3", "P4", "P5"}
        return None if wanted else "priority"
    return None if request.method == "POST" and 1 <= len(body["note"]) <= 25_000 else "note"


def markup(body: Any) -> str | None:
    """Mentions, tags and links with labels, in any syntax."""
    found = [text for text in every_text(body) if re.search(r"@\w|<[a-z/!]|\]\(", text, re.IGNORECASE)]
    return found[0] if found else None


def opsgenie_alert(body: dict[str, Any]) -> str | None:
    """Fields and their limits."""
    limits = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100}
    for name, limit in limits.items():
        if not isinstance(body.get(name), str) or not len(body[name]) <= limit:
            return f"{name} is longer than {limit}"
    if not body["message"].strip() or body["priority"] not in {"P1", "P2", "P3", "P4", "P5"}:
        return "message or priority"
    if len(body["tags"]) > 20 or any(not 1 <= len(tag) <= 50 for tag in body["tags"]):
        return "tags"
    if sum(len(name) + len(value) for name, value in body["details"].items()) > 8_000:
        return "details"
    return None


def victorops(request: Request) -> str | None:
    """https://help.splunk.com/splunk-observability-cloud/splunk-on-call: the REST endpoint."""
    body = request.json()
    if body.get("message_type") not in {"CRITICAL", "WARNING", "INFO", "ACKNOWLEDGEMENT", "RECOVERY"}:
        return "message_type"
    if not body.get("entity_id", "").strip() or not isinstance(body.get("state_start_time"), int):
        return "entity_id or state_start_time"
    if len(request.raw) > 64 * 1024 or len(body["state_message"]) > 20_480:
        return "too large"
    if any(re.search(r"@\w", text) for name, text in body.items() if isinstance(text, str) and "url" not in name):
        return "a mention"
    return None


_ALERT = {
    "type": "object",
    "required": ["labels"],
    "additionalProperties": False,
    "properties": {
        "labels": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
            "additionalProperties": {"type": "string", "minLength": 1},
        },
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "startsAt": {"type": "string", "format": "date-time"},
        "endsAt": {"type": "string", "format": "date-time"},
        "generatorURL": {"type": "string", "format": "uri"},
    },
}


def alertmanager(request: Request) -> str | None:
    """https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml: `postableAlerts`."""
    if (request.method, request.path) != ("POST", "/api/v2/alerts"):
        return "no such request"
    return alerts(request.json())


def alerts(body: Any) -> str | None:
    """The body."""
    try:
        jsonschema.validate(body, {"type": "array", "minItems": 1, "items": _ALERT})
    except jsonschema.ValidationError as error:
        return error.message
    for alert in body:
        if datetime.fromisoformat(alert["startsAt"]) > datetime.fromisoformat(alert["endsAt"]):
            return "start time must be before end time"
    return None


def voice(request: Request) -> str | None:
    """https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource."""
    if not request.headers.get("authorization", "").startswith("Basic "):
        return "Authenticate"
    if not re.fullmatch(r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Calls\.json", request.path):
        return "no such request"
    form = {name: values[0] for name, values in parse_qs(request.raw.decode(), strict_parsing=True).items()}
    if not all(re.fullmatch(r"\+[1-9]\d{1,14}", form.get(name, "")) for name in ("To", "From")):
        return "'To' and 'From' must be phone numbers"
    if not 1 <= len(form.get("Twiml", "")) <= 4_000:
        return "Twiml is too long"
    return twiml(form["Twiml"])


def twiml(text: str) -> str | None:
    """https://www.twilio.com/docs/voice/twiml/say: text alone, so that nothing in it can dial or record."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError:
        return "Document parse failure"
    if root.tag != "Response" or [one.tag for one in root] not in (["Say"], ["Gather"]):
        return "no <Say>, or more than that"
    says = list(root[0]) if root[0].tag == "Gather" else [root[0]]
    if root[0].tag == "Gather" and not root[0].get("action", "").startswith("https://"):
        return "a key that is pressed leads nowhere"
    if any(one.tag != "Say" or len(one) for one in says):
        return "no <Say>, or more than that"
    return None if says and all((one.text or "").strip() for one in says) else "nothing is said"


def sms(request: Request) -> str | None:
    """https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource."""
    if not request.headers.get("authorization", "").startswith("Basic "):
        return "Authenticate"
    if not re.fullmatch(r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages\.json", request.path):
        return "no such request"
    form = {name: values[0] for name, values in parse_qs(request.raw.decode(), strict_parsing=True).items()}
    if not re.fullmatch(r"\+[1-9]\d{1,14}", form.get("To", "")):
        return "The 'To' number is not a valid phone number"
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return "A 'From' phone number is required"
    if not 1 <= len(form.get("Body", "")) <= 1_600:
        return "The concatenated message body exceeds the 1600 character limit"
    return "several lines" if "\n" in form["Body"] else None


def webhook(request: Request) -> str | None:
    """By the library of https://www.standardwebhooks.com/."""
    try:
        StandardWebhook(WEBHOOK_SECRET).verify(request.raw, request.headers)
    except WebhookVerificationError as error:
        return str(error)
    if len(request.raw) > 256 * 1024 or "." in request.headers["webhook-id"]:
        return "too large, or a dot in the id"
    body = request.json()
    return None if {"type", "timestamp", "data"} == set(body) else "not in the form of the specification"


RULES: dict[str, Callable[[Request], str | None]] = {
    "teams": teams,
    "googlechat": googlechat,
    "opsgenie": opsgenie,
    "victorops": victorops,
    "webhook": webhook,
    "alertmanager": alertmanager,
    "sms": sms,
    "voice": voice,
}
