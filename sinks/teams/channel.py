"""Microsoft Teams by the webhook of a workflow: posts only, and cannot find or change what it posted.

A delivery whose answer got lost is posted again: at least once.
https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
"""

from collections.abc import Mapping

from sinks.answers import not_set_up
from sinks.contract import Notice, Receipt
from sinks.posting import Posted, Poster
from sinks.rendering import Renderer
from sinks.teams.card import card_of, envelope

__all__ = ["Teams"]


class Teams(Posted):
    """Posts all but updates, which would only be noise without a message to refresh.

    Args:
        urls: of the workflows by the target's name; secrets.
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
            return Receipt(reply="a workflow cannot update a card", ref=notice.ref, shown=False)
        url = self._urls.get(notice.target)
        if url is None:
            raise not_set_up(notice.target, "workflow's URL")
        answer = await self._poster.send_json(url, envelope(card_of(notice, self._renderer)))
        return Receipt(reply=f"HTTP {answer.status}")
