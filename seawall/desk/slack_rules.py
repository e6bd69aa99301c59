"""What Slack allows in a message, and the error code it answers otherwise.

https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/reference/block-kit/blocks
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["message_error"]

MAX_TEXT = 40_000
MAX_BLOCKS = 50
MAX_ATTACHMENTS = 100
MAX_ALL_BLOCKS = 13_200  # not documented, but met: https://github.com/slackapi/bolt-js/issues/2509
MAX_METADATA = 8_192
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_.]{1,255}")

Block = dict[str, Any]


def message_error(body: Mapping[str, Any]) -> str | None:
    """Why Slack would not take this message, or None."""
    text, blocks, attachments = body.get("text") or "", body.get("blocks") or [], body.get("attachments") or []
    if not (text or blocks or attachments):
        return "no_text"
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        return "msg_too_long"
    if not isinstance(blocks, list) or not isinstance(attachments, list):
        return "invalid_blocks_format"
    if len(attachments) > MAX_ATTACHMENTS:
        return "too_many_attachments"
    return _blocks_error(blocks, attachments) or _metadata_error(body.get("metadata"))


def _blocks_error(blocks: list[Any], attachments: list[Any]) -> str | None:
    inner = [block for attachment in attachments for block in _blocks_of(attachment)]
    for some in (blocks, inner):
        if len(some) > MAX_BLOCKS or not all(map(_valid, some)):
            return "invalid_blocks"
    if len("".join(_texts(blocks + inner))) > MAX_ALL_BLOCKS:
        return "msg_blocks_too_long"
    return None


def _metadata_error(metadata: Any) -> str | None:
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return "invalid_metadata_format"
    if not _EVENT_TYPE.fullmatch(str(metadata.get("event_type", ""))):
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(metadata)) > MAX_METADATA else None


def _blocks_of(attachment: Any) -> list[Any]:
    if not isinstance(attachment, dict):
        return [None]
    blocks = attachment.get("blocks") or []
    return blocks if isinstance(blocks, list) else [None]


def _valid(block: Any) -> bool:
    if not isinstance(block, dict) or len(str(block.get("block_id") or "")) > 255:  # noqa: PLR2004
        return False
    check = _CHECKS.get(block.get("type", ""))
    return check is not None and check(block)


def _text(thing: Any, limit: int, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")) -> bool:
    if not isinstance(thing, dict) or thing.get("type") not in kinds:
        return False
    text = thing.get("text")
    return isinstance(text, str) and 1 <= len(text) <= limit


def _section(block: Block) -> bool:
    text, fields = block.get("text"), block.get("fields")
    if text is None and not fields:
        return False
    good_fields = fields is None or (
        isinstance(fields, list) and 1 <= len(fields) <= 10 and all(_text(field, 2_000) for field in fields)  # noqa: PLR2004
    )
    return (text is None or _text(text, 3_000)) and good_fields


def _header(block: Block) -> bool:
    return _text(block.get("text"), 150, ("plain_text",))


def _context(block: Block) -> bool:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:  # noqa: PLR2004
        return False
    return all(isinstance(item, dict) and (item.get("type") == "image" or _text(item, 3_000)) for item in elements)


def _actions(block: Block) -> bool:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:  # noqa: PLR2004
        return False
    return all(isinstance(item, dict) and (item.get("type") != "button" or _button(item)) for item in elements)


def _button(item: Block) -> bool:
    return _text(item.get("text"), 75, ("plain_text",)) and len(item.get("url") or "") <= 3_000  # noqa: PLR2004


def _anything(block: Block) -> bool:
    del block
    return True


_CHECKS: dict[str, Callable[[Block], bool]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _anything,
    "image": lambda block: bool(block.get("alt_text")),
    "rich_text": _anything,
    "markdown": lambda block: 1 <= len(block.get("text") or "") <= 12_000,  # noqa: PLR2004
}


def _texts(thing: Any) -> list[str]:
    if isinstance(thing, dict):
        return [
            text
            for key, value in thing.items()
            for text in ([value] if key == "text" and isinstance(value, str) else _texts(value))
        ]
    if isinstance(thing, list):
        return [text for item in thing for text in _texts(item)]
    return []
