"""What a notice looks like in PagerDuty: https://developer.pagerduty.com/docs/send-alert-event."""

from dataclasses import replace
from typing import Any

from models.severity import Severity
from sinks.contract import Notice
from sinks.message import message_of
from sinks.rendering import BUILT_IN, Renderer
from sinks.text import one_line
from sinks.trend import trend_lines

__all__ = ["action_of", "key_of", "severity_of", "trigger"]

# https://developer.pagerduty.com/docs/send-alert-event: `summary` is cut at 1,024; an event may hold 512 KB
MAX_SUMMARY = 1_024
MAX_SOURCE = 255
MAX_FIELD = 255
MAX_DETAIL = 2_000
MAX_REASONS = 20
MAX_LINKS = 20
MAX_URL = 3_000


def action_of(notice: Notice) -> str:
    """`trigger`, `acknowledge` or `resolve`: what is started is acknowledged, what is ignored pages nobody."""
    if notice.kind in {"resolve", "ignore"}:
        return "resolve"
    return "acknowledge" if notice.kind in {"acknowledge", "start"} else "trigger"


def key_of(notice: Notice) -> str:
    """What PagerDuty knows the incident by: those that are told of together are one there."""
    return notice.message if notice.grouped else notice.incident_id


def severity_of(severity: Severity) -> str:
    """PagerDuty knows four levels: debug counts as info."""
    return Severity.INFO.value if severity is Severity.DEBUG else severity.value


def trigger(notice: Notice, renderer: Renderer = BUILT_IN) -> dict[str, Any]:
    """The arguments of the library's `trigger`, without the dedup key; `renderer` writes the summary (`title`)."""
    message = message_of(notice)
    whole = replace(message, title=one_line(notice.title, MAX_SUMMARY) or message.title, service=notice.service)
    summary = " ".join(_text(renderer.render("pagerduty", "title", whole), MAX_SUMMARY * 2).split())
    payload = {
        "timestamp": notice.at.isoformat(timespec="milliseconds"),
        "component": _text(notice.culprit or "", MAX_FIELD),
        "group": _text(notice.environment, MAX_FIELD),
        "class": _text(notice.error_type or "", MAX_FIELD),
    }
    return {
        "summary": _cut(summary, MAX_SUMMARY),
        "source": _text(notice.service, MAX_SOURCE).strip() or "unknown",
        "severity": severity_of(notice.severity),
        "payload": {name: value for name, value in payload.items() if value},
        "custom_details": _details(notice),
        "links": _links(notice),
    }


def _details(notice: Notice) -> dict[str, Any]:
    details: dict[str, Any] = {
        "service": notice.service,
        "environment": notice.environment,
        "severity": notice.severity.value,
        "incident": notice.incident_id,
        "opened_at": notice.opened_at.isoformat(timespec="seconds"),
        "release": notice.release,
        "rule": notice.rule,
        "group_id": notice.group_id,
        "event_id": notice.event_id,
        "trace_id": notice.trace_id,
    }
    cut = {name: _text(value, MAX_DETAIL) for name, value in details.items() if value}
    reasons = [_text(reason, MAX_DETAIL) for reason in notice.reasons[:MAX_REASONS]]
    counts = {name: value for name, value in notice.activity.items() if isinstance(value, int | float)}
    trend = {
        name.lower().replace(" ", "_"): line for name, line in trend_lines(notice.trend, notice.activity.get("recent"))
    }
    return cut | {"reasons": reasons, "counts": counts} | trend


def _links(notice: Notice) -> list[dict[str, str]]:
    pairs = list(notice.links.items())[:MAX_LINKS]
    return [
        {"href": url, "text": _text(label, MAX_FIELD)}
        for label, url in pairs
        if url.startswith(("http://", "https://")) and len(url) <= MAX_URL
    ]


def _text(text: str, limit: int) -> str:
    """Valid UTF-8 without NUL."""
    return _cut(text.encode("utf-8", "replace").decode().replace("\0", ""), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
