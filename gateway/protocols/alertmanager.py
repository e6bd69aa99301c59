"""Prometheus Alertmanager: alerts that fire are errors, each counted once for as long as it fires.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Mapping
from typing import Any

from gateway.contract import Accepted, Endpoint, Received, Record, Refused
from gateway.protocols.common import checked, json_answer, json_of, refused_as_detail
from gateway.protocols.own import event_record, texts
from gateway.protocols.plain import plain_key

__all__ = ["ALERTMANAGER"]

_SERVICE, _ENVIRONMENT = ("service", "app", "job"), ("environment", "env")
_SAID = ("summary", "message", "description")
_SEVERITIES = {
    "page": "critical",
    "emergency": "critical",
    "fatal": "critical",
    "critical": "critical",
    "high": "error",
    "error": "error",
    "warning": "warning",
    "warn": "warning",
    "info": "info",
    "none": "info",
}


def _read(received: Received) -> Accepted:
    notification = json_of(received.body)
    alerts = notification.get("alerts") if isinstance(notification, dict) else None
    if not isinstance(alerts, list):
        raise Refused(400, "invalid", "the body is no notification of Alertmanager")
    firing = [alert for alert in alerts if isinstance(alert, dict) and alert.get("status") != "resolved"]
    ignored = {"resolved": len(alerts) - len(firing)} if len(alerts) > len(firing) else {}
    return Accepted(checked(_record(alert) for alert in firing), json_answer(200, {}), ignored)


def _record(alert: Mapping[str, Any]) -> Record:
    labels, annotations = texts(alert.get("labels")), texts(alert.get("annotations"))
    name = labels.get("alertname") or "Alert"
    return event_record(
        ("alertmanager", alert.get("fingerprint") or sorted(labels.items()), alert.get("startsAt")),
        timestamp=alert.get("startsAt"),
        service=_first(labels, _SERVICE),
        environment=_first(labels, _ENVIRONMENT),
        hostname=labels.get("instance"),
        error_type=name,
        message=_first(annotations, _SAID) or name,
        severity=_SEVERITIES.get(labels.get("severity", "").lower(), "error"),
        logger="alertmanager",
        fingerprint=["alertmanager", name],
        tags=labels,
        extra={"annotations": annotations, "url": alert.get("generatorURL")},
    )


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((values[name] for name in names if values.get(name)), None)


ALERTMANAGER = Endpoint("alertmanager", plain_key, _read, refused_as_detail)
