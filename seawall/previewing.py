"""How an alert would look in a channel, without sending it."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Any

from models.severity import Severity
from sinks.alertmanager import alerts_of
from sinks.contract import Notice
from sinks.email.mail import mail_of
from sinks.googlechat.card import message_with_card
from sinks.message import message_of
from sinks.opsgenie import alert_of
from sinks.pagerduty.event import action_of, trigger
from sinks.rendering import Renderer
from sinks.slack.message import history, living
from sinks.sms import body_of
from sinks.teams.card import card_of, envelope
from sinks.text import clean, defang
from sinks.trend import Trend
from sinks.victorops import event_of as event_for_victorops
from sinks.voice import script_of
from sinks.webhook.event import event_of

__all__ = ["PREVIEWS", "notice_of", "preview", "sample"]

Preview = Callable[[Notice, Renderer], Any]


def sample(kind: str, severity: Severity, target: str = "default") -> Notice:
    """A made-up notice in which everything is set."""
    opened = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    return Notice(
        delivery_id=0,
        transition_id=f"sample-{kind}",
        incident_id="6f1c3c0e-2f4b-4c6e-9a53-0d5b8f8d5f10",
        target=target,
        kind=kind,
        status={"acknowledge": "acknowledged", "resolve": "resolved"}.get(kind, "new"),
        severity=severity,
        title="PaymentRefusedError: provider answered 401 to customer <int>",
        service="payments",
        environment="production",
        at=opened if kind == "open" else opened.replace(minute=5),
        opened_at=opened,
        reasons=["new error", "120 in 1 min, 100 or more", "6 hosts in 1 h, 5 or more"],
        activity={"count_1m": 120, "count_1h": 1_840, "total": 1_840, "users_1h": 312, "hosts_1h": 6},
        error_type="PaymentRefusedError",
        culprit="shop.payments.charge",
        release="shop@1.4.2",
        rule="new-error",
        group_id="0b5f0f5e-7a53-4b6e-9a3c-0d5b8f8d5f10",
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
        trend=Trend([0] * 15 + [3, 40, 120, 90, 61], [0] * 22 + [12, 1_840]),
        links={"Runbook": "https://wiki.shop.example/payments", "Logs": "https://logs.shop.example/?q=payments"},
        ref=None if kind == "open" else {},
    )


def notice_of(told: Mapping[str, Any], kind: str, target: str = "default") -> Notice:
    """A notice of an incident as `seawall.triaging.history` tells it, without its counts."""
    incident = told["incident"]
    return Notice(
        delivery_id=0,
        transition_id=f"preview-{kind}",
        incident_id=incident["id"],
        target=target,
        kind=kind,
        status=incident["status"],
        severity=Severity(incident["severity"]),
        title=incident["title"],
        service=incident["service"],
        environment=incident["environment"],
        at=incident["updated_at"],
        opened_at=incident["opened_at"],
        reasons=list(incident["reasons"] or ()),
        culprit=incident["culprit"],
        rule=incident["rule"],
        group_id=incident["group_id"],
        ref=None if kind == "open" else {},
    )


def preview(kind: str, notice: Notice, renderer: Renderer) -> str:
    """What a kind of channel would send: text as it is, JSON with indents. Raises KeyError for a kind without one."""
    made = PREVIEWS[kind](notice, renderer)
    return clean(made if isinstance(made, str) else json.dumps(made, indent=2, ensure_ascii=False, default=str))


def _slack(notice: Notice, renderer: Renderer) -> Any:
    message = living(notice, renderer)
    return message if notice.kind in {"open", "update"} else {**message, "thread": history(notice)}


def _pagerduty(notice: Notice, renderer: Renderer) -> Any:
    action = action_of(notice)
    return {"event_action": action, **(trigger(notice, renderer) if action == "trigger" else {})}


def _email(notice: Notice, renderer: Renderer) -> str:
    mail = mail_of(notice, Address("Seawall", addr_spec="seawall@shop.example"), renderer)
    bodies = [part.get_content() for part in mail.iter_parts()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), "", *bodies])


def _apprise(notice: Notice, renderer: Renderer) -> str:
    message = message_of(notice)
    return defang(f"{renderer.render('apprise', 'title', message)}\n\n{renderer.render('apprise', 'body', message)}")


PREVIEWS: Mapping[str, Preview] = {
    "slack": _slack,
    "pagerduty": _pagerduty,
    "email": _email,
    "teams": lambda notice, renderer: envelope(card_of(notice, renderer)),
    "googlechat": message_with_card,
    "opsgenie": alert_of,
    "victorops": event_for_victorops,
    "webhook": lambda notice, _: event_of(notice),
    "alertmanager": alerts_of,
    "sms": body_of,
    "voice": script_of,
    "apprise": _apprise,
}
