"""Opsgenie by its Alert API. Our incident's id is the alias, so that a repeated request changes nothing.

https://docs.opsgenie.com/docs/alert-api
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from models.severity import Severity
from sinks.answers import not_set_up
from sinks.contract import Notice, Receipt
from sinks.message import Message, message_of, thread_key, worst
from sinks.posting import Posted, Poster
from sinks.rendering import Renderer
from sinks.text import cut, defang

__all__ = ["OPSGENIE_API", "Opsgenie", "alert_of", "priority_of"]

OPSGENIE_API = "https://api.opsgenie.com"
# https://docs.opsgenie.com/docs/alert-api#create-alert
MAX_MESSAGE = 130
MAX_ALIAS = 512
MAX_DESCRIPTION = 15_000
MAX_ENTITY = 512
MAX_TAG = 50
MAX_SOURCE = 100
MAX_NOTE = 25_000
MAX_DETAIL = 500  # of 8,000 for all
MAX_DETAILS = 14
_PRIORITIES = {
    Severity.CRITICAL: "P1",
    Severity.ERROR: "P2",
    Severity.WARNING: "P3",
    Severity.INFO: "P4",
    Severity.DEBUG: "P5",
}

# What was closed there takes nothing but notes, which page nobody: it needs a new alert.
_BEGINS = {"open", "regress", "reopen"}
# What is worked on is acknowledged there; what is ignored here pages nobody.
_ACTIONS = {
    "acknowledge": "acknowledge",
    "start": "acknowledge",
    "unacknowledge": "unacknowledge",
    "resolve": "close",
    "ignore": "close",
}


def priority_of(severity: Severity) -> str:
    """P1 to P5."""
    return _PRIORITIES[severity]


def alert_of(notice: Notice, renderer: Renderer) -> dict[str, Any]:
    """The body that creates the alert. Descriptions may be read as HTML: nothing in them makes a tag."""
    message = message_of(notice)
    tags = (message.severity, message.environment, message.service)
    return {
        "message": cut(defang(f"[{message.service}] {message.title}"), MAX_MESSAGE),
        "alias": alias_of(notice),
        "description": cut(defang(renderer.render("opsgenie", "body", message)), MAX_DESCRIPTION),
        "priority": priority_of(worst(notice)),
        "entity": cut(defang(message.service), MAX_ENTITY),
        "source": "seawall",
        "tags": list(dict.fromkeys(cut(defang(tag), MAX_TAG) for tag in tags if tag)),
        "details": _details(message),
    }


def alias_of(notice: Notice) -> str:
    """What the alert is known by."""
    return cut(defang(thread_key(notice)), MAX_ALIAS)


def _details(message: Message) -> dict[str, str]:
    """Without links that are too long: one that is cut leads nowhere."""
    details = {fact.name: cut(defang(fact.value), MAX_DETAIL) for fact in message.facts}
    links = {defang(link.label): link.url for link in message.links if len(link.url) <= MAX_DETAIL}
    return dict(list({**links, **details}.items())[:MAX_DETAILS])


class Opsgenie(Posted):
    """Creates, notes, acknowledges and closes alerts, and moves their priority with our severity.

    Args:
        api_keys: of API integrations by the target's name; secrets.
        renderer: writes the description.
        poster: sends requests.
        api_url: where the API is; the EU has its own.
    """

    def __init__(
        self, api_keys: Mapping[str, str], renderer: Renderer, poster: Poster, *, api_url: str = OPSGENIE_API
    ) -> None:
        super().__init__(poster)
        self._api_keys = api_keys
        self._renderer = renderer
        self._api_url = api_url.rstrip("/")

    async def send(self, notice: Notice) -> Receipt:
        """Make the request that the transition asks for. Raises Retryable or Rejected."""
        key = self._api_keys.get(notice.target)
        if key is None:
            raise not_set_up(notice.target, "API key")
        ref = {"priority": priority_of(worst(notice))}
        if notice.kind == "summary" or (notice.kind == "update" and notice.ref == ref):
            return Receipt(reply="nothing that Opsgenie shows has changed", ref=notice.ref, shown=False)
        if notice.also and notice.kind in _ACTIONS:
            return Receipt(reply="others of the same alert are live", ref=notice.ref, shown=False)
        method, path, body = self._request(notice, moved=notice.ref is not None and notice.ref != ref)
        answer = await self._poster.send_json(
            f"{self._api_url}/v2/alerts{path}", body, method=method, headers={"Authorization": f"GenieKey {key}"}
        )
        return Receipt(reply=f"HTTP {answer.status} {answer.json().get('requestId', '')}", ref=ref)

    def _request(self, notice: Notice, *, moved: bool) -> tuple[str, str, dict[str, Any]]:
        """Method, path below the alerts, and body."""
        alert, how = f"/{quote(alias_of(notice), safe='')}", "?identifierType=alias"
        if action := _ACTIONS.get(notice.kind):
            return "POST", f"{alert}/{action}{how}", self._note(notice)
        if notice.ref is None or notice.kind in _BEGINS:
            return "POST", "", alert_of(notice, self._renderer)
        if moved:
            return "PUT", f"{alert}/priority{how}", {"priority": priority_of(worst(notice))}
        return "POST", f"{alert}/notes{how}", self._note(notice)

    def _note(self, notice: Notice) -> dict[str, Any]:
        note = defang(self._renderer.render("opsgenie", "body", message_of(notice)))
        return {"note": cut(note, MAX_NOTE), "source": "seawall"}
