"""Items of envelopes that are no errors: what is told of jobs, sessions and people, and what SDKs could not send."""

from collections import Counter
from typing import Any, NamedTuple

import orjson

from gateway.contract import Received, Record
from gateway.protocols.check_ins import check_in_record
from gateway.protocols.envelope import Envelope
from gateway.protocols.feedback import feedback_record
from gateway.protocols.sessions import requests_of

__all__ = ["Others", "read_others"]

# https://develop.sentry.dev/sdk/telemetry/client-reports/
_REASONS = frozenset({
    "queue_overflow", "cache_overflow", "buffer_overflow", "ratelimit_backoff", "network_error", "sample_rate",
    "before_send", "event_processor", "send_error", "internal_sdk_error", "insufficient_data", "backpressure",
})  # fmt: skip
_ERRORS = frozenset({"error", "default", "security", "log_item"})
_MOST_REPORTED = 1_000_000  # of one report: more is nonsense
_COUNTS = 250  # of traffic, in one record: the longest names make 2 KiB of each, and the topic has Kafka's usual limit


class Others(NamedTuple):
    """What such items say.

    told: records by topic.
    ignored: how many of them said nothing, by kind.
    lost: how many errors were lost, by reason.
    """

    told: dict[str, list[Record]]
    ignored: Counter[str]
    lost: Counter[str]


def read_others(envelope: Envelope, received: Received) -> Others:
    """All that an envelope says beside its errors. Raises Refused."""
    told: dict[str, list[Record]] = {}
    ignored: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    requests: list[dict[str, Any]] = []
    for number, (kind, payload) in enumerate(envelope.others):
        item = _object(payload)
        if kind == "client_report":
            lost += _lost(item)
        elif kind in {"session", "sessions"}:
            requests += requests_of(kind, item, received, len(requests))
        elif kind == "check_in":
            _add(told, "check-ins", check_in_record(item, received, number), kind, ignored)
        else:
            _add(told, "feedback", feedback_record(kind, item, received), kind, ignored)
    if requests:
        parts = (requests[start : start + _COUNTS] for start in range(0, len(requests), _COUNTS))
        told["traffic"] = [Record(orjson.dumps(part), received.new_id.encode()) for part in parts]
    return Others(told, ignored, lost)


def _add(told: dict[str, list[Record]], topic: str, record: Record | None, kind: str, ignored: Counter[str]) -> None:
    if record is None:
        ignored[kind] += 1
    else:
        told.setdefault(topic, []).append(record)


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


def _object(payload: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
