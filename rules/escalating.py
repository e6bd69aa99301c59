"""When people are told, and how severe it is: (state, signal) -> (state, alerts), one state an alert key.

A state is JSON-able, bounded and never changed in place; there is none for a key that never alerted. Its keys:

- `open`: whether the alert is; `epoch`: the id of the signal that opened it; `step`: alerts since then
- `sev`: the severity told last; `below`: what the end of each of its reasons will read; `down`: since when it is less
- `base`, `act`: severity and activity of the newest signal, which came `at`; `opened`: when
- `next`: the count at which people are told again; `key`, `by`, `rule`, `group`, `event`, `trace`: to show
- `d`: when `pass_time` has something to do
"""

from typing import Any

import msgspec

from models.severity import Severity
from models.wire import Activity, Alert, AlertKind, GroupRef, Signal
from rules.ladder import Height
from rules.openings import EscalateConfig
from rules.rulefile.durations import say_duration

__all__ = ["EscalateConfig", "due", "observe", "pass_time"]

State = dict[str, Any]

REMEMBER = 3_600  # seconds for which the end of an alert is remembered
FIRST_UPDATE = 10  # events before which no update is sent
FADES = (60, 300, 3_600)  # seconds after which the counts of a minute, five minutes and an hour are over


def observe(state: State | None, signal: Signal, config: EscalateConfig) -> tuple[State | None, list[Alert]]:
    """What a signal means for people. None instead of a state: there is nothing to remember."""
    if state is None or not state["open"]:
        return _watch(state, signal, config)
    if signal.kind == "regressed" and signal.id != state["epoch"]:
        # Somebody resolved the group, and perhaps the incident too: that it is back must open one.
        again, alerts = _watch(None, signal, config)
        if alerts:
            return again, alerts
    return _follow(state, signal, config)


def pass_time(state: State, now: float, config: EscalateConfig) -> tuple[State | None, list[Alert]]:
    """What became of an alert while no signal came. None instead of a state: forget it.

    `now` must not run ahead of records that are still to come, or an alert is called over while its events wait.
    """
    if now < state["d"]:
        return state, []
    if not state["open"]:
        return None, []
    after, quiet = {**state}, config.quiet_after(threshold=state["threshold"])
    if now >= state["at"] + quiet:
        return _close(after, now, f"quiet for {say_duration(quiet)}")
    alerts = _move(after, config, now)
    after["d"] = max(_due(after, config, now), now + 1)
    return after, alerts


def due(state: State) -> float:
    """The epoch second at which `pass_time` has something to do."""
    return float(state["d"])


def _watch(state: State | None, signal: Signal, config: EscalateConfig) -> tuple[State | None, list[Alert]]:
    """A signal while no alert is open: it may open one."""
    if signal.kind in ("under", "storm_over") or (state is not None and _is_old(state, signal)):
        return state, []
    height = _height(signal.severity, signal.activity, config, threshold=signal.rule is not None)
    opened = config.opens(signal, height)
    if opened is None:
        return state, []
    rule, why = opened
    after: State = {
        "key": signal.key, "open": 1, "epoch": signal.id, "step": 0, "sev": str(height.severity), "down": 0.0,
        "threshold": int(signal.rule is not None), "rule": rule, "opened": signal.at, "at": 0.0, "next": 0.0,
    }  # fmt: skip
    _take(after, signal)
    after["below"] = height.below
    after["next"] = max(2 * _size(signal), FIRST_UPDATE)
    alert = _alert(after, "open", signal.at, [*why, *height.reasons])
    after["d"] = _due(after, config, signal.at)
    return after, [alert]


def _is_old(state: State, signal: Signal) -> bool:
    """Whether a signal belongs to the alert that ended already: it is told again, or was overtaken."""
    if signal.rule is not None:
        return signal.id == state["epoch"] or signal.id.startswith(f"{state['epoch']}:")
    return bool(signal.at <= state["at"])


def _follow(state: State, signal: Signal, config: EscalateConfig) -> tuple[State, list[Alert]]:
    """A signal while the alert is open."""
    after = {**state}
    at, newest = max(signal.at, state["at"]), signal.at >= state["at"]
    if newest:
        _take(after, signal)
    if signal.kind == "under":
        return _close(after, at, "back below the threshold")
    alerts = _move(after, config, at)
    size = _size(signal)
    worth = signal.again or signal.kind in ("milestone", "storm", "regressed")
    worth |= signal.kind == "new_in_release" and signal.at > state["opened"]  # else it is what opened it
    if worth or (newest and size >= state["next"]):
        after["next"] = max(2 * size, state["next"])
        if not alerts:
            alerts = [_alert(after, "update", at, [config.why(signal)], again=signal.again)]
    after["d"] = _due(after, config, at)
    return after, alerts


def _size(signal: Signal) -> float:
    """What must double before people are told again."""
    return signal.value if signal.kind == "over" else float(signal.activity.total)


def _take(after: State, signal: Signal) -> None:
    """Remember what the newest signal says."""
    after["at"], after["base"] = signal.at, str(signal.severity)
    after["act"] = list(msgspec.to_builtins(msgspec.structs.astuple(signal.activity)))
    after["group"], after["by"] = msgspec.to_builtins(signal.group), signal.by
    after["event"] = signal.event_id or after.get("event")
    after["trace"] = signal.trace_id or after.get("trace")


def _height(base: Severity, activity: Activity, config: EscalateConfig, *, threshold: bool) -> Height:
    # A threshold's severity is its own: the ladder looks at groups.
    return Height(base, [], []) if threshold else config.ladder.height(base, activity)


def _move(after: State, config: EscalateConfig, now: float) -> list[Alert]:
    """Raise the severity at once; lower it when it was less for long enough."""
    base, told = Severity(after["base"]), Severity(after["sev"])
    height = _height(base, _faded(after, now), config, threshold=after["threshold"])
    if height.severity.rank >= told.rank:
        after["down"] = 0.0
        if height.severity is told:
            return []
        reasons = height.reasons or [f"severity is {base} now"]
        after["sev"], after["below"] = str(height.severity), height.below
        return [_alert(after, "escalate", now, reasons)]
    if not after["down"]:
        after["down"] = now
    if now < after["down"] + config.calm:
        return []
    ended = [text for text in after["below"] if text not in height.below]
    reasons = [f"{text} for {say_duration(config.calm)}" for text in ended] or [f"severity is {base} now"]
    after["sev"], after["below"], after["down"] = str(height.severity), height.below, 0.0
    return [_alert(after, "deescalate", now, reasons)]


def _faded(state: State, now: float) -> Activity:
    """The activity as it is by `now`, if nothing came since it was told."""
    # A state may be older than the latest fields.
    known = dict(zip(Activity.__struct_fields__, state["act"], strict=False))
    activity, age = msgspec.convert(known, Activity), now - state["at"]
    minute, five, hour = (age < fade for fade in FADES)
    if minute:
        return activity
    return msgspec.structs.replace(
        activity,
        count_1m=0,
        count_5m=activity.count_5m * five,
        count_1h=activity.count_1h * hour,
        hosts_1h=activity.hosts_1h * hour,
        users_1h=activity.users_1h * hour,
        regions_1h=activity.regions_1h * hour,
        paid_users_1h=activity.paid_users_1h * hour,
        recent=None,
    )


def _close(after: State, now: float, reason: str) -> tuple[State, list[Alert]]:
    alert = _alert(after, "resolve", now, [reason])
    after["open"] = 0
    after["d"] = now + REMEMBER
    return after, [alert]


def _due(state: State, config: EscalateConfig, now: float) -> float:
    """When the alert is over by silence, or its severity may have to move."""
    at: float = state["at"] + config.quiet_after(threshold=state["threshold"])
    if state["down"]:
        at = min(at, state["down"] + config.calm)
    elif state["below"]:
        fades = (state["at"] + fade for fade in FADES)
        at = min(at, next((fade for fade in fades if fade > now), at))
    return at


def _alert(after: State, kind: AlertKind, at: float, reasons: list[str], *, again: bool = False) -> Alert:
    """The next alert of this epoch. Its id is the same whenever the same signals are seen again."""
    after["step"] += 1
    return Alert(
        id=f"{after['epoch']}>{after['step']}{kind}",
        kind=kind,
        key=after["key"],
        at=at,
        severity=Severity(after["sev"]),
        reasons=reasons,
        group=msgspec.convert(after["group"], GroupRef),
        activity=_faded(after, at),
        rule=after["rule"],
        by=after["by"],
        again=again,
        event_id=after["event"],
        trace_id=after["trace"],
    )
