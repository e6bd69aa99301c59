"""A notice for the tests of channels, and text that nobody should trust."""

from datetime import UTC, datetime
from typing import Any

from models.severity import Severity
from sinks.contract import Notice

AT = datetime(2025, 6, 16, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> <@U012AB3CD> <https://evil.example|click> & <b>*x*</b> \u202e\x00 `rm` " + "<" * 5000


def notice(**more: Any) -> Notice:
    fields: dict[str, Any] = {
        "delivery_id": 7,
        "transition_id": "t-1",
        "incident_id": "0b5f0f5e-7a53-4b6e-9a3c-0d5b8f8d5f10",
        "target": "#payments",
        "kind": "open",
        "status": "new",
        "severity": Severity.ERROR,
        "title": "KeyError: 'user'",
        "service": "payments",
        "environment": "production",
        "at": AT,
        "opened_at": AT,
        "reasons": ["new error"],
        "activity": {"count_1m": 3, "total": 3},
        "error_type": "KeyError",
        "culprit": "shop.cart in total",
        "release": "1.2.3",
        "links": {"Runbook": "https://wiki.example/runbook?a=1&b=2"},
    }
    return Notice(**(fields | more))


def hostile_notice(**more: Any) -> Notice:
    """Each text that comes from a producer is hostile."""
    texts = dict.fromkeys(["title", "service", "environment", "error_type", "culprit", "release", "rule"], HOSTILE)
    links = {HOSTILE: "https://wiki.example/x", "js": "javascript:alert(1)", "two": "https://a.example/|<!channel>"}
    return notice(**(texts | {"reasons": [HOSTILE] * 50, "trace_id": HOSTILE, "links": links} | more))
