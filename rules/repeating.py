"""Whether people are told of a threshold that is over: not while its rule is muted, and again after a growing time.

Keys of a state: `untold`: it is over and nobody was told; `ra`: when people may be told again; `ri`: how long they were
left alone before that; `rt`: when they were told last.
"""

from typing import Any

import msgspec

from models.wire import Signal
from rules.rulefile import ThresholdRule
from rules.rulefile.again import Again

__all__ = ["kept_for", "told"]

State = dict[str, Any]


def told(state: State, signals: list[Signal], rule: ThresholdRule) -> tuple[State, list[Signal]]:
    """What of a threshold's signals is told, and the state after that.

    Args:
        state: after what brought the signals about; it is not changed.
        signals: over, over still, under.
        rule: the threshold's.
    """
    kept: list[Signal] = []
    for signal in signals:
        if signal.kind == "under":
            if not state.get("untold"):
                kept.append(signal)
            state = {**state, "untold": 0}
            continue
        began = signal.id.endswith(f":over:{state['over']}")
        if signal.at < rule.mute or (rule.again and (began or state.get("untold")) and signal.at < state.get("ra", 0)):
            state = {**state, "untold": 1} if began else state
            continue
        if rule.again and (began or state.get("untold") or signal.at >= state.get("ra", 0)):
            again = not (began or state.get("untold"))
            state = {**state, **_left_alone(state, rule.again, signal.at), "untold": 0}
            signal = msgspec.structs.replace(signal, again=again)  # noqa: PLW2901 - the same, marked
        elif state.get("untold"):
            state = {**state, "untold": 0}
        kept.append(signal)
    return state, kept


def kept_for(state: State) -> float:
    """Seconds for which a state is needed after it was over, so that people are not told too soon again."""
    return 2.0 * float(state.get("ri", 0))


def _left_alone(state: State, again: Again, at: float) -> State:
    """From when on people may be told again: doubled where they were told lately, halved for each such time of calm."""
    before, last = state.get("ri", 0), state.get("rt", 0.0)
    if not before:
        interval = again.after
    elif at - last <= 2 * before:
        interval = 2 * before
    else:
        interval = before >> min(int((at - last) // before) - 1, 30)
    interval = min(max(interval, again.after), again.longest)
    return {"ra": at + interval, "ri": interval, "rt": at}
