"""Did every channel hear of every transition, once as its receiver sees it, and of nothing after the end?"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import psycopg

from tests.chaos.checking import Findings
from tests.chaos.mall import Accepted, Mall

KEYED = ("googlechat", "opsgenie", "victorops", "webhook", "alertmanager", "email")  # mails have an id
KEYLESS = ("teams", "sms")
UNMARKED = {"opsgenie": ("escalate", "deescalate")}  # a change of priority alone has no text


async def check_channels(database: str, mall: Mall, seconds: float = 240) -> Findings:
    """Wait until incidents are over and all is delivered, then compare with what was accepted."""
    findings = Findings()
    left = await _wait(database, seconds)
    findings.expect("incidents still open, deliveries not finished", left, (0, 0))
    async with await psycopg.AsyncConnection.connect(database) as connection:
        sent = await (await connection.execute(_SENT)).fetchall()
        refused = await (await connection.execute(_REFUSED)).fetchall()
    findings.expect("deliveries refused or given up", refused, [])
    findings.figures["faults of receivers"] = dict(sorted(mall.faults.items()))
    for kind in (*KEYED, *KEYLESS):
        accepted = [one for one in mall.accepted if one.kind == kind]
        _check(findings, kind, accepted, [row for row in sent if row[0] == kind])
    return findings


async def _wait(database: str, seconds: float) -> tuple[int, int]:
    left = (-1, -1)
    for _ in range(int(seconds)):
        async with await psycopg.AsyncConnection.connect(database) as connection:
            row = await (await connection.execute(_LEFT)).fetchone()
        assert row is not None
        left = (row[0], row[1])
        if left == (0, 0):
            break
        await asyncio.sleep(1)
    return left


def _check(findings: Findings, kind: str, accepted: Sequence[Accepted], sent: Sequence[Any]) -> None:
    wanted = {
        (incident, step, transition if kind == "webhook" else at)
        for _, incident, step, at, transition in sent
        if step not in UNMARKED.get(kind, ())
    }
    seen, shown = set(), []
    for one in accepted:
        if not one.key or one.key not in seen:
            shown.append(one)
        seen.add(one.key)
    times = Counter(one.mark for one in shown if one.mark is not None)
    findings.expect(f"{kind}: sent but not accepted", sorted(wanted - times.keys()), [])
    if kind in KEYED:
        findings.expect(f"{kind}: shown twice", [pair for pair in times.items() if pair[1] > 1], [])
    findings.expect(f"{kind}: told after the end", _after_the_end(shown), [])
    again = len(accepted) - len({(one.mark, one.key) for one in accepted})
    findings.figures[f"{kind}: transitions, requests accepted"] = (len(wanted), len(accepted))
    findings.figures[f"{kind}: repeated, of requests accepted"] = f"{again / max(len(accepted), 1):.1%}"


def _after_the_end(shown: Sequence[Accepted]) -> list[Accepted]:
    """What came of an incident that the receiver knew to be over, but for the end itself once more."""
    over: dict[str, set[Any]] = defaultdict(set)
    late = []
    for one in shown:
        if one.ends:
            over[one.thread].add(one.mark)
        elif over[one.thread]:
            late.append(one)
    return late


_SENT = """
    SELECT split_part(d.channel, ':', 1), i.id::text, l.kind, to_char(l.at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISSUS'),
        l.transition_id
    FROM deliveries AS d JOIN incident_log AS l USING (transition_id) JOIN incidents AS i ON i.id = d.incident_id
    WHERE d.status = 'sent'"""
_REFUSED = "SELECT channel, reply FROM deliveries WHERE status = 'rejected'"
_LEFT = """
    SELECT (SELECT count(*) FROM incidents WHERE status <> 'resolved'),
        (SELECT count(*) FROM deliveries WHERE status IN ('pending', 'sending'))"""
