"""Exceptions as .NET's loggers write them: `Exception.ToString()`, or objects with its properties."""

import re
from typing import Any

from models import bounds
from rules.normalizing.exceptions import raised, read_stack_text
from rules.normalizing.paths import first_text
from rules.stacktraces.parsed import split_type

__all__ = ["from_objects", "from_text"]

_HEADER = re.compile(r"([A-Za-z_][\w.+`]{0,200}): ([^\r\n]{0,8192})")
_MEMBERS = ("InnerExceptions", "InnerException", "innerException", "inner", "Inner")


def from_text(text: str) -> list[dict[str, Any]]:
    """What `ToString()` says: `Type: message`, inner exceptions behind ` ---> `, then the frames, if it was thrown."""
    chain = read_stack_text(text)
    if chain:
        return chain
    heads = [
        _HEADER.match(part.strip()) for part in text[: bounds.MAX_STACK_TEXT].split(" ---> ", bounds.MAX_EXCEPTIONS)
    ]
    found = [head for head in heads if head is not None and "." in head[1]]
    made = []
    for head in reversed(found):
        kind, module = split_type(head[1])
        made.append({"type": kind, "module": module, "value": head[2]})
    return made


def from_objects(thrown: dict[str, Any]) -> list[dict[str, Any]]:
    """An exception with its properties, the inner ones within it: the first cause first."""
    chain: list[dict[str, Any]] = []
    waiting: list[Any] = [thrown]
    for link in waiting:
        if len(chain) == bounds.MAX_EXCEPTIONS:
            break
        kind = first_text(link, "Type", "ClassName", "type", "className")
        value = first_text(link, "Message", "message")
        stack = first_text(link, "StackTrace", "StackTraceString", "stackTrace")
        text = f"{kind or ''}: {value or ''}\n{stack}" if stack else None
        chain[:0] = raised(kind, value, text)
        inner = next((link[name] for name in _MEMBERS if link.get(name)), None)
        members = inner if isinstance(inner, list) else [inner]
        waiting.extend(one for one in members[: bounds.MAX_EXCEPTIONS] if isinstance(one, dict))
    return chain
