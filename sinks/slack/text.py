"""Untrusted text, made safe for Slack.

An error message may hold `<!channel>`, `<@U…>` or `<https://evil|innocent>`: escaped, they stay text. Where the text
stands in a block, `verbatim` keeps Slack from making links and mentions of what looks like one.
https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

import re
from collections.abc import Mapping

from sinks.text import clean, cut

__all__ = ["clean", "cut", "escape", "link"]

_ENTITIES: Mapping[int, str] = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_URL = re.compile(r"https?://[^\s<>|\"]+")
MAX_URL = 3_000


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
