"""Splunk On-Call (VictorOps) by its REST endpoint. Our incident's id is the entity's.

https://help.splunk.com/splunk-observability-cloud/splunk-on-call/integrations-with-splunk-on-call/rest-endpoint-integration-for-splunk-on-call
"""

from typing import Any
from urllib.parse import quote

from models.severity import Severity
from sinks.answers import OPERATOR_SECONDS
from sinks.contract import Notice, Receipt, Retryable
from sinks.message import message_of, thread_key, worst
from sinks.posting import Posted, Poster
from sinks.rendering import Renderer
from sinks.text import cut, defang, one_line

__all__ = ["VictorOps", "event_of", "type_of"]

MAX_ENTITY = 200
MAX_NAME = 300
MAX_STATE = 10_000  # no limit is documented; alerts of up to 20 KB are shown in full
MAX_ANNOTATION = 1_000  # 1,124 are shown
MAX_LINKS = 5
_TYPES = {
    Severity.CRITICAL: "CRITICAL",
    Severity.ERROR: "CRITICAL",
    Severity.WARNING: "WARNING",
    Severity.INFO: "INFO",
    Severity.DEBUG: "INFO",
}

_ACTIONS = {"acknowledge": "ACKNOWLEDGEMENT", "start": "ACKNOWLEDGEMENT", "resolve": "RECOVERY", "ignore": "RECOVERY"}
_UNSEEN = {"assign", "comment", "summary"}  # it has no event for these


def type_of(notice: Notice) -> str:
    """What the event does: CRITICAL pages, WARNING may, INFO does not."""
    return _ACTIONS.get(notice.kind, _TYPES[worst(notice)])


def event_of(notice: Notice, renderer: Renderer) -> dict[str, Any]:
    """The body of the request. The timeline knows @mentions: no text makes one."""
    message = message_of(notice)
    event: dict[str, Any] = {
        "message_type": type_of(notice),
        "entity_id": defang(one_line(thread_key(notice), MAX_ENTITY)),
        "entity_display_name": cut(defang(f"[{message.service}] {message.title}"), MAX_NAME),
        "state_message": cut(defang(renderer.render("victorops", "body", message)), MAX_STATE),
        "state_start_time": int(message.opened_at.timestamp()),
        "monitoring_tool": "seawall",
        "service": defang(message.service),
        "environment": defang(message.environment),
    }
    for link in message.links[:MAX_LINKS]:
        if len(link.url) <= MAX_ANNOTATION:
            event[f"vo_annotate.u.{defang(link.label)}"] = link.url
    return event


class VictorOps(Posted):
    """Triggers, acknowledges and recovers.

    Args:
        url: of the REST integration with its key, without the routing key; a secret. The target is the routing key.
        renderer: writes the state's message.
        poster: sends requests.
    """

    def __init__(self, url: str, renderer: Renderer, poster: Poster) -> None:
        super().__init__(poster)
        self._url = url.rstrip("/")
        self._renderer = renderer

    async def send(self, notice: Notice) -> Receipt:
        """Send the event. Raises Retryable or Rejected."""
        ref = {"type": type_of(notice)}
        if notice.kind in _UNSEEN or (notice.kind == "update" and notice.ref is not None):
            return Receipt(reply="updates are not sent", ref=notice.ref, shown=False)
        if notice.also and notice.kind in _ACTIONS:
            return Receipt(reply="others of the same incident are live", ref=notice.ref, shown=False)
        answer = await self._poster.send_json(
            f"{self._url}/{quote(notice.target, safe='')}", event_of(notice, self._renderer)
        )
        told = answer.json()
        if told.get("result") == "failure":  # with HTTP 200; it says so of keys that it does not know
            reason = f"failure {one_line(str(told.get('message', '')), 200)}"
            raise Retryable(reason, OPERATOR_SECONDS, maybe_accepted=False)
        return Receipt(reply=f"HTTP {answer.status} {one_line(str(told.get('entity_id', '')), 100)}", ref=ref)
