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

__all__ = ["ALWAYS", "QUIETLY", "Bundle", "Flush", "Held", "Member", "Message", "Step", "flush"]

QUIETLY: Final = frozenset({"update"})  # changes the message that is there, and makes none
ALWAYS: Final = frozenset(  # told to whoever knows of the incident, whatever is silent
    {"resolve", "acknowledge", "unacknowledge", "start", "ignore", "assign", "comment"}
)
AT_ONCE: Final = frozenset({"escalate", "reopen"})  # do not wait for the bundle's turn


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
    joined_at: float  # when it came into the bundle
    steps: Sequence[Step]  # those after `seen`, in order
    told: bool  # the channels know of it
    told_at: float = 0.0  # when they last heard
    seen: int = 0  # the number of the last step up to which all is decided
    said: int = 0  # of the last step that was told though something before it is held back
    mute: Mute | None = None
    wait: int = 0  # seconds before the first message
    urgent: bool = False  # critical: it does not wait for the bundle's turn

    @property
    def live(self) -> bool:
        """Whether somebody should look after it."""
        return self.status not in ("resolved", "ignored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What holds for the bundle. Seconds."""

    grouped: bool = False  # several incidents share one message
    interval: int = 0
    repeat: int | None = None
    flushed_at: float = 0.0  # when it last took its turn to tell something; 0: never
    room: int = 1 << 30  # how many more messages of new incidents there may be now
    told_at: float | None = None  # when they last heard of the one of which it is time to remind them next


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
    """The outcome."""

    messages: list[Message] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    reminders: list[str] = field(default_factory=list)  # incidents to say again that nobody has acknowledged
    heard: set[str] = field(default_factory=set)  # incidents that people hear of now, be it in another's message
    first: list[str] = field(default_factory=list)  # … and heard of never before
    seen: dict[str, int] = field(default_factory=dict)  # incident -> as in Member
    said: dict[str, int] = field(default_factory=dict)
    turn: bool = False  # whether the bundle has taken its turn
    again_at: float | None = None  # when it must be looked at again, epoch seconds; None: when something happens

    def look_again(self, at: float) -> None:
        """Look again then, if not earlier."""
        self.again_at = at if self.again_at is None else min(self.again_at, at)

    def tell(self, member: Member, step: Step) -> None:
        """Tell of a step."""
        self.messages.append(Message(member.id, step.transition_id, step.kind))
        self.heard.add(member.id)


def flush(bundle: Bundle, members: Iterable[Member], now: float) -> Flush:
    """Decide."""
    out = Flush()
    members = list(members)
    ripe = [member for member in members if _is_ripe(out, bundle, member, now)]
    # Those that share a message are told of in one, which counts once: a storm in one group hides no other.
    room = len(ripe) if bundle.grouped and bundle.room else bundle.room
    for member in ripe[room:]:
        _hold(out, member, Mute(why=HeldBack.FLOOD, by="at_most"))
        _all_seen(out, member)
    _tell_first(out, bundle, ripe[:room])
    for member in members:
        if member.told:
            _go_on(out, bundle, member, now)
    _remind(out, bundle, members, now)
    return out


def _is_ripe(out: Flush, bundle: Bundle, member: Member, now: float) -> bool:
    """Whether an incident that nobody knows of is to be told of now."""
    if member.told or not member.steps:
        return False
    if member.status == "resolved":
        _never_told(out, member)
    elif member.mute is not None:
        _hold(out, member, member.mute)
    elif now < (ripe_at := _ripe_at(bundle, member)):
        out.look_again(ripe_at)
    else:
        return any(step.kind not in QUIETLY for step in member.steps)
    return False


def _ripe_at(bundle: Bundle, member: Member) -> float:
    waited = member.joined_at + member.wait if member.wait else 0.0
    return waited if member.urgent else max(waited, _next_turn(bundle))


def _next_turn(bundle: Bundle) -> float:
    return bundle.flushed_at + bundle.interval if bundle.flushed_at else 0.0


def _tell_first(out: Flush, bundle: Bundle, members: Sequence[Member]) -> None:
    """One message of each says it all: what was held back before is in it. A group's is of all."""
    for member in sorted(members, key=attrgetter("urgent"), reverse=True):
        out.heard.add(member.id)
        out.first.append(member.id)
        if not (bundle.grouped and out.messages):
            out.tell(member, [step for step in member.steps if step.kind not in QUIETLY][-1])
        _all_seen(out, member)
        out.turn = True


def _all_seen(out: Flush, member: Member) -> None:
    if member.steps:
        out.seen[member.id] = member.steps[-1].number


def _never_told(out: Flush, member: Member) -> None:
    """Over before anybody knew: nobody need know now."""
    if not member.seen:
        out.held.append(
            Held(member.id, member.steps[-1], member.mute or Mute(why=HeldBack.SHORT, by="it was over before its wait"))
        )
    _all_seen(out, member)


def _hold(out: Flush, member: Member, mute: Mute) -> None:
    """It is noted, and looked at again when what holds it back may have ended."""
    loud = [step for step in member.steps if step.kind not in QUIETLY]
    if loud:
        out.held.append(Held(member.id, loud[-1], mute))
    if mute.until is not None:
        out.look_again(mute.until)


def _go_on(out: Flush, bundle: Bundle, member: Member, now: float) -> None:
    """People know of it: they are told how it goes on. What is held back stays to be told when that ends."""
    early = now < _next_turn(bundle)
    seen, open_ended = member.seen, False
    for step in _worth_telling(member):
        if step.kind in ALWAYS:
            out.tell(member, step)
            out.said[member.id] = step.number
        elif member.mute is not None:
            open_ended = True
            if step.kind not in QUIETLY:
                out.held.append(Held(member.id, step, member.mute))
        elif early and step.kind not in AT_ONCE:
            open_ended = True
            out.look_again(_next_turn(bundle))
        else:
            out.tell(member, step)
            out.turn = out.turn or step.kind not in AT_ONCE
        seen = seen if open_ended else step.number
    if member.steps:
        out.seen[member.id] = seen if open_ended else member.steps[-1].number
    if open_ended and member.mute is not None and member.mute.until is not None:
        out.look_again(member.mute.until)


def _worth_telling(member: Member) -> list[Step]:
    """What people did, and of what happened by itself the last change of severity and a later update.

    Of what is over, only what people did and the end: what led there is no news any more.
    """
    done = [step for step in member.steps if step.kind in ALWAYS and step.number > member.said]
    if member.status == "resolved":
        return done
    by_itself = [step for step in member.steps if step.kind not in ALWAYS]
    loud = [step for step in by_itself if step.kind not in QUIETLY][-1:]
    since = loud[0].number if loud else 0
    quiet = [step for step in by_itself if step.kind in QUIETLY and step.number > since][-1:]
    return sorted([*done, *loud, *quiet], key=attrgetter("number"))


def _remind(out: Flush, bundle: Bundle, members: Sequence[Member], now: float) -> None:
    """Say again what nobody has acknowledged; of a group in one message."""
    if bundle.repeat is None:
        return
    if bundle.told_at is not None and bundle.told_at + bundle.repeat > now:
        out.look_again(bundle.told_at + bundle.repeat)
    due = []
    for member in members:
        if member.status != "new" or not (member.told or member.id in out.first):
            continue
        heard_at = now if member.id in out.heard else member.told_at
        if member.mute is not None:
            out.look_again(max(member.mute.until or now + bundle.repeat, heard_at + bundle.repeat))
        elif now >= heard_at + bundle.repeat:
            due.append(member.id)
            out.look_again(now + bundle.repeat)
        else:
            out.look_again(heard_at + bundle.repeat)
    out.heard.update(due)
    out.reminders = due[:1] if bundle.grouped else due
