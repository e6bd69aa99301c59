"""What a webhook tells: one JSON event a transition, for programs.

In the form that https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md asks for:
`type`, `timestamp`, `data`. Texts are clean and bounded, and as they are: whoever shows them must escape them.
"""

from datetime import UTC, datetime
from typing import Any

from sinks.contract import Notice
from sinks.message import message_of, thread_key
from sinks.text import clean, cut

__all__ = ["event_of"]

MAX_TEXT = 2_000
MAX_REASONS = 20
MAX_COUNTS = 50


def event_of(notice: Notice) -> dict[str, Any]:
    """The event: at most some 100 KB as JSON."""
    counts = {key: value for key, value in notice.activity.items() if isinstance(value, int | float)}
    texts = {
        "incident": notice.incident_id,
        "message": thread_key(notice),  # the same for all incidents that are told of together
        "title": notice.title,
        "service": notice.service,
        "environment": notice.environment,
        "error_type": notice.error_type,
        "culprit": notice.culprit,
        "release": notice.release,
        "rule": notice.rule,
        "group_id": notice.group_id,
        "event_id": notice.event_id,
        "trace_id": notice.trace_id,
        "assignee": notice.assignee,
        "actor": notice.actor,
    }
    return {
        "type": f"incident.{_text(notice.kind)}",
        "timestamp": _time(notice.at),
        "data": {
            **{name: None if value is None else _text(value) for name, value in texts.items()},
            "transition": _text(notice.transition_id),
            "status": notice.status,
            "severity": notice.severity.value,
            "opened_at": _time(notice.opened_at),
            "reasons": [_text(reason) for reason in notice.reasons[:MAX_REASONS]],
            "counts": {_text(key): value for key, value in list(counts.items())[:MAX_COUNTS]},
            **({} if notice.trend is None else {"trend": notice.trend._asdict()}),
            **({"recent": notice.activity["recent"]} if "recent" in notice.activity else {}),
            "links": {link.label: link.url for link in message_of(notice).links},
        },
    }


def _text(text: str) -> str:
    return cut(clean(text[: MAX_TEXT * 2]), MAX_TEXT)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
