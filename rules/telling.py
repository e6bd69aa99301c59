"""What a threshold tells: its signals, and the key that they go by."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from models.severity import Severity
from models.wire import Activity, GroupRef, Recent, Signal, SignalKind
from rules.windows import grain_for

__all__ = ["HEARTBEAT", "alert_key", "threshold_signal"]

HEARTBEAT = 300  # seconds: how often it is said that a threshold is still over
COLUMNS = 20  # of a window, at most, when it is shown how its events came
MAX_VALUES = 400  # characters of group-by values in a key; at most 4 bytes each


def alert_key(rule: str, by: Mapping[str, str]) -> str:
    """`rule:<name>:<values>`, each value such that no two sets of values make one key.

    Long values end in a hash: the key is indexed, and an index of PostgreSQL takes 2,704 bytes a row.
    """
    values = ",".join(value.replace("%", "%25").replace(",", "%2C") for value in by.values())
    if len(values) > MAX_VALUES:
        digest = blake2b(values.encode(errors="replace"), digest_size=16).hexdigest()
        values = f"{values[: MAX_VALUES - len(digest) - 2]}%~{digest}"
    return f"rule:{rule}:{values}"


def threshold_signal(
    state: Mapping[str, Any],
    kind: SignalKind,
    mark: str,
    at: float,
    *,
    severity: Severity,
    value: float = 0.0,
    why: str | None = None,
    window: int = 0,
) -> Signal:
    """A signal of the state's threshold.

    Args:
        state: of a threshold; its `rule`, `by` and `group` are told.
        kind: over or under.
        mark: what makes the signal's id its own among those of its kind.
        at: epoch seconds.
        severity: of the rule.
        value: how much there is.
        why: that in words, where the rule asks for more than a count.
        window: of the rule, seconds: how its events came within it is told; 0: it is not.
    """
    key = alert_key(state["rule"], state["by"])
    return Signal(
        id=f"{key}:{kind}:{mark}",
        kind=kind,
        key=key,
        at=at,
        severity=severity,
        group=msgspec.convert(state["group"], GroupRef),
        rule=state["rule"],
        by=state["by"],
        value=float(value),
        why=why,
        activity=Activity(recent=_recent(state["t"], state["c"], at, window) if window else None),
    )


def _recent(starts: Sequence[int], counts: Sequence[int], at: float, window: int) -> Recent:
    """Events by columns that cover the window up to now. A column is a multiple of what the buckets are kept in."""
    grain = grain_for(window)
    seconds = -(-window // (COLUMNS * grain)) * grain
    columns = [0] * -(-window // seconds)
    end = (int(at) // grain + 1) * grain
    for start, events in zip(starts, counts, strict=True):
        column = len(columns) - 1 - (end - 1 - start) // seconds
        if 0 <= column < len(columns):
            columns[column] += events
    return Recent(columns, seconds)
