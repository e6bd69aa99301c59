"""What a notice looks like in Teams: an Adaptive Card whose texts are all text runs.

Text runs know no Markdown (https://learn.microsoft.com/adaptive-cards/schema-explorer/text-run), a mention needs an
entity of its own (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format), and
we make none: untrusted text stays text without being escaped. What is left are the macros of dates, which are broken.
"""

from typing import Any

import orjson

from sinks.contract import Notice
from sinks.message import Message, message_of
from sinks.rendering import Renderer

__all__ = ["MAX_BYTES", "card_of", "envelope"]

# A message may hold about 28 KB: https://learn.microsoft.com/connectors/teams/#known-issues-and-limitations-with-actions
# It is not said how they are counted; cards above 21 KB have been refused.
MAX_BYTES = 18_000
MAX_TITLE = 310
MAX_ACTIONS = 6  # of a card: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/design-effective-cards
MAX_LINES = 40

_COLOURS = {"critical": "Attention", "error": "Attention", "warning": "Warning", "info": "Accent", "debug": "Default"}
_STYLES = {"critical": "attention", "error": "attention", "warning": "warning", "info": "accent", "debug": "emphasis"}


def envelope(card: dict[str, Any]) -> dict[str, Any]:
    """What the trigger "When a Teams webhook request is received" takes: https://learn.microsoft.com/connectors/teams."""
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def card_of(notice: Notice, renderer: Renderer) -> dict[str, Any]:
    """The card; where it would be too large, its last lines and links are left out."""
    message = message_of(notice)
    title = _one_run(renderer.render("teams", "title", message)[:MAX_TITLE])
    lines = renderer.render("teams", "body", message).splitlines()[:MAX_LINES]
    links = message.links[:MAX_ACTIONS]
    while len(orjson.dumps(envelope(card := _card(message, title, lines, links)))) > MAX_BYTES:
        if links:
            links = links[:-1]
        else:
            lines = [*lines[: len(lines) * 3 // 4], "…"]
    return card


def _card(message: Message, title: str, lines: list[str], links: list[Any]) -> dict[str, Any]:
    over = message.status == "resolved"
    header = _text(title, size="Large", weight="Bolder", color="Good" if over else _COLOURS[message.severity])
    body: list[dict[str, Any]] = [
        {"type": "Container", "style": "good" if over else _STYLES[message.severity], "bleed": True, "items": [header]}
    ]
    body += [_line(line) for line in lines if line.strip()]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "msteams": {"width": "full"},
        "body": body,
    }
    if links:
        card["actions"] = [{"type": "Action.OpenUrl", "title": _one_run(link.label), "url": link.url} for link in links]
    return card


def _line(line: str) -> dict[str, Any]:
    """A line; what stands before its first colon is a name, where it is short."""
    name, colon, value = line.partition(": ")
    if colon and len(name) <= 20 and not name.startswith("•"):  # noqa: PLR2004 -- as long as names of facts get
        return _block([{"text": f"{name}: ", "isSubtle": True}, {"text": value}])
    return _text(line)


def _text(text: str, **looks: str) -> dict[str, Any]:
    return _block([{"text": text, **looks}])


def _block(runs: list[dict[str, Any]]) -> dict[str, Any]:
    inlines = [{"type": "TextRun", **run, "text": _one_run(run["text"])} for run in runs]
    return {"type": "RichTextBlock", "inlines": inlines, "spacing": "Small"}


def _one_run(text: str) -> str:
    """Without macros such as `{{DATE(…)}}`: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features."""
    return text.replace("{{", "{\u200b{").replace("${", "$\u200b{")
