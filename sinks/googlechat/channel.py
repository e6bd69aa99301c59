"""Google Chat by the webhook of a space: each incident in a thread of its own.

https://developers.google.com/workspace/chat/quickstart/webhooks
"""

import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sinks.answers import not_set_up
from sinks.contract import Notice, Receipt
from sinks.googlechat.card import message_with_card
from sinks.message import attempt_key
from sinks.posting import Posted, Poster
from sinks.rendering import Renderer

__all__ = ["GoogleChat"]


class GoogleChat(Posted):
    """Posts all but updates.

    A repeated request has the id of the first, by which Google gives back the message that is there:
    https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create#query-parameters

    Args:
        urls: of the spaces' webhooks by the target's name; secrets.
        renderer: writes title and body.
        poster: sends requests.
    """

    def __init__(self, urls: Mapping[str, str], renderer: Renderer, poster: Poster) -> None:
        super().__init__(poster)
        self._urls = urls
        self._renderer = renderer

    async def send(self, notice: Notice) -> Receipt:
        """Post the card. Raises Retryable or Rejected."""
        if notice.kind == "update":
            return Receipt(reply="a webhook cannot update a message", ref=notice.ref, shown=False)
        url = self._urls.get(notice.target)
        if url is None:
            raise not_set_up(notice.target, "webhook")
        body = message_with_card(notice, self._renderer)
        answer = await self._poster.send_json(_threaded(url, notice), body)
        return Receipt(reply=f"HTTP {answer.status} {answer.json().get('name', '')}")


def _threaded(url: str, notice: Notice) -> str:
    parts = urlsplit(url)
    more = {
        "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
        "requestId": str(uuid.UUID(bytes=attempt_key(notice)[:16], version=4)),
    }
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *more.items()])))
