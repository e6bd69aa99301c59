"""Sessions that SDKs count, as requests for the topic of traffic: what errors are a share of.

What went wrong in a session is not taken from here: errors come by themselves.
https://develop.sentry.dev/sdk/telemetry/sessions/
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.contract import Received, Refused
from gateway.protocols.own import numbered_id

__all__ = ["MOST_COUNTS", "requests_of"]

MOST_COUNTS = 1_000  # in one envelope: as many as the job reads of a record
MAX_TEXT = 200  # characters
MOST_SESSIONS = 1_000_000  # of one count: more is nonsense
SECOND, MINUTE = 1.0, 60.0  # what one session and an aggregate are of
OLDEST = 7 * 86_400.0  # seconds
_ENDS = ("exited", "errored", "abnormal", "unhandled", "crashed")


def requests_of(kind: str, item: Mapping[str, Any], received: Received, number: int = 0) -> list[dict[str, Any]]:
    """What an item adds to the traffic of its project.

    Args:
        kind: `session`: one, told as it begins and whenever it changes; `sessions`: many, told once, by minutes.
        item: its payload.
        received: the request.
        number: of the first count in it, from 0.

    Raises:
        Refused: 413, too many counts.
    """
    attrs = item.get("attrs")
    environment = _text(attrs.get("environment")) if isinstance(attrs, Mapping) else None
    common = {"service": received.project, "environment": environment or received.environment}
    counts = _one(item, received) if kind == "session" else _many(item, received, number)
    return [{**common, **count} for count in counts]


def _one(item: Mapping[str, Any], received: Received) -> list[dict[str, Any]]:
    """A session counts when it begins; all that is told of it later changes nothing, nor that it began once more."""
    sid = _text(item.get("sid"))
    if item.get("init") is not True or sid is None:
        return []
    start = _start(item.get("started"), received)
    return [{"id": f"session/{sid}", "requests": 1, "from": start, "to": start + SECOND}]


def _many(item: Mapping[str, Any], received: Received, number: int) -> list[dict[str, Any]]:
    aggregates = item.get("aggregates")
    found: Sequence[Any] = aggregates if isinstance(aggregates, list) else []
    if len(found) > MOST_COUNTS:
        raise Refused(413, "too_many", f"more than {MOST_COUNTS} aggregates of sessions")
    by_start: dict[float, int] = {}
    for one in found:
        if isinstance(one, Mapping) and (sessions := sum(_count(one.get(end)) for end in _ENDS)):
            start = _start(one.get("started"), received)
            by_start[start] = by_start.get(start, 0) + sessions
    return [
        {"id": numbered_id(received, number + index), "requests": sessions, "from": start, "to": start + MINUTE}
        for index, (start, sessions) in enumerate(by_start.items())
    ]


def _start(started: object, received: Received) -> float:
    """When it began, as far as that can be believed: phones have clocks of their own."""
    if not isinstance(started, str) or len(started) > MAX_TEXT:
        return received.at
    try:
        at = datetime.fromisoformat(started)
    except ValueError:
        return received.at
    seconds = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    return seconds if received.at - OLDEST <= seconds <= received.at else received.at


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_SESSIONS else 0


def _text(value: object) -> str | None:
    return value[:MAX_TEXT] if isinstance(value, str) and value else None
