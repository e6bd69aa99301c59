"""What a bundle of incidents tells its channels at one moment: (incidents as told, as they are, now) -> messages.

A bundle is the incidents that come to one route and are alike in what it groups by; mostly it is a single one. It is
looked at whenever one of its incidents changes, when a wait is over, and when something that held it back ends. What
people know already is compared with what is so: that decides, not what happened in between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from models.notifying import HeldBack, Mute

__all__ = ["Bundle", "Flush", "Held", "Member", "Message", "Step", "flush"]

QUIETLY: Final = frozenset({"update"})  # changes the message that is there, and makes none
ALWAYS: Final = frozenset(  # told to whoever knows of the incident, whatever is silent
    {"resolve", "acknowledge", "unacknowledge", "start", "ignore", "reopen", "assign", "comment"}
)


@dataclass(frozen=True, slots=True)
class Step:
    """A transition of an incident, as its history has it. `number` grows."""

    number: int
    transition_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An incident of the bundle. Times in epoch seconds."""

    id: str
    status: str
    opened_at: float
    steps: Sequence[Step]  # those after `seen`, in order
    told: bool  # the channels know of it
    told_at: float = 0.0  # when they last heard
    seen: int = 0  # the number of the last step that was decided on
    mute: Mute | None = None
    wait: int = 0  # seconds before the first message


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What holds for the bundle. Seconds."""

    interval: int = 0
    repeat: int | None = None
    flushed_at: float = 0.0  # when it last told something; 0: never
    room: int = 1 << 30  # how many more new incidents may be told of now


@dataclass(frozen=True, slots=True)
class Message:
    """Tell the bundle's channels of this step."""

    incident_id: str
    transition_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Held:
    """A step of which nobody is told, and why."""

    incident_id: str
    step: Step
    mute: Mute


@dataclass(slots=True)
class Flush:
    """The outcome. `seen`: incident id -> the number of the last step that needs no second look."""

    messages: list[Message] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    reminders: list[str] = field(default_factory=list)  # incidents that nobody has acknowledged for long
    seen: dict[str, int] = field(default_factory=dict)
    again_at: float | None = None  # when it must be looked at again, epoch seconds; None: when something happens


def flush(bundle: Bundle, members: Iterable[Member], now: float) -> Flush:
    """Decide."""
    out = Flush()
    room = bundle.room
    for member in members:
        if member.told:
            _go_on(out, bundle, member, now)
        elif member.status == "resolved":
            _never_told(out, member)
        elif member.mute is not None:
            _hold(out, member, member.mute)
        elif now < (ripe := max(member.opened_at + member.wait, _next_turn(bundle) if not _alone(bundle) else 0.0)):
            out.again_at = _sooner(out.again_at, ripe)
        elif room <= 0:
            _hold(out, member, Mute(why=HeldBack.FLOOD, by="at_most"))
        else:
            room -= 1
            _tell_first(out, bundle, member, now)
    return out


def _alone(bundle: Bundle) -> bool:
    return bundle.flushed_at == 0.0


def _next_turn(bundle: Bundle) -> float:
    return bundle.flushed_at + bundle.interval


def _sooner(first: float | None, second: float) -> float:
    return second if first is None else min(first, second)


def _tell_first(out: Flush, bundle: Bundle, member: Member, now: float) -> None:
    """One message says it all: what was held back before is in it."""
    if member.steps:
        first = member.steps[0]
        out.messages.append(Message(member.id, first.transition_id, "open"))
        out.seen[member.id] = member.steps[-1].number
    _remind_later(out, bundle, member, now)


def _never_told(out: Flush, member: Member) -> None:
    """Over before anybody knew: nobody need know now."""
    if member.steps:
        mute = member.mute or Mute(why=HeldBack.SHORT, by="wait")
        out.held.append(Held(member.id, member.steps[-1], mute))
        out.seen[member.id] = member.steps[-1].number


def _hold(out: Flush, member: Member, mute: Mute) -> None:
    """It is noted each time, and looked at again when what holds it back may have ended."""
    if member.steps:
        out.held.append(Held(member.id, member.steps[-1], mute))
    if mute.until is not None:
        out.again_at = _sooner(out.again_at, mute.until)


def _go_on(out: Flush, bundle: Bundle, member: Member, now: float) -> None:
    """People know of it: they are told how it goes on. What is held back stays to be told when that ends."""
    early = bundle.interval and now < _next_turn(bundle)
    for step in _worth_telling(member.steps):
        if member.mute is not None and step.kind not in ALWAYS:
            out.held.append(Held(member.id, step, member.mute))
        elif early and step.kind not in ALWAYS and step.kind != "escalate":
            out.again_at = _sooner(out.again_at, _next_turn(bundle))
            break  # this one and those after it wait for the bundle's turn
        else:
            out.messages.append(Message(member.id, step.transition_id, step.kind))
            out.seen[member.id] = step.number
    if member.mute is not None and member.mute.until is not None:
        out.again_at = _sooner(out.again_at, member.mute.until)
    _remind_later(out, bundle, member, now)


def _worth_telling(steps: Sequence[Step]) -> list[Step]:
    """What people did, and of what happened by itself the last change of severity and a later update."""
    loud = [step for step in steps if step.kind not in ALWAYS and step.kind not in QUIETLY][-1:]
    since = loud[0].number if loud else 0
    quiet = [step for step in steps if step.kind in QUIETLY and step.number > since][-1:]
    done = [step for step in steps if step.kind in ALWAYS]
    return sorted([*done, *loud, *quiet], key=attrgetter("number"))


def _remind_later(out: Flush, bundle: Bundle, member: Member, now: float) -> None:
    """Say again what nobody has acknowledged."""
    if bundle.repeat is None or member.status != "new" or member.mute is not None:
        return
    heard = now if any(message.incident_id == member.id for message in out.messages) else member.told_at
    if now >= heard + bundle.repeat:
        out.reminders.append(member.id)
        heard = now
    out.again_at = _sooner(out.again_at, heard + bundle.repeat)
