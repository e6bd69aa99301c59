"""Failures of monitored jobs as error events."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from models.monitor import Failure, Monitor

__all__ = ["event_id_of", "event_of"]

_ID_BYTES = 16


def event_id_of(monitor: Monitor, failure: Failure) -> str:
    """The id of a failure's event, the same whenever it is made, so that it counts once."""
    same = (monitor.project, monitor.slug, monitor.environment, failure.kind, failure.same)
    return blake2b(repr(same).encode(errors="replace"), digest_size=_ID_BYTES).hexdigest()


def event_of(monitor: Monitor, failure: Failure) -> dict[str, Any]:
    """The fields of an ErrorEvent."""
    run = failure.run
    extra = {
        "schedule": str(monitor.config.schedule) if monitor.config.schedule else None,
        "timezone": monitor.config.timezone,
        "failures_in_a_row": failure.failures,
        "check_in_id": run.check_in_id if run else None,
        "duration": run.duration if run else None,
    }
    event = {
        "event_id": event_id_of(monitor, failure),
        "timestamp": _time(failure.at),
        "service": monitor.project,
        "environment": monitor.environment,
        "error_type": failure.kind,
        "message": _message(monitor, failure),
        "severity": "error",
        "logger": "monitor",
        "transaction": monitor.slug,
        "release": run.release if run else None,
        "trace_id": run.trace_id if run else None,
        "fingerprint": ["monitor", monitor.project, monitor.slug, monitor.environment],
        "tags": {"monitor.slug": monitor.slug},
        "extra": {name: value for name, value in extra.items() if value is not None},
    }
    return {name: value for name, value in event.items() if value is not None}


def _message(monitor: Monitor, failure: Failure) -> str:
    if failure.kind == "MissedCheckIn":
        return f"{monitor.slug} did not check in, expected at {_time(failure.at)}"
    if failure.kind == "CheckInTimeout":
        return f"{monitor.slug} runs longer than {monitor.config.max_runtime / 60:g} min"
    return f"{monitor.slug} failed"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
