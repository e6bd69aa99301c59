"""The end of a run: do the numbers agree?"""

import asyncio
import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from seawall.demo.catalogue import PROGRAMS
from seawall.demo.numbers import Numbers, Watch
from seawall.demo.oncall import answered

__all__ = ["Check", "Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Check:
    """Two numbers that must be the same, or one that must not be 0."""

    what: str
    wanted: int
    found: int

    @property
    def good(self) -> bool:
        """Whether they agree."""
        return self.wanted == self.found


@dataclass(slots=True)
class Verdict:
    """What the last page shows."""

    numbers: Numbers
    rows: dict[str, int]  # stored occurrences by service, counted one by one
    formats: dict[str, int] = field(default_factory=dict)  # stored occurrences by the format that they came in
    held: dict[str, int] = field(default_factory=dict)  # what people were not told of, by reason
    checks: list[Check] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all numbers agree."""
        return all(check.good for check in self.checks)


async def judge(watch: Watch, produced: dict[str, int], desk_url: str | None, *, built_in_rules: bool) -> Verdict:
    """Compare what was sent, what is stored, and what was shown.

    Args:
        watch: of this run's services.
        produced: records by service.
        desk_url: where the desk is, if alerts go there.
        built_in_rules: the rules are those that come with Seawall, so it is known what they alert on.
    """
    numbers = await watch.look()
    verdict = Verdict(
        numbers,
        rows=dict(await watch.rows(_ROWS, watch.services)),
        formats=dict(await watch.rows(_FORMATS, watch.services)),
        held=dict(await watch.rows(_HELD, watch.services)),
    )
    meant = {name for program in PROGRAMS if produced.get(program.service) for name in program.formats}
    passed_over = sum(numbers.dropped.values())
    verdict.checks = [
        Check("records produced, and stored or passed over", sum(produced.values()), numbers.stored + passed_over),
        Check("occurrences counted by groups, and rows", numbers.stored, sum(verdict.rows.values())),
        Check("formats that the office writes, and those that were read", len(meant), len(meant & {*verdict.formats})),
        Check("deliveries not made", 0, numbers.unfinished + numbers.deliveries.get("rejected", 0)),
    ]
    if built_in_rules:
        verdict.checks += await _alert_checks(watch)
        verdict.checks += await _people_checks(watch, verdict.held, by_button=desk_url is not None)
    if desk_url is not None:
        verdict.checks += await _desk_checks(watch, desk_url)
    return verdict


async def _alert_checks(watch: Watch) -> list[Check]:
    ((serious,),) = await watch.rows(_SERIOUS, watch.services)
    ((alerted, bursts, escalated),) = await watch.rows(_ALERTED, watch.services)
    return [
        Check("groups of errors, and groups alerted on", serious, alerted),
        Check("the burst of critical errors was told (1: yes)", 1, min(bursts, 1)),
        Check("the storm was raised to critical (1: yes)", 1, min(escalated, 1)),
    ]


async def _people_checks(watch: Watch, held: dict[str, int], *, by_button: bool) -> list[Check]:
    ((together, caused, acknowledged),) = await watch.rows(_TRACED, watch.services)
    checks = [
        Check("services of one trace, and those told of in one message", 3, together),
        Check("… with the cause in it (1: yes)", 1, caused),
        Check("a silenced service was held back (1: yes)", 1, min(held.get("silence", 0), 1)),
    ]
    if by_button:
        checks.append(Check("incidents acknowledged by a button at the desk", 1, acknowledged))
        incidents, asked, later = await answered(watch)
        checks += [
            Check("critical incidents that somebody on call answered by the button", 1, incidents),
            Check("… after they were asked (1: yes)", 1, min(asked, 1)),
            Check("… others who were asked after the answer", 0, later),
        ]
    return checks


async def _desk_checks(watch: Watch, desk_url: str) -> list[Check]:
    received = await asyncio.to_thread(_received, desk_url)
    sent = {row[0] for row in await watch.rows(_SLACK_SENT, watch.services)}
    shown = [number for message in received["messages"] if (number := _delivery(message)) in sent]
    paged = {row[0] for row in await watch.rows(_PAGED, watch.services)}
    at_pagerduty = [incident for incident in received["pagerduty"] if incident["dedup_key"] in paged]
    return [
        Check("Slack messages sent, and shown at the desk", len(sent), len(shown)),
        Check("… of them different ones", len(sent), len(set(shown))),
        Check("PagerDuty incidents sent, and shown at the desk", len(paged), len(at_pagerduty)),
    ]


def _received(desk_url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{desk_url}/received", timeout=10) as page:
        answer: dict[str, Any] = json.load(page)
    return answer


def _delivery(message: dict[str, Any]) -> int | None:
    metadata = message.get("metadata") or {}
    if isinstance(metadata, str):
        metadata = json.loads(metadata)
    number = metadata.get("event_payload", {}).get("delivery")
    return int(number) if number is not None else None


_ROWS = "SELECT service, count(*) FROM occurrences WHERE service = ANY (%s) GROUP BY 1"
_SERIOUS = "SELECT count(*) FROM groups WHERE service = ANY (%s) AND severity >= 'error'"
_FORMATS = """
    SELECT coalesce(payload->>'format', 'unknown'), count(*) FROM occurrences WHERE service = ANY (%s)
    GROUP BY 1 ORDER BY 2 DESC, 1"""
# The ladder raised what the events themselves called no more than an error.
_ALERTED = """
    SELECT count(DISTINCT i.group_id), count(*) FILTER (WHERE i.group_id IS NULL),
        count(*) FILTER (WHERE l.severity = 'critical' AND g.severity < 'critical')
    FROM incidents i JOIN incident_log l ON l.incident_id = i.id LEFT JOIN groups g ON g.id = i.group_id
    WHERE i.service = ANY (%s)"""
_SLACK_SENT = """
    SELECT d.id FROM deliveries d JOIN incident_log l USING (transition_id) JOIN incidents i ON i.id = d.incident_id
    WHERE i.service = ANY (%s) AND d.channel LIKE 'slack:%%' AND d.status = 'sent' AND l.kind <> 'update'"""
_PAGED = """
    SELECT DISTINCT i.id::text FROM deliveries d JOIN incidents i ON i.id = d.incident_id
    WHERE i.service = ANY (%s) AND d.channel LIKE 'pagerduty:%%' AND d.status = 'sent'"""
_HELD = """
    SELECT h.why, count(*) FROM held_back h JOIN incidents i ON i.id = h.incident_id
    WHERE i.service = ANY (%s) GROUP BY 1"""
_TRACED = """
    WITH links AS (
        SELECT link.leader_id, link.follower_id
        FROM incident_links AS link JOIN incidents AS i ON i.id = link.follower_id
        WHERE i.service = ANY (%s) AND link.split_at IS NULL
    )
    SELECT (SELECT count(*) FROM (SELECT leader_id FROM links UNION SELECT follower_id FROM links) AS one),
        (SELECT count(*) FROM incident_causes
            WHERE incident_id IN (SELECT leader_id FROM links) AND service LIKE 'cards-%%'),
        (SELECT count(*) FROM incident_log WHERE kind = 'acknowledge' AND actor = 'slack:desk'
            AND incident_id IN (SELECT leader_id FROM links))"""
