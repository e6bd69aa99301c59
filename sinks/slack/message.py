"""What a notice looks like in Slack: the living message of an incident, and one line of its history."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from slack_sdk.models.attachments import BlockAttachment
from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from models.severity import Severity
from sinks.contract import Notice
from sinks.message import REACH, Message, message_of
from sinks.rendering import BUILT_IN, Renderer
from sinks.slack.buttons import buttons
from sinks.slack.text import cut, escape, link
from sinks.text import one_line
from sinks.trend import trend_lines

__all__ = ["EVENT_TYPE", "history", "living", "metadata"]

EVENT_TYPE = "seawall_delivery"
# https://docs.slack.dev/reference/block-kit/blocks: a header holds 150 characters, a section 3,000, a field of it 2,000
# and ten of those. The whole message may hold about 13,000, undocumented: https://github.com/slackapi/bolt-js/issues/2509
MAX_HEADER = 150
MAX_TITLE = 300
MAX_REASONS_TEXT = 2_900
MAX_FIELD = 300
MAX_REASONS = 10
MAX_REASON = 300
MAX_LINKS = 10
MAX_LINKS_TEXT = 2_900
MAX_FALLBACK = 500
MAX_ALSO_TITLE = 140
MAX_ACTOR = 80

_COLOURS = {
    Severity.CRITICAL: "#d92d20",
    Severity.ERROR: "#e8590c",
    Severity.WARNING: "#f2b705",
    Severity.INFO: "#2e90fa",
    Severity.DEBUG: "#98a2b3",
}
_SIGNS = {
    Severity.CRITICAL: "🔴",
    Severity.ERROR: "🟠",
    Severity.WARNING: "🟡",
    Severity.INFO: "🔵",
    Severity.DEBUG: "⚪",
}
_RESOLVED_COLOUR, _QUIET_COLOUR = "#12b76a", "#98a2b3"
_VERBS = {
    "open": ("🚨", "Opened"),
    "escalate": ("⬆️", "Escalated"),
    "deescalate": ("⬇️", "Calmed down"),
    "acknowledge": ("👀", "Acknowledged"),
    "unacknowledge": ("↩️", "Given back"),
    "start": ("🔧", "Being worked on"),
    "ignore": ("🔕", "Ignored"),
    "reopen": ("↩️", "Taken up again"),
    "assign": ("👤", "Assigned"),
    "comment": ("💬", "Said"),
    "remind": ("⏰", "Still open, and nobody has acknowledged it"),
    "page": ("📟", "You are asked: nobody has acknowledged it"),
    "unanswered": ("🆘", "Nobody answered"),
    "remind_acknowledged": ("⏰", "Acknowledged, and still open"),
    "resolve": ("✅", "Resolved"),
    "regress": ("🔁", "Came back"),
    "update": ("•", "Updated"),
}
_COUNTS = (
    ("count_1m", "in the last minute"),
    ("count_1h", "in the last hour"),
    ("total", "in all"),
)


def living(notice: Notice, renderer: Renderer = BUILT_IN, *, interactive: bool = False) -> dict[str, Any]:
    """The incident's message: `text` (for notifications) and one coloured attachment of blocks.

    Where several incidents share it, it is about the one that changed, or where that is over, the worst one left.

    Args:
        notice: what to tell.
        renderer: writes the headline (`title`) and the text of notifications (`text`).
        interactive: whether somebody hears when a button is pressed.
    """
    message = _message(notice)
    headline = renderer.render("slack", "title", message)
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=escape(headline, MAX_HEADER), emoji=False))]
    if fields := _fields(notice):
        blocks.append(SectionBlock(fields=[_text(f"*{name}*\n{value}") for name, value in fields]))
    if trend := [] if _is_of_others(notice) else trend_lines(notice.trend, notice.activity.get("recent")):
        blocks.append(SectionBlock(text=_text("\n".join(f"*{name}* {line}" for name, line in trend))))
    if reasons := _reasons(notice):
        blocks.append(SectionBlock(text=_text(reasons)))
    if links := _links(notice):
        blocks.append(SectionBlock(text=_text(links)))
    if also := _also(notice):
        blocks.append(SectionBlock(text=_text(also)))
    if interactive and notice.kind != "summary" and (below := buttons(notice.incident_id, notice.status)):
        blocks.append(below)
    blocks.append(ContextBlock(elements=[_text(_footer(notice))]))
    fallback = escape(renderer.render("slack", "text", message), MAX_FALLBACK)
    colour = _colour(notice)
    attachment = BlockAttachment(blocks=blocks, color=colour, fallback=fallback).to_dict()
    return {"text": fallback, "attachments": [attachment]}


def history(notice: Notice) -> dict[str, Any]:
    """One transition, as a line of the incident's thread."""
    sign, verb = _VERBS.get(notice.kind, ("•", notice.kind.capitalize()))
    to = f" to {notice.severity.value}" if notice.kind in {"escalate", "deescalate"} else ""
    by = f" by {escape(notice.actor, MAX_ACTOR)}" if notice.actor != "seawall" else ""
    which = escape(f"{notice.title} · {notice.service}", MAX_FIELD) if notice.grouped else ""  # of several
    lines = [f"{sign} *{escape(verb, 50)}{to}*{by} · {_when(notice.at)}", which, _reasons(notice), _counts(notice)]
    text = "\n".join(filter(None, lines))
    fallback = escape(f"{sign} {verb}{to}: {notice.title}", MAX_FALLBACK)
    return {"text": fallback, "blocks": [SectionBlock(text=_text(text)).to_dict()]}


def metadata(delivery: int) -> dict[str, Any]:
    """What a message is found again by: https://docs.slack.dev/messaging/message-metadata."""
    return {"event_type": EVENT_TYPE, "event_payload": {"delivery": str(delivery)}}


def _text(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=text, verbatim=True)


def _is_over(notice: Notice) -> bool:
    return notice.status in {"resolved", "ignored"}


def _is_of_others(notice: Notice) -> bool:
    """Whether the message is about the others that share it, since its own is over."""
    return bool(notice.also) and _is_over(notice)


def _message(notice: Notice) -> Message:
    """What templates see; of an incident that is over the worst one left."""
    message = message_of(notice)
    if not _is_of_others(notice):
        return replace(message, service=notice.service and message.service)
    worst = notice.also[0]
    title = one_line(worst.title, MAX_TITLE) or message.title
    return replace(message, sign=_SIGNS[worst.severity], title=title)


def _colour(notice: Notice) -> str:
    if notice.kind == "summary":
        return _QUIET_COLOUR
    if notice.also:
        return _COLOURS[max([notice.severity, *(one.severity for one in notice.also)], key=lambda level: level.rank)]
    return _RESOLVED_COLOUR if notice.status == "resolved" else _COLOURS[notice.severity]


def _also(notice: Notice) -> str:
    """The other incidents that share the message and are not over."""
    shown = [
        f"{_SIGNS[one.severity]} {escape(' '.join(one.title.split()), MAX_ALSO_TITLE)} · {escape(one.service, 60)}"
        f" · {one.total:,} in all"
        for one in notice.also
    ]
    more = notice.also_more
    while len("\n".join(shown)) > MAX_REASONS_TEXT:
        shown.pop()
        more += 1
    if more:
        shown.append(f"… and {more:,} more")
    return "\n".join(["*Also open*", *shown]) if shown else ""


def _fields(notice: Notice) -> list[tuple[str, str]]:
    """Name and escaped value, at most ten: Slack's limit. None for what is about no incident, or about others."""
    if notice.kind == "summary" or _is_of_others(notice):
        return []
    raw = [
        ("Severity", f"{notice.severity.value} ({notice.status})"),
        ("Service", notice.service),
        ("Environment", notice.environment),
        ("Type", notice.error_type),
        ("Culprit", notice.culprit),
        ("Release", notice.release),
        ("Rule", notice.rule),
        ("Assignee", notice.assignee),
    ]
    fields = [(name, escape(value, MAX_FIELD)) for name, value in raw if value]
    if counts := _counts(notice):
        fields.append(("Occurrences", counts))
    users, hosts = _number(notice, "users_1h"), _number(notice, "hosts_1h")
    more = "".join(f" · {n:,} {words}" for key, words in REACH if (n := _number(notice, key)))
    if users or hosts:
        fields.append(("Reach, last hour", f"{users:,} users · {hosts:,} hosts{more}"))
    return fields


def _counts(notice: Notice) -> str:
    return " · ".join(f"{number:,} {words}" for key, words in _COUNTS if (number := _number(notice, key)))


def _number(notice: Notice, key: str) -> int:
    value = notice.activity.get(key, 0)
    return int(value) if isinstance(value, int | float) else 0


def _reasons(notice: Notice) -> str:
    shown = [f"• {escape(reason, MAX_REASON)}" for reason in notice.reasons[:MAX_REASONS] if reason.strip()]
    while len("\n".join(shown)) > MAX_REASONS_TEXT:
        shown.pop()
    if more := len(notice.reasons) - len(shown):
        shown.append(f"… and {more} more")
    return "\n".join(shown)


def _links(notice: Notice) -> str:
    shown: list[str] = []
    for label, url in list(notice.links.items())[:MAX_LINKS]:
        made = link(url, label)
        if made and len(" · ".join([*shown, made])) <= MAX_LINKS_TEXT:
            shown.append(made)
    return " · ".join(shown)


def _footer(notice: Notice) -> str:
    what = "Held back" if notice.kind == "summary" else f"Incident {escape(cut(notice.incident_id, 40), 60)}"
    parts = [what, f"since {_when(notice.opened_at)}"]
    if notice.trace_id:
        parts.append(f"trace {escape(notice.trace_id, 80)}")
    return " · ".join(parts)


def _when(at: datetime) -> str:
    """The time in each reader's own zone: https://docs.slack.dev/messaging/formatting-message-text#date-formatting."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{at:%Y-%m-%d %H:%M:%S %Z}>"
