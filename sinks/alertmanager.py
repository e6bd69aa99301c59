"""Alerts for Prometheus' Alertmanager, by its API v2: to route, silence and inhibit beside those of Prometheus.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sinks.answers import not_set_up
from sinks.contract import Notice, Receipt, Rejected, Retryable
from sinks.message import Message, message_of
from sinks.posting import Answer, Posted, Poster
from sinks.rendering import Renderer
from sinks.text import clean, cut

__all__ = ["Alertmanager", "alerts_of"]

# Alertmanager lets an alert that nobody sends again end by itself, at this time or after its `resolve_timeout` of five
# minutes: https://prometheus.io/docs/alerting/latest/clients/. We send when something happens, and say when it is over.
LASTS = timedelta(days=7)
MAX_LABEL = 300
MAX_KNOWN = 200  # incidents of one message whose severity is remembered
_UNSEEN = {"assign", "comment", "summary"}
MAX_DESCRIPTION = 8_000


def alerts_of(notice: Notice, renderer: Renderer) -> list[dict[str, Any]]:
    """The alert; before it, the end of the one with the severity so far, where that has changed: it is a label."""
    message = message_of(notice)
    over = notice.kind in {"resolve", "ignore"} or notice.status in {"resolved", "ignored"}
    alerts = [_alert(message, _labels(notice, message), renderer, notice.at if over else notice.at + LASTS)]
    before = _known(notice).get(notice.incident_id)
    if isinstance(before, str) and before != message.severity:
        former = _labels(notice, message) | {"severity": before}
        alerts.insert(0, _alert(message, former, renderer, notice.at))
    return alerts


def _known(notice: Notice) -> dict[str, str]:
    """The severity of each incident of the message as Alertmanager knows it."""
    known = (notice.ref or {}).get("severities")
    return dict(known) if isinstance(known, dict) else {}


def _labels(notice: Notice, message: Message) -> dict[str, str]:
    """What the alert is known by: only what stays the same while the incident lasts, but the severity."""
    labels = {
        "alertname": message.rule or "SeawallIncident",
        "service": message.service,
        "environment": message.environment,
        "severity": message.severity,
        "incident": cut(clean(notice.incident_id), MAX_LABEL),
        "source": "seawall",
    }
    return {name: value for name, value in labels.items() if value}


def _alert(message: Message, labels: Mapping[str, str], renderer: Renderer, ends_at: datetime) -> dict[str, Any]:
    alert: dict[str, Any] = {
        "labels": labels,
        "annotations": {
            "summary": message.title,
            "description": cut(renderer.render("alertmanager", "body", message), MAX_DESCRIPTION),
        },
        "startsAt": _time(min(message.opened_at, ends_at)),
        "endsAt": _time(ends_at),
    }
    return alert | ({"generatorURL": message.links[0].url} if message.links else {})


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Alertmanager(Posted):
    """Posts all transitions; a repeated one changes nothing.

    Args:
        urls: by the target's name, such as `http://alertmanager:9093`; of a cluster all, with blanks between them, as
            each must be told. Secrets where they hold passwords.
        renderer: writes the description.
        poster: sends requests.
    """

    def __init__(self, urls: Mapping[str, str], renderer: Renderer, poster: Poster) -> None:
        super().__init__(poster)
        self._urls = urls
        self._renderer = renderer

    async def send(self, notice: Notice) -> Receipt:
        """Post the alerts to each. Raises Retryable or Rejected where one did not take them."""
        urls = self._urls.get(notice.target)
        if urls is None:
            raise not_set_up(notice.target, "URL")
        if notice.kind in _UNSEEN:
            return Receipt(reply="Alertmanager has nothing to show it by", ref=notice.ref, shown=False)
        alerts = alerts_of(notice, self._renderer)
        answers = await asyncio.gather(*(self._post(url, alerts) for url in urls.split()))
        failed = [answer for answer in answers if not isinstance(answer, Answer)]
        if failed:
            raise next((error for error in failed if isinstance(error, Retryable)), failed[0])
        known = _known(notice) | {notice.incident_id: notice.severity.value}
        reply = ", ".join(f"HTTP {answer.status}" for answer in answers if isinstance(answer, Answer))
        return Receipt(reply=reply, ref={"severities": dict(list(known.items())[-MAX_KNOWN:])})

    async def _post(self, url: str, alerts: list[dict[str, Any]]) -> Answer | Retryable | Rejected:
        """What one of them makes of it: the others are told all the same."""
        try:
            return await self._poster.send_json(f"{url.rstrip('/')}/api/v2/alerts", alerts)
        except (Retryable, Rejected) as error:
            return error
