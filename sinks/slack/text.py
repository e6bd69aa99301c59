"""Untrusted text, made safe for Slack.

An error message may hold `<!channel>`, `<@U…>` or `<https://evil|innocent>`: escaped, they stay text. Where the text
stands in a block, `verbatim` keeps Slack from making links and mentions of what looks like one.
https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

import re
from collections.abc import Mapping

__all__ = ["clean", "cut", "escape", "link"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ENTITIES: Mapping[int, str] = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_URL = re.compile(r"https?://[^\s<>|\"]+")
MAX_URL = 3_000


def clean(text: str) -> str:
    """Without control characters and without marks that turn the direction of the text around."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something went."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escape(text: str, limit: int) -> str:
    """Escaped for Slack; at most `limit` characters after escaping, and no entity cut in two."""
    text = cut(clean(text), limit)
    escaped = text.translate(_ENTITIES)
    while len(escaped) > limit:
        over = len(escaped) - limit
        text = cut(text, max(len(text) - max(over // 5, 1), 1))
        escaped = text.translate(_ENTITIES)
    return escaped


def link(url: str, label: str) -> str | None:
    """A link, or None where the URL is not a plain http(s) one."""
    if len(url) > MAX_URL or not _URL.fullmatch(url):
        return None
    return f"<{url.replace('&', '&amp;')}|{escape(label.replace('|', '¦'), 100)}>"
