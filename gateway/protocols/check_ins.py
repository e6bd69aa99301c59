"""Check-ins of monitored jobs: an envelope's item, as records for the topic of check-ins.

https://develop.sentry.dev/sdk/telemetry/check-ins/
"""

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.contract import Received, Record
from gateway.protocols.own import numbered_id

__all__ = ["check_in_record"]

STATUSES = frozenset({"in_progress", "ok", "error"})
MAX_TEXT = 200  # characters; the job bounds each field by itself
MAX_CONFIG = 8_192  # bytes of what is told of the job
_CONFIG = (
    "schedule", "checkin_margin", "max_runtime", "timezone", "failure_issue_threshold", "recovery_threshold",
)  # fmt: skip


def check_in_record(item: Mapping[str, Any], received: Received, number: int = 0) -> Record | None:
    """A record of a check-in; None where it names no monitor or no status.

    Args:
        item: its payload.
        received: the request.
        number: of the check-in in it, from 0.
    """
    slug, status = item.get("monitor_slug"), item.get("status")
    if not isinstance(slug, str) or not slug or not isinstance(status, str) or status not in STATUSES:
        return None
    told = {
        "project": received.project,
        "slug": slug[:MAX_TEXT],
        "environment": _text(item.get("environment")) or received.environment,
        "check_in_id": _text(item.get("check_in_id")),
        "new_id": numbered_id(received, number),
        "status": status,
        "at": received.at,
        "duration": item.get("duration") if isinstance(item.get("duration"), int | float) else None,
        "release": _text(item.get("release")),
        "trace_id": _trace(item.get("contexts")),
        "config": _config(item.get("monitor_config")),
        "secret": received.secret or None,
    }
    value = orjson.dumps({name: one for name, one in told.items() if one is not None})
    return Record(value, f"{received.project}/{slug[:MAX_TEXT]}".encode(errors="replace"))


def _config(given: object) -> dict[str, Any] | None:
    if not isinstance(given, Mapping):
        return None
    config = {name: given[name] for name in _CONFIG if name in given}
    try:
        return config if len(orjson.dumps(config)) <= MAX_CONFIG else None
    except TypeError:  # nested deeper than can be written
        return None


def _trace(contexts: object) -> str | None:
    trace = contexts.get("trace") if isinstance(contexts, Mapping) else None
    return _text(trace.get("trace_id")) if isinstance(trace, Mapping) else None


def _text(value: object) -> str | None:
    return value[:MAX_TEXT] if isinstance(value, str) and value else None
