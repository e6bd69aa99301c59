"""What was held back, told in one message a channel once what held it back is over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from procrastinate import App
from psycopg import AsyncConnection

from models.notifying import HeldBack, Mute
from sinks.delivering import split_channel
from sinks.jobs import defer_deliveries, defer_summaries
from sinks.postgres import summaries as rows
from sinks.postgres.digests import DIGEST
from sinks.postgres.silences import find_silence
from triage.digesting import digest_of

__all__ = ["HeldNow", "plan", "sum_up"]

Connection = AsyncConnection[Any]

SUMMED_UP = frozenset({HeldBack.SILENCE, HeldBack.MAINTENANCE, HeldBack.TIMES, HeldBack.FLOOD})
PAGING = frozenset(
    {"pagerduty", "opsgenie", "victorops", "alertmanager", "sms", "voice"}
)  # kinds that summaries would only wake
SHOWN = 15  # incidents that a summary names


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNow:
    """An incident of which channels are not told something."""

    incident_id: str
    mute: Mute
    channels: Sequence[str]
    flood: int  # seconds after which a flood is summed up


async def plan(connection: Connection, held: Iterable[HeldNow], jobs: App, now: datetime) -> None:
    """Let summaries tell of it when it is over; they are made where none is planned yet.

    Args:
        connection: in the transaction that holds it back, which should not go on for long: it keeps the summaries from
            others.
        held: back for the first time.
        jobs: for deferring.
        now: the time.

    Raises psycopg.Error.
    """
    plans: dict[tuple[str, str, str], rows.Plan] = {}
    incidents: dict[tuple[str, str, str], set[str]] = {}
    for one in held:
        mute = one.mute
        if mute.why not in SUMMED_UP:
            continue
        due = datetime.fromtimestamp(mute.until, UTC) if mute.until else now + timedelta(seconds=one.flood)
        for channel in one.channels:
            if split_channel(channel)[0] in PAGING:
                continue
            key = (mute.why, mute.by, channel)
            plans[key] = rows.Plan(id=str(uuid4()), why=mute.why, by=mute.by, channel=channel, due_at=due)
            incidents.setdefault(key, set()).add(one.incident_id)
    if not plans:
        return
    wanted = await rows.plan_summaries(connection, [plans[key] for key in sorted(plans)], now)
    await rows.add_incidents(connection, {one.id: incidents[one.why, one.by, one.channel] for one in wanted})
    made = {one.id for one in plans.values()}
    await defer_summaries(jobs, connection, {one.id: one.due_at for one in wanted if one.id in made})


async def sum_up(connection: Connection, summary_id: str, jobs: App, now: datetime) -> bool:
    """Tell a summary, if it is not told yet and what it is about is over. In a transaction. Raises psycopg.Error."""
    summary = await rows.take_summary(connection, summary_id)
    if summary is None:
        return False
    if summary.why == DIGEST:
        title, lines = await digest_of(connection, summary.id)
        await defer_deliveries(jobs, connection, await rows.tell_summary(connection, summary, title, lines, now))
        return True
    about = summary.by
    if summary.why == HeldBack.SILENCE:
        silence = await find_silence(connection, summary.by)
        if silence is not None and silence.ends_at > now.timestamp():  # it was made longer
            ends_at = datetime.fromtimestamp(silence.ends_at, UTC)
            await defer_summaries(jobs, connection, {summary.id: ends_at})
            return False
        if silence is not None:
            about = f"{silence.author}: {silence.comment}" if silence.comment else silence.author
    found, several, live = await rows.held_incidents(connection, summary.id, SHOWN)
    title = f"{several} {'incident' if several == 1 else 'incidents'} held back: {_why(summary.why, about)}"
    lines = [f"{live} still open, {several - live} over or ignored"]
    lines += [f"{one.severity} · {one.service} · {one.title} ({one.status.replace('_', ' ')})" for one in found]
    if several > len(found):
        lines.append(f"… and {several - len(found)} more: seawall incidents list --all")
    await defer_deliveries(jobs, connection, await rows.tell_summary(connection, summary, title, lines, now))
    return True


def _why(why: str, about: str) -> str:
    return {
        HeldBack.SILENCE: f"a silence of {about}",
        HeldBack.MAINTENANCE: f"maintenance {about}",
        HeldBack.TIMES: f"times {about}",
        HeldBack.FLOOD: "too many at once",
    }[HeldBack(why)]
