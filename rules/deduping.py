"""What is worth saying about one group: (state, combined record) -> (state, signals).

A state is JSON-able, bounded and never changed in place; the given one itself comes back where nothing changed. Keys:

- `n`: events counted, late ones too; `w`: watermarks a source partition, so that none is counted twice
- `t`, `c`: buckets of the last hour (starts, counts), of 10 s, of 60 s when older than six minutes
- `hosts`, `users`: value -> last bucket; `ut`, `uc`: buckets of users that were new to the group; `ulast`: of how many
- `total`: of the group in the store; `sev`, `sevt`: the worst severity, and when it last came
- `storm`: the bucket in which it began, or 0; `hold`: when it falls below half
- `at`: the newest event; `told`: when its counts were told last; `dirty`: something came since
- `group`, `event`, `trace`: to show; `d`: when `pass_time` has something to do
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from models.severity import Severity
from models.wire import BUCKET_SECONDS, LATE, Activity, Combined, GroupRef, Signal, SignalKind
from rules.rulefile import RuleFile
from rules.spread import seen_again, seen_since
from rules.watermarks import advance
from rules.windows import Window

__all__ = ["DedupeConfig", "due", "observe", "pass_time"]

State = dict[str, Any]
Noted = tuple[SignalKind, str, float]  # the kind, what makes the signal's id its own, the value

HOUR = 3_600
FINE = 360  # seconds for which buckets stay fine
COARSE = 60
USERS_GRAIN = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupeConfig:
    """Seconds and counts."""

    storm_count: int = 100
    storm_window: int = 60
    activity_every: float = 5.0
    idle_after: float = 7_200.0  # a state is forgotten then; its windows are long empty

    @classmethod
    def of(cls, rules: RuleFile) -> "DedupeConfig":
        """What the rule file says."""
        return cls(
            storm_count=rules.storm.count,
            storm_window=rules.storm.window,
            activity_every=float(rules.activity_every),
        )

    @property
    def storm_reach(self) -> int:
        """How far back a storm's window reaches from its last bucket: it never overstates."""
        return self.storm_window - BUCKET_SECONDS

    @property
    def calm_below(self) -> int:
        """A storm is over below this: half of what began it, so that it does not flicker."""
        return max(self.storm_count // 2, 1)


def observe(state: State | None, record: Combined, config: DedupeConfig) -> tuple[State, list[Signal]]:
    """Count a combined record, and say what it changed. What was counted before is not counted again."""
    before = state if state is not None else _empty(record)
    marks, fresh = advance(before["w"], record.source, record.parts)
    if not fresh:
        return before, []
    live = [(bucket, events) for bucket, events in fresh if bucket != LATE]
    after = {**before, "w": marks, "n": before["n"] + sum(events for _, events in fresh)}
    window = _count(after, live)
    _describe(after, record, window.newest)
    kinds: list[Noted] = []
    if record.new_type:
        kinds.append(("new_type", _origin(record), 0.0))
    if record.new:
        kinds.append(("new", _origin(record), 0.0))
    kinds.extend(("new_in_release", release, 0.0) for release in record.new_in)
    if record.back:
        kinds.append(("regressed", _origin(record), 0.0))
    kinds.extend(("milestone", str(power), power) for power in _crossed(before["total"], after["total"]))
    if live:
        kinds.extend(_storm(after, window, min(bucket for bucket, _ in live), config))
        kinds.extend(_activity_due(after, config, told=bool(kinds)))
    signals: list[Signal] = []
    if kinds:
        activity = _activity(after, window, after["at"])
        signals = [_signal(after, noted, record.group, activity, after["at"]) for noted in kinds]
        if record.back or record.new_in or record.released:
            signals = [_explained(signal, record) for signal in signals]
        after["told"], after["dirty"] = after["at"], 0
    after["d"] = _due(after, config)
    return after, signals


def pass_time(state: State, now: float, config: DedupeConfig) -> tuple[State | None, list[Signal]]:
    """What became of a group while nothing came. None instead of a state: it is idle, forget it.

    `now` must not run ahead of records that are still to come, or a group is called calm while its events wait.
    """
    if now < state["d"]:
        return state, []
    if now >= state["at"] + config.idle_after and not state["storm"] and not state["dirty"]:
        return None, []
    after, window = {**state}, Window.of(state)
    kinds: list[Noted] = []
    if after["storm"] and now >= after["hold"]:
        kinds.append(_calmed(after))
    if after["dirty"] and now >= after["told"] + config.activity_every:
        kinds.append(("activity", f"{int(now)}+", 0.0))
        after["told"], after["dirty"] = now, 0
    # They are dated by the newest event, not by now: what follows from silence must not put off the end of an alert.
    group, activity = msgspec.convert(after["group"], GroupRef), _activity(after, window, after["at"])
    signals = [_signal(after, noted, group, activity, after["at"]) for noted in kinds]
    after["d"] = _due(after, config)
    return after, signals


def due(state: State) -> float:
    """The epoch second at which `pass_time` has something to do."""
    return float(state["d"])


def _empty(record: Combined) -> State:
    # A group is older than its state where the state was forgotten: then it is as the store had it before this record.
    here = sum(offsets * each for part in record.parts for _, offsets, each in part.runs)
    return {
        "n": 0, "w": {}, "t": [], "c": [], "hosts": {}, "users": {}, "ut": [], "uc": [],
        "ulast": 0 if record.new else record.users_total, "total": max(record.total - here, 0),
        "sev": str(record.severity), "sevt": 0, "storm": 0, "hold": 0, "at": 0.0, "told": 0.0, "dirty": 0,
        "group": {}, "event": None, "trace": None, "d": 0.0,
    }  # fmt: skip


def _count(after: State, live: list[tuple[int, int]]) -> Window:
    """Count into the buckets, and put them back into the state."""
    window = Window.of(after)
    if not live:
        return window
    buckets = len(window.starts)
    for bucket, events in live:
        window.add(bucket, events)
    if len(window.starts) > buckets:
        window.prune(window.newest - HOUR)
        window.coarsen((window.newest - FINE) // COARSE * COARSE, COARSE)
    after["t"], after["c"] = window.starts, window.counts
    return window


def _describe(after: State, record: Combined, newest: int) -> None:
    """Take over what the record says of its group."""
    after["at"] = max(after["at"], record.last_at)
    after["total"] = max(after["total"], record.total)
    after["hosts"] = seen_again(after["hosts"], record.hosts, newest, HOUR)
    after["users"] = seen_again(after["users"], record.users, newest, HOUR)
    if record.regions:
        after["regions"] = seen_again(after.get("regions", {}), record.regions, newest, HOUR)
    if record.paid_users:
        after["paid"] = seen_again(after.get("paid", {}), record.paid_users, newest, HOUR)
    if record.users_total > after["ulast"]:
        window = Window.of(after, "ut", "uc")
        window.add(newest - newest % USERS_GRAIN, record.users_total - after["ulast"])
        window.prune(newest - HOUR)
        after["ut"], after["uc"], after["ulast"] = window.starts, window.counts, record.users_total
    if record.severity.rank >= Severity(after["sev"]).rank or newest - after["sevt"] > HOUR:
        after["sev"], after["sevt"] = str(record.severity), newest
    after["group"] = msgspec.to_builtins(record.group)
    after["event"], after["trace"] = record.event_id or after["event"], record.trace_id or after["trace"]


def _origin(record: Combined) -> str:
    """Where the group's first event of this record lay: the same in every replay, whatever its batches."""
    first = min(run[0] for part in record.parts for run in part.runs)
    return f"{record.source.key}/{record.source.generation}/{first}"


def _crossed(before: int, total: int) -> list[int]:
    """The powers of ten above 1 that lie in (before, total]."""
    return [10**digits for digits in range(len(str(before)), len(str(total))) if digits]


def _storm(after: State, window: Window, touched: int, config: DedupeConfig) -> list[Noted]:
    """Whether a storm begins or ends with what came. `touched` is the oldest bucket that changed."""
    kinds: list[Noted] = []
    reach = config.storm_reach
    if after["storm"] and window.newest >= max(after["hold"], _held(window, config)):
        kinds.append(_calmed(after))
    if not after["storm"]:
        # Before `hold` lies the last storm, which was told.
        began = window.reached(config.storm_count, reach, max(touched, after["hold"]))
        if began is None:
            return kinds
        after["storm"] = began
        kinds.append(("storm", str(began), window.within(began, reach)))
    after["hold"] = max(after["hold"], _held(window, config))
    return kinds


def _held(window: Window, config: DedupeConfig) -> int:
    return window.held_until(config.calm_below, config.storm_reach, BUCKET_SECONDS)


def _calmed(after: State) -> Noted:
    began, after["storm"] = after["storm"], 0
    return "storm_over", str(began), 0.0


def _activity_due(after: State, config: DedupeConfig, *, told: bool) -> list[Noted]:
    """Activity, where nothing else tells the counts already and the last word is old enough."""
    if told:
        return []
    if after["at"] < after["told"] + config.activity_every:
        after["dirty"] = 1
        return []
    return [("activity", str(int(after["at"] // config.activity_every)), 0.0)]


def _activity(state: State, window: Window, at: float) -> Activity:
    """The counts at `at`. A window's oldest bucket is left out where it is only partly inside: never overstated."""
    end = int(at) // BUCKET_SECONDS * BUCKET_SECONDS + BUCKET_SECONDS
    hour = end - HOUR
    return Activity(
        count_1m=window.since(end - 60),
        count_5m=window.since(end - 300),
        count_1h=window.since(hour),
        hosts_1h=seen_since(state["hosts"], hour),
        # Beyond the bound of `users`, those that are new to the group are known from the store.
        users_1h=max(seen_since(state["users"], hour), Window.of(state, "ut", "uc").since(hour)),
        total=state["total"],
        users_total=state["ulast"],
        regions_1h=seen_since(state.get("regions", {}), hour),
        paid_users_1h=seen_since(state.get("paid", {}), hour),
    )


def _signal(state: State, noted: Noted, group: GroupRef, activity: Activity, at: float) -> Signal:
    kind, mark, value = noted
    key = f"group:{group.group_id}"
    return Signal(
        id=f"{key}:{kind}:{mark}",
        kind=kind,
        key=key,
        at=at,
        severity=Severity(state["sev"]),
        group=group,
        activity=activity,
        value=value,
        event_id=state["event"],
        trace_id=state["trace"],
    )


def _explained(signal: Signal, record: Combined) -> Signal:
    if signal.kind == "regressed":
        return msgspec.structs.replace(signal, why=record.back)
    if signal.kind not in _NEW:
        return signal
    release = signal.id.partition(f":{signal.kind}:")[2]
    why = f"first seen in release {release}" if signal.kind == "new_in_release" else None
    return msgspec.structs.replace(signal, why=why, released=record.released)


_NEW = ("new", "new_type", "new_in_release")


def _due(state: State, config: DedupeConfig) -> float:
    at: float = state["at"] + config.idle_after
    if state["storm"]:
        at = min(at, state["hold"])
    if state["dirty"]:
        at = min(at, state["told"] + config.activity_every)
    return at
