"""Small makers of what the deciding rules take in."""

import json
from collections.abc import Iterable
from typing import Any

from models.occurrence import Occurrence
from models.severity import Severity
from models.wire import Activity, Combined, GroupRef, Part, RateDelta, Run, Signal, Source

T0 = 1_763_900_000  # a whole number of 10 s buckets, of minutes and of 10 minutes less 200 s

GROUP = GroupRef(
    group_id="g1",
    fingerprint="f1",
    service="payments",
    environment="production",
    title="ValueError: no such card",
    error_type="ValueError",
    release="1.20",
)


def source(partition: int = 0, generation: int = 0) -> Source:
    return Source(topic="errors", partition=partition, generation=generation)


def bucket_of(at: float, grain: int = 10) -> int:
    return int(at) // grain * grain


def runs(offsets: Iterable[int]) -> list[Run]:
    return [(offset, 1, 1) for offset in offsets]


def combined(events: dict[int, float], **fields: Any) -> Combined:
    """A record of events: offset -> time."""
    by_bucket: dict[int, list[int]] = {}
    for offset, at in sorted(events.items()):
        by_bucket.setdefault(bucket_of(at), []).append(offset)
    given: dict[str, Any] = {
        "group": GROUP,
        "severity": Severity.ERROR,
        "source": source(),
        "parts": [Part(bucket, runs(offsets)) for bucket, offsets in sorted(by_bucket.items())],
        "first_at": float(min(events.values())),
        "last_at": float(max(events.values())),
        "total": max(events) + 1,
    }
    return Combined(**{**given, **fields})


def delta(events: dict[int, float], *, grain: int = 1, **fields: Any) -> RateDelta:
    by_bucket: dict[int, list[int]] = {}
    for offset, at in sorted(events.items()):
        by_bucket.setdefault(bucket_of(at, grain), []).append(offset)
    given: dict[str, Any] = {
        "rule": "critical-burst",
        "by": {"service": "payments"},
        "source": source(),
        "parts": [Part(bucket, runs(offsets)) for bucket, offsets in sorted(by_bucket.items())],
        "last_at": float(max(events.values())),
        "group": GROUP,
    }
    return RateDelta(**{**given, **fields})


def occurrence(**fields: Any) -> Occurrence:
    group = {name: fields.pop(name) for name in ("service", "environment", "error_type", "title") if name in fields}
    given: dict[str, Any] = {
        "offset": 0,
        "ordinal": 0,
        "event_id": b"0" * 16,
        "own_id": False,
        "occurred_at": T0 + 3.5,
        "received_at": T0 + 4.0,
        "bucket": T0,
        "group": GroupRef(**{**{name: getattr(GROUP, name) for name in GROUP.__struct_fields__}, **group}),
        "severity": Severity.CRITICAL,
        "message": "no such card",
        "payload": b"{}",
    }
    return Occurrence(**{**given, **fields})


def signal(kind: str, at: float, mark: str = "", **fields: Any) -> Signal:
    given: dict[str, Any] = {
        "id": f"group:g1:{kind}:{mark or int(at)}",
        "kind": kind,
        "key": "group:g1",
        "at": float(at),
        "severity": Severity.ERROR,
        "group": GROUP,
        "activity": Activity(count_1m=1, count_5m=1, count_1h=1, total=1),
    }
    return Signal(**{**given, **fields})


def as_stored(state: Any) -> Any:
    """What a state is after its table has stored it and read it again."""
    return json.loads(json.dumps(state))
