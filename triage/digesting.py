"""Digests: what would have been many mails is collected for a while and told in one."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from procrastinate import App
from psycopg import AsyncConnection

from rules.rulefile.durations import say_duration
from sinks.jobs import defer_summaries
from sinks.postgres.digests import DIGEST, DigestedIncident, digested, lock_untold, put_into
from sinks.postgres.summaries import Plan, plan_summaries

__all__ = ["AT_ONCE", "collect", "digest_of"]

Connection = AsyncConnection[Any]

# Whoever is asked, or must know that nobody answered, is told at once; a summary is one message for many already; and
# plain updates are not mailed.
AT_ONCE: Final = frozenset({"page", "unanswered", "remind_acknowledged", "summary", "update"})
SHOWN = 50  # incidents that a digest names
_WORDS: Final = {
    "open": "opened",
    "escalate": "escalated",
    "deescalate": "calmed down",
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "regress": "came back",
    "unacknowledge": "given back",
    "start": "being worked on",
    "ignore": "ignored",
    "reopen": "taken up again",
    "assign": "assigned",
    "comment": "commented on",
    "remind": "not acknowledged",
}


async def collect(
    connection: Connection, delivery_id: int, channel: str, *, wait: int, jobs: App, now: datetime
) -> bool:
    """Put a delivery into the channel's digest; one that is not there yet is told `wait` seconds from now.

    In a transaction: either it is in a digest that will be told, or nothing has changed. False: it is finished, or an
    attempt that was cut short may have told it, so that it must be attempted again and not be told by a digest as well.
    Raises psycopg.Error.
    """
    if not await lock_untold(connection, delivery_id):
        return False
    plan = Plan(id=str(uuid4()), why=DIGEST, by=channel, channel=channel, due_at=now + timedelta(seconds=wait))
    [digest] = await plan_summaries(connection, [plan], now)
    if digest.id == plan.id:
        await defer_summaries(jobs, connection, {digest.id: digest.due_at})
    await put_into(connection, digest.id, delivery_id)
    return True


async def digest_of(connection: Connection, digest_id: str) -> tuple[str, list[str]]:
    """What a digest says: its title, and a line for each incident."""
    found, several, live = await digested(connection, digest_id, SHOWN)
    title = f"Digest: {several} {'incident' if several == 1 else 'incidents'}, {live} still open"
    lines = [_line(one) for one in found]
    if several > len(found):
        lines.append(f"… and {several - len(found)} more: seawall incidents list --all")
    return title, lines


def _line(one: DigestedIncident) -> str:
    told = list(dict.fromkeys(word for kind in one.kinds if (word := _WORDS.get(kind))))
    if one.status == "resolved":  # however it came to it: it opened and ended, or only ended
        told = [*(word for word in told if word not in ("opened", "resolved")), "resolved"]
        told[-1] += f" after {say_duration(one.seconds)}" if one.seconds and "open" in one.kinds else ""
    said = f" · {', '.join(told)}" if told else ""
    return f"{one.severity} · {one.service} · {one.title} ({one.status.replace('_', ' ')}){said} · {one.total:,} in all"
