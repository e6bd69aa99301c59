"""What the message of an event says of its group, where no stack does."""

from typing import Any, NamedTuple

from rules.grouping.families import language
from rules.grouping.grouping import VariantName
from rules.grouping.names import clean_type
from rules.grouping.parameters import parametrize

__all__ = ["Message", "message_of"]

Draft = dict[str, Any]


class Message(NamedTuple):
    """The parts of an event without a stack; `pattern` is all of them in one line, for comparing messages."""

    variant: VariantName
    parts: tuple[str, ...]
    pattern: str | None


def message_of(draft: Draft, exceptions: list[Draft], main: int) -> Message:
    """The type and the message without its parameters: of the logger's template, where there is one."""
    raised = exceptions[main] if exceptions else {}
    kind = raised.get("type") or draft.get("error_type")
    if kind:
        kind = clean_type(kind, language({}, draft.get("language")))
    parts = (f"type:{kind}",) if kind else ()
    text = parametrize(draft.get("message_template") or raised.get("value") or draft.get("message") or "")
    if not text:
        return Message("type", parts, None)
    return Message("message", (*parts, f"message:{text}"), f"{kind}: {text}" if kind else text)
