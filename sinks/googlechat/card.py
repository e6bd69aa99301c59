"""What a notice looks like in Google Chat: a card, its text in the few HTML tags that cards know.

Mentions work in a message's `text` alone, of which there is none: https://developers.google.com/workspace/chat/format-messages.
In cards, `<`, `>` and `&` are escaped as in HTML: https://developers.google.com/workspace/chat/format-messages#card-formatting.
"""

from typing import Any

import orjson

from sinks.contract import Notice
from sinks.message import Message, message_of, smaller, thread_key
from sinks.rendering import Renderer
from sinks.text import cut, defang

__all__ = ["MAX_BYTES", "message_with_card"]

# https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create: 32,000 bytes with all cards
MAX_BYTES = 30_000
MAX_TITLE = 200
MAX_BUTTONS = 6
MAX_THREAD_KEY = 4_000  # https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages#thread


def message_with_card(notice: Notice, renderer: Renderer) -> dict[str, Any]:
    """The body of the request; where it would be too large, with less in it."""
    message: Message | None = message_of(notice)
    key = thread_key(notice)[:MAX_THREAD_KEY]
    while message is not None:
        body = {**_card(message, renderer), "thread": {"threadKey": key}}
        if len(orjson.dumps(body)) <= MAX_BYTES:
            return body
        shown, message = message, smaller(message)
    return {"text": cut(defang(f"{shown.sign} {shown.verb}: incident"), MAX_TITLE), "thread": {"threadKey": key}}


def _card(message: Message, renderer: Renderer) -> dict[str, Any]:
    title = cut(defang(renderer.render("googlechat", "title", message)), MAX_TITLE)
    body = renderer.render("googlechat", "body.html", message).replace("\n", "")
    widgets: list[dict[str, Any]] = [{"textParagraph": {"text": body}}]
    if message.links:
        buttons = [
            {"text": defang(link.label), "onClick": {"openLink": {"url": link.url}}}
            for link in message.links[:MAX_BUTTONS]
        ]
        widgets.append({"buttonList": {"buttons": buttons}})
    header = {"title": title, "subtitle": defang(" · ".join(filter(None, [message.service, message.environment])))}
    card = {"header": header, "sections": [{"widgets": widgets}]}
    return {"fallbackText": title, "cardsV2": [{"cardId": "incident", "card": card}]}
