"""Items of envelopes that are no errors and tell of some: failed check-ins, and reports of what SDKs could not send."""

from collections import Counter
from typing import Any

import orjson

from gateway.contract import Record
from gateway.protocols.envelope import Envelope
from gateway.protocols.own import event_record

__all__ = ["read_others"]

# https://develop.sentry.dev/sdk/telemetry/client-reports/
_REASONS = frozenset({
    "queue_overflow", "cache_overflow", "buffer_overflow", "ratelimit_backoff", "network_error", "sample_rate",
    "before_send", "event_processor", "send_error", "internal_sdk_error", "insufficient_data", "backpressure",
})  # fmt: skip
_ERRORS = frozenset({"error", "default", "security", "log_item"})
_MOST_REPORTED = 1_000_000  # of one report: more is nonsense


def read_others(envelope: Envelope) -> tuple[list[Record], Counter[str]]:
    """Records for check-ins that failed, and how many errors were lost, by reason."""
    records: list[Record] = []
    lost: Counter[str] = Counter()
    for kind, payload in envelope.others:
        item = _object(payload)
        if kind == "client_report":
            lost += _lost(item)
        elif item.get("status") == "error" and (record := _check_in(item)) is not None:
            records.append(record)
    return records, lost


def _lost(report: dict[str, Any]) -> Counter[str]:
    lost: Counter[str] = Counter()
    discarded = report.get("discarded_events")
    for one in discarded if isinstance(discarded, list) else []:
        if not isinstance(one, dict) or str(one.get("category")) not in _ERRORS:
            continue
        quantity, reason = one.get("quantity"), str(one.get("reason"))
        if isinstance(quantity, int) and 0 < quantity <= _MOST_REPORTED:
            lost[reason if reason in _REASONS else "other"] += quantity
    return lost


def _check_in(item: dict[str, Any]) -> Record | None:
    """https://develop.sentry.dev/sdk/telemetry/check-ins/."""
    slug, check_in_id = item.get("monitor_slug"), item.get("check_in_id")
    if not isinstance(slug, str) or not isinstance(check_in_id, str):
        return None
    return event_record(
        ("check-in", check_in_id),
        error_type="CheckInFailed",
        message=f"{slug[:200]} failed",
        severity="error",
        logger="check-in",
        environment=_text(item.get("environment")),
        release=_text(item.get("release")),
        transaction=slug[:200],
        fingerprint=["check-in", slug[:200]],
        extra={"duration": item.get("duration")} if isinstance(item.get("duration"), int | float) else None,
    )


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _object(payload: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
