"""What a notice says to a person, in words and in order, before any vendor's syntax: bounded and clean, not escaped."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models.severity import Severity
from sinks.contract import Notice
from sinks.text import cut, one_line, plain_url
from sinks.trend import trend_lines

__all__ = ["COLOURS", "REACH", "Fact", "Link", "Message", "attempt_key", "message_of", "smaller", "thread_key", "worst"]

MAX_TITLE = 300
MAX_NAME = 120
MAX_FACT = 300
MAX_REASON = 300
MAX_REASONS = 10
MAX_DIGESTED = 60  # lines of a digest
MAX_LABEL = 80
MAX_LINKS = 10
MAX_ALSO_TITLE = 120
MAX_ALSO_SERVICE = 60

COLOURS = {
    Severity.CRITICAL: "#d92d20",
    Severity.ERROR: "#e8590c",
    Severity.WARNING: "#f2b705",
    Severity.INFO: "#2e90fa",
    Severity.DEBUG: "#98a2b3",
}
RESOLVED_COLOUR = "#12b76a"
QUIET_SIGN, QUIET_COLOUR = "🔕", "#98a2b3"  # of what is about no incident
_SIGNS = {
    Severity.CRITICAL: "🔴",
    Severity.ERROR: "🟠",
    Severity.WARNING: "🟡",
    Severity.INFO: "🔵",
    Severity.DEBUG: "⚪",
}
_VERBS = {
    "open": "Opened",
    "update": "Updated",
    "escalate": "Escalated",
    "deescalate": "Calmed down",
    "acknowledge": "Acknowledged",
    "resolve": "Resolved",
    "regress": "Came back",
    "unacknowledge": "Given back",
    "start": "Being worked on",
    "ignore": "Ignored",
    "reopen": "Taken up again",
    "assign": "Assigned",
    "comment": "Said",
    "remind": "Still open, and nobody has acknowledged it",
    "page": "You are asked: nobody has acknowledged it",
    "unanswered": "Nobody answered",
    "remind_acknowledged": "Acknowledged, and still open",
    "summary": "Held back",
    "digest": "Collected",
}
_ABOUT_MANY = ("summary", "digest")  # about no incident of its own
_COUNTS = (("count_1m", "in the last minute"), ("count_1h", "in the last hour"), ("total", "in all"))

REACH = (("paid_users_1h", "paying users"), ("regions_1h", "regions"))  # where the ladder asks for them


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the message's table."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where to look further. The URL is a plain http(s) one."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Each text is on one line. The names are what templates use."""

    kind: str  # open, update, escalate, …: the transition
    verb: str  # the same in words: "Escalated to critical"
    by: str  # who did it; empty where nobody but us
    status: str
    severity: str
    sign: str  # a coloured dot; a green mark once it is over
    colour: str  # `#rrggbb`
    title: str
    service: str
    environment: str
    facts: list[Fact]
    reasons: list[str]
    more_reasons: int  # that are left out
    also: list[str]  # the other incidents of the message that are live, a line each, the worst first
    also_more: int  # beside those
    links: list[Link]
    incident_id: str
    rule: str
    trace_id: str
    at: datetime  # of the transition, UTC
    opened_at: datetime


def thread_key(notice: Notice) -> str:
    """What all messages about one thing have in common."""
    return notice.message if notice.grouped and notice.message else notice.incident_id


def worst(notice: Notice) -> Severity:
    """The worst severity among the incidents of the message."""
    return max([notice.severity, *(one.severity for one in notice.also)], key=lambda level: level.rank)


def attempt_key(notice: Notice) -> bytes:
    """What all attempts at a delivery have in common, and no other delivery: 32 bytes.

    The time is in it because the watchdog's incident is always the same one.
    """
    told = f"{notice.transition_id}\0{notice.target}\0{notice.at.isoformat()}"
    return hashlib.sha256(told.encode("utf-8", "replace")).digest()


def message_of(notice: Notice) -> Message:
    """The message about a notice."""
    quiet, over = notice.kind in _ABOUT_MANY, notice.status == "resolved"
    to = f" to {notice.severity.value}" if notice.kind in {"escalate", "deescalate"} else ""
    most = MAX_DIGESTED if notice.kind == "digest" else MAX_REASONS
    reasons = [reason for raw in notice.reasons[:most] if (reason := one_line(raw, MAX_REASON))]
    return Message(
        kind=notice.kind,
        verb=_VERBS.get(notice.kind, one_line(notice.kind, 40).capitalize()) + to,
        status=notice.status,
        severity=notice.severity.value,
        by="" if notice.actor == "seawall" else one_line(notice.actor, MAX_NAME),
        sign=QUIET_SIGN if quiet else "✅" if over else _SIGNS[notice.severity],
        colour=QUIET_COLOUR if quiet else RESOLVED_COLOUR if over else COLOURS[notice.severity],
        title=one_line(notice.title, MAX_TITLE) or one_line(notice.error_type or "", MAX_TITLE) or "An error",
        service=one_line(notice.service, MAX_NAME) or "unknown",
        environment=one_line(notice.environment, MAX_NAME),
        facts=[] if quiet else _facts(notice),
        reasons=reasons,
        more_reasons=max(len(notice.reasons) - most, 0),
        also=_also(notice),
        also_more=notice.also_more,
        links=_links(notice),
        incident_id=one_line(notice.incident_id, 60),
        rule=one_line(notice.rule or "", MAX_NAME),
        trace_id=one_line(notice.trace_id or "", MAX_NAME),
        at=notice.at.astimezone(UTC),
        opened_at=notice.opened_at.astimezone(UTC),
    )


def smaller(message: Message) -> Message | None:
    """The message with less in it: others go first, then links, reasons, facts, the title's end; None: all is gone."""
    if message.also:
        kept = len(message.also) // 2
        return replace(message, also=message.also[:kept], also_more=message.also_more + len(message.also) - kept)
    if message.links:
        return replace(message, links=message.links[:-1])
    if message.reasons:
        kept = len(message.reasons) // 2
        return replace(
            message, reasons=message.reasons[:kept], more_reasons=message.more_reasons + len(message.reasons) - kept
        )
    if message.facts:
        return replace(message, facts=message.facts[: len(message.facts) // 2])
    return replace(message, title=cut(message.title, 80)) if len(message.title) > 80 else None  # noqa: PLR2004


def _also(notice: Notice) -> list[str]:
    return [
        f"{_SIGNS[one.severity]} {one_line(one.title, MAX_ALSO_TITLE)} · {one_line(one.service, MAX_ALSO_SERVICE)}"
        f" · {one.total:,} in all"
        for one in notice.also
    ]


def _facts(notice: Notice) -> list[Fact]:
    raw = [
        ("Severity", f"{notice.severity.value} ({notice.status})"),
        ("Service", notice.service),
        ("Environment", notice.environment),
        ("Type", notice.error_type),
        ("Culprit", notice.culprit),
        ("Release", notice.release),
        ("Rule", notice.rule),
        ("Assignee", notice.assignee),
        ("Occurrences", " · ".join(f"{n:,} {words}" for key, words in _COUNTS if (n := _number(notice, key)))),
    ]
    users, hosts = _number(notice, "users_1h"), _number(notice, "hosts_1h")
    more = "".join(f" · {n:,} {words}" for key, words in REACH if (n := _number(notice, key)))
    if users or hosts:
        raw.append(("Reach, last hour", f"{users:,} users · {hosts:,} hosts{more}"))
    raw += trend_lines(notice.trend, notice.activity.get("recent"))
    return [Fact(name, short) for name, value in raw if (short := one_line(value or "", MAX_FACT))]


def _number(notice: Notice, key: str) -> int:
    value = notice.activity.get(key, 0)
    return int(value) if isinstance(value, int | float) else 0


def _links(notice: Notice) -> list[Link]:
    pairs = [(one_line(label, MAX_LABEL), plain_url(url)) for label, url in list(notice.links.items())[:MAX_LINKS]]
    return [Link(label or "Link", url) for label, url in pairs if url]
