"""People asked about incidents, step by step of a policy, in the transaction that looks at their bundles."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

from procrastinate import App
from psycopg import AsyncConnection
from pydantic import ValidationError

from models.severity import Severity
from rules.bundling import Held, Step
from rules.oncall.people import People
from rules.oncall.stepping import Ask, Escalated, Outcome, Phase, advance
from rules.rulefile.policies import Policy
from sinks.jobs import defer_deliveries
from sinks.postgres import escalations as rows
from sinks.postgres.bundle_rows import MemberRow
from sinks.postgres.escalations import EscalationRow, PageRow
from sinks.postgres.incidents import Delivery, add_deliveries
from triage.telling import Looked, message_ids

__all__ = ["Asked", "ask", "policy_of", "state_of"]

Connection = AsyncConnection[Any]


@dataclass(slots=True)
class Asked:
    """What was decided, to be written after what the bundles tell."""

    rows: list[EscalationRow] = field(default_factory=list)
    pages: list[PageRow] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    ended: list[tuple[Delivery, Sequence[str]]] = field(default_factory=list)  # without a transition yet; its channels

    async def write(self, connection: Connection, jobs: App, now: datetime) -> None:
        """Write it, in the same transaction. Raises psycopg.Error."""
        if not self.rows:
            return
        await rows.add_pages(connection, self.pages, now)
        await rows.write_escalations(connection, self.rows)
        answers = await rows.answers(connection, [one.incident_id for one, _ in self.ended]) if self.ended else {}
        ends = [
            replace(one, transition_id=answers[one.incident_id], channel=channel)
            for one, channels in self.ended
            if one.incident_id in answers
            for channel in channels
        ]
        await defer_deliveries(jobs, connection, await add_deliveries(connection, [*self.deliveries, *ends]))


async def ask(connection: Connection, looked: Sequence[Looked], people: People, at: float) -> Asked:
    """Decide whom to ask now, and when to look again: the bundles are put off to then.

    Args:
        connection: in the transaction that locked the bundles.
        looked: bundles, and what was decided about them; not written yet.
        people: of the rules in force.
        at: now, epoch seconds.

    Raises psycopg.Error.
    """
    asked = Asked()
    concerned = [one for one in looked if one.bundle.policy or one.bundle.escalated]
    if not concerned:
        return asked
    known: dict[str, dict[str, EscalationRow]] = {}
    for row in await rows.read_escalations(connection, [one.bundle.id for one in concerned if one.bundle.escalated]):
        known.setdefault(row.bundle_id, {})[row.incident_id] = row
    for one in concerned:
        mine = known.setdefault(one.bundle.id, {})
        for incident_id, row in mine.items():
            if incident_id in one.members:
                mine[incident_id] = _go_on(asked, one, row, people, at)
    begun = {one.bundle.id: _to_begin(one, known[one.bundle.id], people) for one in concerned}
    turns = await _turns(connection, concerned, begun, people)
    for one in concerned:
        for member in begun[one.bundle.id]:
            _go_on(asked, one, _begin(one, member, people, turns, at), people, at)
    return asked


async def _turns(
    connection: Connection, concerned: Sequence[Looked], begun: Mapping[str, Sequence[MemberRow]], people: People
) -> dict[str, Iterator[int]]:
    """By policy the turns of the incidents that come to it now, where one of several people is asked in turn."""
    wanted: dict[str, int] = {}
    for one in concerned:
        name = one.bundle.policy or ""
        if begun[one.bundle.id] and any(step.round_robin for step in people.policies[name].steps):
            wanted[name] = wanted.get(name, 0) + len(begun[one.bundle.id])
    return {name: count(first) for name, first in (await rows.take_turns(connection, wanted)).items()}


def _to_begin(one: Looked, known: Mapping[str, EscalationRow], people: People) -> list[MemberRow]:
    """The incidents that people have heard of and are to be asked about: of those that share a message, the worst."""
    if one.bundle.policy not in people.policies:
        return []
    waiting = [
        member
        for member in one.members.values()
        if member.incident_id not in known
        and member.status == "new"
        and (member.first_told is not None or member.incident_id in one.out.first)
        and one.mutes.get(member.incident_id) is None
    ]
    if not one.bundle.grouped:
        return waiting
    worst = sorted(waiting, key=lambda member: Severity(member.severity).rank, reverse=True)[:1]
    return [member for member in worst if not _is_covered(member, known.values())]


def _is_covered(member: MemberRow, others: Collection[EscalationRow]) -> bool:
    """Whether people are asked already about another incident of the same message that is as bad."""
    rank = Severity(member.severity).rank
    return any(row.phase in ("asking", "unanswered") and Severity(row.severity).rank >= rank for row in others)


def _begin(
    one: Looked, member: MemberRow, people: People, turns: Mapping[str, Iterator[int]], at: float
) -> EscalationRow:
    name = one.bundle.policy or ""
    policy = people.policies[name]
    severity, now = member.severity, datetime.fromtimestamp(at, UTC)
    return EscalationRow(
        bundle_id=one.bundle.id,
        incident_id=member.incident_id,
        name=name,
        policy=policy.model_dump(mode="json", by_alias=True),
        give_back=policy.unacknowledge_after,
        began_at=now,
        phase="asking",
        run=1,
        round=1,
        step=0,
        due_at=now,
        turn=next(turns.get(name, count())),
        asked=(),
        severity=severity,
        worst=severity,
    )


def _go_on(asked: Asked, one: Looked, row: EscalationRow, people: People, at: float) -> EscalationRow:
    """Take what is due, note it in `asked`, and put the bundle off to when the next thing is."""
    member = one.members[row.incident_id]
    policy = policy_of(row, people)
    if policy is None:
        return row
    mute = one.mutes.get(row.incident_id)
    since = member.acknowledged_at.timestamp() if member.acknowledged_at else None
    now = Ask(status=member.status, severity=Severity(member.severity), acknowledged_at=since, mute=mute)
    out = advance(policy, state_of(row), now, people, at)
    if out.next_at is not None:
        one.out.look_again(out.next_at)
    if out.held is not None and mute is not None:
        one.out.held.append(Held(row.incident_id, Step(0, _transition(row, out.held), "page"), mute))
    _note(asked, one, row, out)
    after = _row(row, out)
    asked.rows.append(after)
    return after


def _note(asked: Asked, one: Looked, row: EscalationRow, out: Outcome) -> None:
    incident = row.incident_id
    message = one.members[incident].message_id or message_ids(one).get(incident, one.bundle.id)
    told = Delivery(transition_id="", incident_id=incident, channel="", message_id=message, grouped=one.bundle.grouped)
    for page in out.pages:
        transition = _transition(row, page.key)
        asked.pages.append(
            PageRow(transition_id=transition, incident_id=incident, kind=page.kind, reasons=page.reasons)
        )
        asked.deliveries += [replace(told, transition_id=transition, channel=channel) for channel in page.channels]
    if out.ended:
        asked.ended.append((told, out.ended))


def _transition(row: EscalationRow, key: str) -> str:
    return f"page:{row.incident_id}:{row.bundle_id}:{key}"


def policy_of(row: EscalationRow, people: People) -> Policy | None:
    """The policy as it was when it began; as it is now, where an older version stored what this one cannot read."""
    try:
        return Policy.model_validate(row.policy)
    except ValidationError:
        return people.policies.get(row.name)


def state_of(row: EscalationRow) -> Escalated:
    """As the rules take it."""
    return Escalated(
        phase=cast("Phase", row.phase),
        run=row.run,
        round=row.round,
        step=row.step,
        due_at=row.due_at.timestamp(),
        turn=row.turn,
        asked=tuple(row.asked),
        severity=Severity(row.severity),
        worst=Severity(row.worst),
        reminded_of=row.reminded_of.timestamp() if row.reminded_of else None,
    )


def _row(row: EscalationRow, out: Outcome) -> EscalationRow:
    state = out.state
    return replace(
        row,
        phase=state.phase,
        run=state.run,
        round=state.round,
        step=state.step,
        due_at=datetime.fromtimestamp(state.due_at, UTC),
        asked=state.asked,
        severity=state.severity.value,
        worst=state.worst.value,
        reminded_of=_moment(state.reminded_of),
        next_at=_moment(out.next_at),
    )


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
