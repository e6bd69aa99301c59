"""What decides about messages speaks of: facts of incidents, silences, and why something was held back."""

from enum import StrEnum
from typing import Literal

import msgspec

__all__ = ["HeldBack", "Matcher", "MatcherKind", "Mute", "Silence"]

MatcherKind = Literal["=", "!=", "~", "!~"]


class HeldBack(StrEnum):
    """Why people were not told of something. All of it is stored and counted by this."""

    SILENCE = "silence"  # somebody asked for it
    TRACE = "trace"  # it is told of with another incident of the same trace
    INHIBITION = "inhibition"  # something else explains it
    TIMES = "times"  # its route is mute at such times
    MAINTENANCE = "maintenance"  # a window of maintenance is open
    IGNORED = "ignored"  # its group is ignored
    FLAPPING = "flapping"  # it comes and goes
    FLOOD = "flood"  # too many at once
    SHORT = "short"  # it was over before it was to be told


class Matcher(msgspec.Struct, frozen=True, array_like=True):
    """One condition of a silence: `~` and `!~` take patterns with `*` and `?`. An absent fact is an empty text."""

    name: str
    kind: MatcherKind
    value: str


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does not want to hear of for a while. Times in epoch seconds."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str = ""


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """Why an incident is not told of just now. `by` names what holds it back, `until` when that ends, if known."""

    why: HeldBack
    by: str
    until: float | None = None
    source: str | None = None  # the incident that inhibits it
